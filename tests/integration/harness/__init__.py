"""Real things to test with: MariaDB, qiliand and qilianctl, an SMTP server, an SMS gateway, HTTP clients, raw sockets.

Fixtures (fixtures.py):
    mariadb       one MariaDB per test run; mariadb.kill(), mariadb.start(), mariadb.sql("…")
    installation  per module: a fresh, migrated database with settings; installation.ctl(…), .server(…), .sql(…)
    server        per module: a qiliand over it; server.kill(), .start(), .stop(), .restart(), .lines()
    demonstration per module: an installation in demonstration mode, its data loaded and a qiliand running; notices stay in the outbox
    client        per test: client("lishui.localhost") makes a Client; every call a new visitor
    smtp, sms     what was sent, emptied before each test; smtp.refuse("451 later"), sms.refuse(500)

A test that changes settings makes its own: installation.server(name="b", settings={"http": {"workers": 1}}).
Nothing outlives the run, even one that is killed: see tools/lib/process.py.
"""

from harness.client import Client, Response
from harness.places import BUILD, LONG, ROOT
from harness.wait import eventually, free_port, together
from harness.wire import Wire

__all__ = ["BUILD", "Client", "LONG", "ROOT", "Response", "Wire", "eventually", "free_port", "together"]
