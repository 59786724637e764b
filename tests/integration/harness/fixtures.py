"""The fixtures; harness/__init__.py says what each gives."""

import itertools
import signal
import subprocess

import pytest

from mariadb import MariaDB

from harness.client import Client
from harness.gateway import Gateway
from harness.mail import Smtp
from harness.places import BUILD, ROOT, has_programs, make_folder
from harness.server import Installation

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def folder():
    """This run's temporary folder."""
    return make_folder()


@pytest.fixture(scope="session")
def mariadb(folder):
    database = MariaDB(folder / "mariadb", buffer_pool="128M", end_signal=signal.SIGKILL)
    database.initialise()
    try:
        database.start()
        yield database
    finally:
        database.stop(20)


@pytest.fixture(scope="session")
def smtp_server():
    server = Smtp()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sms_server():
    server = Gateway()
    yield server
    server.stop()


@pytest.fixture
def smtp(smtp_server):
    smtp_server.clear()
    return smtp_server


@pytest.fixture
def sms(sms_server):
    sms_server.clear()
    return sms_server


@pytest.fixture(scope="module")
def make_installation(mariadb, folder, smtp_server, sms_server):
    """A factory, for tests that need several: make_installation(changes={…})."""
    if not has_programs():
        pytest.fail(f"no qiliand and qilianctl in {BUILD}: build first")
    made = []

    def make(changes=None, migrate=True):
        name = f"qilian_{next(numbers)}"
        made.append(Installation(mariadb, folder / name, name, smtp_server, sms_server, changes))
        if migrate:
            made[-1].ctl("migrate")
        return made[-1]

    yield make
    problems = []
    for installation in made:
        try:
            installation.close()
        except AssertionError as error:
            problems.append(str(error))
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="module")
def installation(make_installation):
    return make_installation()


@pytest.fixture(scope="module")
def server(installation):
    return installation.server()


@pytest.fixture(scope="module")
def demonstration(make_installation):
    made = make_installation(changes={"mode": "demonstration"})
    running = made.server()
    made.password_file = made.folder / "demo-password"
    done = subprocess.run([ROOT / "tools" / "demo" / "load.py", "--settings", made.settings, "--ctl", BUILD / "tools" / "qilianctl",
                           "--port", str(running.port), "--password-file", made.password_file], stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    made.password = made.password_file.read_text().strip()
    return made


@pytest.fixture
def client(request):
    """A new visitor of a host on the module's server (the demonstration's, when the test uses that)."""
    running = (request.getfixturevalue("demonstration").servers[0] if "demonstration" in request.fixturenames
               else request.getfixturevalue("server"))
    clients = []

    def visit(host, **options):
        clients.append(Client(running.port, host, **options))
        return clients[-1]

    yield visit
    for visitor in clients:
        visitor.close()
