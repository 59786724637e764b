#!/usr/bin/python3
"""core/out/mail.c against a real SMTP server (aiosmtpd): TLS, sign-in, encodings, deadlines. Usage: test_mail_server.py MAIL_ONCE"""

import email
import email.policy
import logging
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

MAIL_ONCE = sys.argv.pop(1)


class Keeper:
    def __init__(self):
        self.messages = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("unknown@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.messages.append((envelope, session.ssl is not None))
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"qilian", b"right"), handled=False)


def certificate(folder):
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost".split()
    words += ["-addext", "subjectAltName=DNS:localhost", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run(words, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    return context


class FreePort(Controller):
    """Controller asks for a port of its own choice; take one that is free."""

    def __init__(self, handler, **options):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        super().__init__(handler, hostname="127.0.0.1", port=port, **options)

    def _trigger_server(self):
        """The base class would use the server's own context for its trial connection."""
        with socket.create_connection(("127.0.0.1", self.port), 2) as trial:
            if self.ssl_context:
                client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                client.check_hostname = False
                client.verify_mode = ssl.CERT_NONE
                with client.wrap_socket(trial) as wrapped:
                    wrapped.recv(1024)
            else:
                trial.recv(1024)


class MailServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.tls = certificate(cls.folder.name)
        cls.ca = f"{cls.folder.name}/cert.pem"

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def serve(self, **options):
        keeper = Keeper()
        controller = FreePort(keeper, **options)
        controller.start()
        self.addCleanup(controller.stop)
        return controller.port, keeper.messages

    def send(self, port, tls, ca="", user="", password="", deadline=8000, to="contact@example.cn"):
        words = [MAIL_ONCE, "localhost", str(port), tls, ca, user, password, str(deadline), to]
        return subprocess.run(words, capture_output=True, text=True, timeout=30).stdout.strip()

    def test_a_message_arrives_as_it_was_meant(self):
        port, messages = self.serve()
        self.assertEqual(self.send(port, "plain"), "sent")
        envelope, _ = messages[0]
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.assertEqual(envelope.rcpt_tos, ["contact@example.cn"])
        self.assertEqual(message["subject"], "贵单位已被推荐入驻浙江省企业服务综合平台，请在五个工作日内补充材料")
        self.assertEqual(message["to"].addresses[0].display_name, "王芳")
        self.assertEqual(message["from"].addresses[0].display_name, "浙江省企业服务综合平台")
        self.assertEqual(message["message-id"], "<0190-once@qilian.example>")
        self.assertEqual(message.get_content(), "您好：\n.\n..两个点\n材料清单见平台。\n")
        self.assertEqual([], list(message.defects))

    def test_starttls_with_a_certificate_that_is_trusted(self):
        port, messages = self.serve(tls_context=self.tls, require_starttls=True)
        self.assertEqual(self.send(port, "starttls", ca=self.ca), "sent")
        self.assertTrue(messages[0][1])

    def test_no_message_without_the_tls_that_was_asked_for(self):
        port, messages = self.serve(tls_context=self.tls)
        self.assertEqual(self.send(port, "starttls"), "mail-failed")
        bare, bare_messages = self.serve()
        self.assertEqual(self.send(bare, "starttls", ca=self.ca), "mail-failed")
        self.assertEqual(messages + bare_messages, [])

    def test_tls_from_the_beginning(self):
        port, messages = self.serve(ssl_context=self.tls)
        self.assertEqual(self.send(port, "tls", ca=self.ca), "sent")
        self.assertEqual(self.send(port, "tls"), "mail-failed")
        self.assertEqual(len(messages), 1)

    def test_sign_in(self):
        port, messages = self.serve(tls_context=self.tls, authenticator=authenticate, auth_required=True)
        self.assertEqual(self.send(port, "starttls", self.ca, "qilian", "right"), "sent")
        self.assertEqual(self.send(port, "starttls", self.ca, "qilian", "wrong"), "mail-failed")
        self.assertEqual(self.send(port, "starttls", self.ca), "mail-failed")
        self.assertEqual(len(messages), 1)

    def test_refusals_are_for_good(self):
        port, messages = self.serve()
        self.assertEqual(self.send(port, "plain", to="unknown@example.cn"), "mail-refused")
        self.assertEqual(messages, [])

    def test_a_silent_server_costs_the_deadline_and_no_more(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            begin = time.monotonic()
            self.assertEqual(self.send(silent.getsockname()[1], "plain", deadline=700), "mail-failed")
            self.assertLess(time.monotonic() - begin, 5)


if __name__ == "__main__":
    logging.disable()  # a client that does not trust the server is no news here
    unittest.main()
