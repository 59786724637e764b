"""What the browser meets: a real server with a network of platforms, their desks, and institutions in every state."""

import contextlib
import json
import os
import subprocess
import threading

import identity_provider
import people
import web
from furniture import Furniture
from harness.places import BUILD, ROOT
from harness.wait import free_port
from network import FULL, Network


class Stage:
    def __init__(self, make_installation, sms, folder):
        self.make_installation, self.sms, self.folder = make_installation, sms, folder
        self.texts = folder / "sms.jsonl"
        self.texts.touch()
        self._end = threading.Event()
        self._besides = contextlib.ExitStack()

    def keep_texts(self):
        """Writes what the SMS gateway took, for the browser's tests to read their codes from."""
        def watch():
            seen = set()
            while not self._end.wait(0.1):
                for message in list(self.sms.messages):
                    if id(message) not in seen:
                        seen.add(id(message))
                        with open(self.texts, "a", encoding="utf-8") as file:
                            file.write(json.dumps(message.fields, ensure_ascii=False) + "\n")
        threading.Thread(target=watch, daemon=True).start()

    def environment(self, facts):
        env = web.install(self.folder / "web.log")
        assert env, "node or the packages of web/ are missing; see web.log"
        link = ROOT / "tests" / "browser" / "node_modules"  # node looks for packages beside the files that want them
        if not link.is_symlink():
            link.symlink_to("../../web/node_modules")
        return dict(env, QILIAN_PORT=str(self.server.port), QILIAN_PASSWORD=people.PASSWORD, QILIAN_FACTS=json.dumps(facts),
                    QILIAN_SMS=str(self.texts), QILIAN_IDENTITIES=self.identities, QILIAN_PROFILE=json.dumps(FULL), QILIAN_OUTPUT=os.environ.get("QILIAN_OUTPUT", str(BUILD / "browser")))

    def provider(self):
        """An identity provider of its own beside the stage; answers its settings."""
        port = free_port()
        self._besides.enter_context(identity_provider.provided(port))
        self.identities = f"http://127.0.0.1:{port}"
        secret = self.folder / "identity.secret"
        secret.write_text(identity_provider.SECRET + "\n")
        return {"zh": "96871 账号", "en": "96871 account", "authorize_url": f"{self.identities}/authorize", "token_url": f"{self.identities}/token",
                "userinfo_url": f"{self.identities}/userinfo", "client_id": identity_provider.CLIENT, "secret_file": str(secret)}

    def play(self, *words):
        assert web.build(self.folder / "web.log"), (self.folder / "web.log").read_text()[-3000:]
        installation = self.make_installation(changes={"identity_providers": {"zj96871": self.provider()}})
        self.server = installation.server()  # after the build: it reads the pages once
        self.network = Network(installation, self.server, self.sms)
        self.sms.clear()
        self.keep_texts()
        self.facts = Furniture(self.network, self.folder).place()
        env = self.environment(self.facts)
        if os.environ.get("QILIAN_HOLD"):
            print("\n".join(f"export {name}='{value}'" for name, value in env.items() if name.startswith("QILIAN_") and name != "QILIAN_HOLD"), flush=True)
        try:
            if os.environ.get("QILIAN_HOLD"):
                self._end.wait(float(os.environ["QILIAN_HOLD"]))
                return 0
            return subprocess.run(["node", "node_modules/@playwright/test/cli.js", "test", "-c", "playwright.config.ts", *words],
                                  cwd=ROOT / "tests" / "browser", env=env).returncode
        finally:
            self._end.set()
            self._besides.close()
