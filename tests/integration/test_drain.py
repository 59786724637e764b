"""A server that is told to stop drops nothing: it says so first, answers whoever has connected, and refuses outright whoever comes later."""

import http.client
import socket
import threading
import time

import pytest
from harness.wait import eventually

PATH = "/healthz"


@pytest.fixture(scope="module")
def server(installation):
    return installation.server("drain", settings={"limits": {"drain_time": "600ms"}})


def http10(port, line):
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(f"{line}\r\n\r\n".encode())
        answer = b""
        while piece := s.recv(4096):
            answer += piece
    return int(answer.split(b" ", 2)[1]), answer


@pytest.mark.parametrize("line", ["OPTIONS / HTTP/1.0", "OPTIONS * HTTP/1.0", "GET /readyz HTTP/1.0", "HEAD /healthz HTTP/1.0"])
def test_a_balancer_s_check_without_a_host_is_answered(server, line):
    for port in (server.port, server.admin_port):
        assert http10(port, line)[0] == 200
    assert http10(server.port, "GET /api/v1/portal/site HTTP/1.0")[0] == 404  # no host, no platform


class Caller(threading.Thread):
    """Asks without a pause. Refused is no loss: the request went nowhere, so whoever sent it may go elsewhere."""

    def __init__(self, port, reuse):
        super().__init__()
        self.port, self.reuse, self.ended = port, reuse, threading.Event()
        self.answered, self.refused, self.dropped = 0, 0, []
        self.start()

    def run(self):
        connection = None
        while not self.ended.is_set():
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                try:
                    connection.connect()
                except OSError:
                    self.refused += 1
                    connection = None
                    time.sleep(0.01)
                    continue
            try:
                connection.request("GET", PATH, headers={"Host": "a.localhost"})
                answer = connection.getresponse()
                assert answer.status == 200 and answer.read() == b"ok\n"
                self.answered += 1
            except (OSError, http.client.HTTPException, AssertionError) as lost:
                self.dropped.append(repr(lost))
                connection = None
                continue
            if not self.reuse or answer.will_close:
                connection.close()
                connection = None


def test_nothing_is_dropped_over_restarts(server):
    callers = [Caller(server.port, reuse) for reuse in (True, False, True, False, False, True)]
    try:
        for _ in range(4):
            time.sleep(0.3)
            server.restart()
        before = sum(caller.answered for caller in callers)
        eventually(lambda: sum(caller.answered for caller in callers) > before, 10)
    finally:
        for caller in callers:
            caller.ended.set()
        for caller in callers:
            caller.join()
    assert [caller.dropped for caller in callers] == [[]] * len(callers)
    assert all(caller.answered > 20 for caller in callers)


def test_it_says_so_while_it_goes_on_serving(server):
    idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    idle.request("GET", PATH, headers={"Host": "a"})
    assert not (answer := idle.getresponse()).will_close and answer.read()
    stopper = threading.Thread(target=server.stop)
    stopper.start()
    try:
        eventually(lambda: http10(server.admin_port, "GET /readyz HTTP/1.0")[0] == 503, 5)
        assert b"stopping" in http10(server.port, "OPTIONS / HTTP/1.0")[1]
        fresh = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        for connection in (fresh, idle):  # new ones and old ones, once more each
            connection.request("GET", PATH, headers={"Host": "a"})
            answer = connection.getresponse()
            assert answer.status == 200 and answer.will_close, answer.headers
    finally:
        stopper.join()
        server.start()
