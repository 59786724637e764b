"""Bytes on a socket, for requests that no client library would send."""

import select
import socket
import time


class Wire:
    """with Wire(port) as wire: wire.send(b"GET / HTTP/1.1\\r\\n…"); wire.answer()"""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.close()

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)
        return self

    def drip(self, data, interval):
        """A slow client: one byte at a time, until all is sent or the other side has had enough. Returns how many went."""
        for index in range(len(data)):
            try:
                self.socket.sendall(data[index:index + 1])
            except OSError:
                return index
            if select.select([self.socket], [], [], interval)[0]:
                return index + 1
        return len(data)

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Leaves as a crashed client does: RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()

    def close(self):
        self.socket.close()

    def answer(self, head=False):
        """One response as (status, headers, body), header names in lower case; None when the connection ends before its first byte.
        head: the request was HEAD, so no body follows."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._read():
                assert not self.buffer, f"broken off in the head: {self.buffer!r}"
                return None
        block, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        status_line, *lines = block.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(status_line.split()[1])
        if head or status in (204, 304) or status < 200:
            return status, headers, b""
        if headers.get("transfer-encoding") == "chunked":
            return status, headers, self._chunks()
        if "content-length" in headers:
            return status, headers, self._take(int(headers["content-length"]))
        return status, headers, self.rest()

    def status(self):
        """The status of one response, None when the connection was closed instead."""
        answer = self.answer()
        return answer and answer[0]

    def rest(self):
        """Everything until the other side closes."""
        while self._read():
            pass
        taken, self.buffer = self.buffer, b""
        return taken

    def arrived(self):
        """All that has come so far, left where it is: for answers that go on."""
        while select.select([self.socket], [], [], 0)[0] and self._read():
            pass
        return self.buffer

    def is_closed(self, within=5):
        """Whether the other side closes within so many seconds; what it still sends is read and dropped."""
        deadline = time.monotonic() + within
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.socket], [], [], left)[0] and not self._read():
                return True
        return False

    def _read(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return bool(data)

    def _take(self, count):
        while len(self.buffer) < count:
            assert self._read(), f"broken off after {len(self.buffer)} of {count} bytes"
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _line(self):
        while b"\r\n" not in self.buffer:
            assert self._read(), "broken off in a chunk"
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def _chunks(self):
        body = b""
        while size := int(self._line().split(b";")[0], 16):
            body += self._take(size)
            self._line()
        while self._line():
            pass
        return body
