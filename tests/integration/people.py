"""People for tests: administrators by one-time links, staff with roles, institutions that register by SMS code."""

import re

from harness.places import ROOT
from harness.wait import eventually

PASSWORD = "kite over the lake 7"
LISHUI, ZHEJIANG, HANGZHOU = "lishui.localhost", "zhejiang.localhost", "hangzhou.localhost"


def add_platforms(installation, *slugs):
    for slug in slugs:
        installation.ctl("platform", "add", str(ROOT / "config" / "platforms" / f"{slug}.yaml"))


def token_of(link):
    return link.split("#", 1)[1]


def administrator(installation, client, host, slug, role, user_name):
    """Opens a one-time link as a new visitor; answers the visitor, signed in."""
    link = installation.ctl("admin", "link", "--platform", slug, "--role", role)["link"]
    visitor = client(host)
    visitor.post("/api/v1/auth/link", {"token": token_of(link), "user_name": user_name, "name": f"管理员 {user_name}",
                                       "password": PASSWORD}).expect(200)
    return visitor


def sign_in(visitor, login, password=PASSWORD):
    return visitor.post("/api/v1/auth/sign-in", {"login": login, "password": password})


def last_code(sms, mobile):
    """The six digits that were sent to a mobile last."""
    def look():
        texts = [message.fields["text"] for message in sms.messages if message.fields.get("mobile") == mobile]
        found = [match for match in (re.search(r"验证码.*?([0-9]{6})", text) for text in texts) if match]
        return found[-1].group(1) if found else None
    return eventually(look, 30)


def ask_code(visitor, sms, mobile, use):
    sms.clear()
    visitor.post("/api/v1/auth/sms-code", {"mobile": mobile, "use": use}).expect(202)
    return last_code(sms, mobile)


def registration(uscc, mobile, user_name, code, **more):
    return {"user_name": user_name, "password": PASSWORD, "person_name": "李经办", "mobile": mobile, "code": code, "uscc": uscc,
            "name": f"测试服务机构 {user_name}", "type": "social_service", "email": f"{user_name}@example.cn", "consent": "2026-01", **more}


def register(client, sms, host, uscc, mobile, user_name, kind="institution", **more):
    visitor = client(host)
    code = ask_code(visitor, sms, mobile, "register")
    answer = visitor.post(f"/api/v1/registration/{kind}", registration(uscc, mobile, user_name, code, **more)).expect(201)
    visitor.institution_id = answer.json["institution_id"]
    return visitor
