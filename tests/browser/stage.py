"""What the browser meets: a real server with a network of platforms, their desks, and institutions in every state."""

import json
import os
import re
import subprocess
import threading

import people
import web
from harness.places import BUILD, ROOT
from network import FULL, Network, uscc

PRODUCT = {"name": "公共检测平台机时预约", "category": "testing", "pricing": "fixed", "price": 26000, "price_unit": "小时",
           "summary": "光谱、色谱、力学等设备对外开放，提供操作指导。", "contact_phone": "0578-2000001",
           "description": [{"type": "heading", "text": "服务内容", "level": 3}, {"type": "paragraph", "text": "提前一天预约即可到场使用。"},
                           {"type": "list", "items": ["光谱分析", "色谱分析", "力学试验"]}]}


class Stage:
    def __init__(self, make_installation, sms, folder):
        self.make_installation, self.sms, self.folder = make_installation, sms, folder
        self.texts = folder / "sms.jsonl"
        self.texts.touch()
        self._kept, self._end = 0, threading.Event()

    def furnish(self):
        """A member with products on the shelf, another that only registered, one that nobody has registered yet."""
        network = self.network
        for slug in ("lishui", "zhejiang"):
            network.desk(slug)
            network.desk(slug, "platform_admin")
        member = network.member("lishui", "331102", name="丽水云启检测认证有限公司", introduction="面向中小企业的公共检测服务机构。")
        network.join(member, "zhejiang")
        member.post("/api/v1/qualifications", {"kind": "licence", "name": "检验检测机构资质认定证书", "number": "231101", "issuer": "浙江省市场监督管理局",
                                               "issued_on": "2023-01-10", "expires_on": "2027-01-09"}).expect(201)
        made = [member.post("/api/v1/products", {**PRODUCT, **more}).expect(201).json for more in (
            {}, {"name": "日用陶瓷铅镉溶出量检测", "price": 48000, "price_unit": "样"}, {"name": "检测方案定制", "pricing": "negotiable", "price": None})]
        member.post("/api/v1/products/publish", {"products": [made[0]["id"]], "platforms": ["lishui", "zhejiang"]}).expect(200)
        newcomer = network.register("lishui", "331121", name="青田海纳财税咨询有限公司")
        return {"member": "lishui1", "product": made[0]["id"], "newcomer": f"lishui{network.count}", "newcomer_institution": newcomer.institution_id,
                "uscc": uscc("331102")}

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
                    QILIAN_SMS=str(self.texts), QILIAN_PROFILE=json.dumps(FULL), QILIAN_OUTPUT=str(BUILD / "browser"))

    def play(self, *words):
        assert web.build(self.folder / "web.log"), (self.folder / "web.log").read_text()[-3000:]
        installation = self.make_installation()
        self.server = installation.server()  # after the build: it reads the pages once
        self.network = Network(installation, self.server, self.sms)
        self.sms.clear()
        self.keep_texts()
        self.facts = self.furnish()
        env = self.environment(self.facts)
        if os.environ.get("QILIAN_HOLD"):
            print(json.dumps({"port": self.server.port, **self.facts}), flush=True)
            self._end.wait(float(os.environ["QILIAN_HOLD"]))
            return 0
        try:
            return subprocess.run(["node", "node_modules/@playwright/test/cli.js", "test", "-c", "playwright.config.ts", *words],
                                  cwd=ROOT / "tests" / "browser", env=env).returncode
        finally:
            self._end.set()
