"""A real SMTP server that keeps what it is given."""

import email
import email.policy
import threading

from aiosmtpd.controller import Controller

from harness.wait import eventually, free_port


class Mail:
    def __init__(self, sender, recipients, content):
        self.sender, self.recipients = sender, recipients
        self.message = email.message_from_bytes(content, policy=email.policy.default)

    @property
    def subject(self):
        return str(self.message["Subject"])

    @property
    def text(self):
        return self.message.get_body(("plain", "html")).get_content()

    def __repr__(self):
        return f"Mail(to={self.recipients}, subject={self.subject!r})"


class Smtp:
    def __init__(self):
        self.port = free_port()
        self.mails, self.refusal = [], None
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, server, session, envelope):
        with self._lock:
            if self.refusal:
                return self.refusal
            self.mails.append(Mail(envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 OK"

    def refuse(self, answer):
        """Answers so from now on ("451 later", "550 no such box"); None takes mail again."""
        self.refusal = answer

    def clear(self):
        with self._lock:
            self.mails.clear()
            self.refusal = None

    def wait(self, recipient, timeout=10, subject=None):
        """The newest mail to a recipient, once it is there."""
        def newest():
            return next((mail for mail in reversed(self.mails)
                         if recipient in mail.recipients and (subject is None or subject in mail.subject)), None)
        return eventually(newest, timeout)

    def stop(self):
        self._controller.stop()
