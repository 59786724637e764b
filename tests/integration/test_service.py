"""qiliand as a service: up, down, killed, with its database gone; and what it refuses to start with."""

import json
import signal
import socket
import subprocess

import settings as settings_file

from harness import BUILD, ROOT, Wire, eventually, free_port
from harness.client import Client


def refuse(installation, changes, name="refused"):
    """Starts a qiliand that must end by itself; returns its exit code and what it said."""
    settings = installation._write(name, settings_file.merge(settings_file.ports(free_port(), free_port()), changes))
    done = subprocess.run([BUILD / "tools" / "qiliand", "--settings", settings], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)
    assert "ready" not in done.stdout
    return done.returncode, done.stderr


def test_the_ready_line_names_the_ports(server):
    assert json.loads(server.out.read_text()) == {"event": "ready", "port": server.port, "admin_port": server.admin_port}


def test_health_is_told_on_every_host_name_and_on_the_admin_port(server, client):
    for path, text in (("/healthz", "ok"), ("/readyz", "ready")):
        assert client("nobody.example").get(path).expect(200).text.strip() == text
        assert server.admin(path).expect(200).text.strip() == text
    assert server.admin("/metrics").expect(200).text.startswith("#")


def test_an_unknown_host_gets_a_plain_answer_that_lists_nothing(client):
    answer = client("nobody.example").get("/")
    assert answer.status == 404 and "localhost" not in answer.text


def test_broken_framing_is_answered_400_and_the_server_lives(server, client):
    with Wire(server.port) as wire:
        assert wire.send("GET /healthz HTTP/1.1\nHost: a\n\n").status() == 400
    client("a.localhost").get("/healthz").expect(200)


def test_it_starts_again_after_a_kill_and_ends_with_code_0_when_asked(server):
    server.kill()
    server.start()
    server.restart()
    assert server.admin("/readyz").status == 200


def test_several_serve_one_database(installation, server):
    second = installation.server("b")
    assert {server.admin("/readyz").status, second.admin("/readyz").status} == {200}
    second.stop()
    assert server.admin("/readyz").status == 200


def test_it_is_not_ready_without_its_database_and_recovers_by_itself(server, mariadb):
    pid = server.pid
    mariadb.kill()
    try:
        eventually(lambda: server.admin("/readyz").status == 503, 15)
        assert server.admin("/healthz").status == 200
    finally:
        mariadb.start()
    eventually(lambda: server.admin("/readyz").status == 200, 15)
    assert server.pid == pid and server.is_alive()


def test_it_finishes_a_request_that_is_under_way_when_it_is_ended(installation):
    server = installation.server("ending")
    with Wire(server.port) as wire:
        wire.send("GET /healthz HTTP/1.1\r\nHost: a\r\n")
        eventually(lambda: Client(server.port, "a").get("/healthz").status == 200)
        server.child.send_signal(signal.SIGTERM)
        wire.send("\r\n")
        assert wire.status() in (200, 503, None)  # a head that was not complete may be turned away, never hang
    server.child.wait(20)
    assert server.child.returncode == 0
    server.child = None


def test_it_refuses_a_database_without_its_tables(make_installation):
    code, said = refuse(make_installation(migrate=False), {})
    assert code == 1 and "qilianctl migrate" in said


def test_it_refuses_a_taken_port(installation):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = refuse(installation, {"http": {"port": port}})
    assert code == 1 and str(port) in said


def test_it_refuses_unknown_settings_with_their_line(installation):
    code, said = refuse(installation, {"http": {"bind_to": "x"}}, "wrong")
    assert code == 2 and "bind_to" in said and "wrong.yaml:" in said


def test_it_refuses_to_start_without_keys_in_production(installation):
    code, said = refuse(installation, {"keys_file": ""})
    assert code in (1, 2) and "keys" in said.lower()
