"""What the head of each portal page says: for search engines, link previews and readers without scripts."""

import html
import json
import re
import uuid

import pytest

from harness import eventually
from network import Network

NAMES = {"lishui": "丽水市企业服务平台", "zhejiang": "浙江省企业服务综合平台", "changsha": "长沙市中小企业公共服务窗口平台"}
HOSTILE = '</title><script>alert(1)</script>"\'&<!--'


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "index.html").write_text(
        '<!doctype html><html lang="zh-CN"><head><title>T</title><meta name="description" content="D"><meta name="robots" content="R">'
        '<link rel="canonical" href="C"><meta property="og:title" content="O"><meta property="og:description" content="P"></head>'
        '<body><div id="app"></div></body></html>', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def network(make_installation, sms_server, pages):
    installation = make_installation(changes={"web_folder": str(pages)})
    return Network(installation, installation.server(), sms_server, ("zhejiang", "lishui", "hunan", "changsha"))


class Head:
    def __init__(self, answer):
        self.answer, self.status, self.text = answer, answer.status, answer.text
        self.title = self.one(r"<title>(.*?)</title>")
        self.description = self.one(r'<meta name="description" content="(.*?)">')
        self.robots = self.one(r'<meta name="robots" content="(.*?)">')
        self.address = self.one(r'<link rel="canonical" href="(.*?)">')
        assert self.one(r'<meta property="og:title" content="(.*?)">') == self.title
        assert self.one(r'<meta property="og:description" content="(.*?)">') == self.description
        # Nothing that came from a database ends an element or begins one.
        data = re.findall(r'<script type="application/ld\+json">(.*?)</script>', self.text, re.S)
        self.linked = [json.loads(one) for one in data]
        site = re.findall(r'<script type="application/json" id="site">(.*?)</script>', self.text, re.S)
        self.site = json.loads(site[0]) if site else None
        assert self.text.count("<script") == self.text.count("</script") == len(data) + len(site)
        assert len(re.findall("<title", self.text)) == 1 and "<!--" not in self.text
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]

    def one(self, pattern):
        return html.unescape(re.search(pattern, self.text, re.S).group(1))


def head(network, slug, path, **headers):
    return Head(network.visit(slug).get(path, headers=headers))


def test_a_page_brings_what_the_platform_is(network):
    """The very answer that its scripts would ask for first."""
    for slug in ("lishui", "hunan"):
        found = head(network, slug, "/")
        assert found.site == network.visit(slug).get("/api/v1/portal/site").expect(200).json and found.site["slug"] == slug
    assert head(network, "lishui", "/desk").site is None


def is_generic(found, name):
    return found.status == 404 and found.title == name and found.robots == "noindex" and found.address == ""


def listed(network, institution, slug, **more):
    """A product of the institution and its listing on a platform, as yet unreviewed where the platform reviews."""
    product = institution.post("/api/v1/products", {"name": "光谱检测", "category": "innovation", "pricing": "negotiable", "summary": "快速　  出具报告。", **more}).expect(201).json
    institution.post("/api/v1/products/publish", {"products": [product["id"]], "platforms": [slug]}).expect(200)
    query = {"product_id": product["id"]}
    return product, eventually(lambda: next(iter(network.desk(slug).get("/api/v1/listings", query=query).expect(200).json["items"]), None))


def approve(network, slug, listing):
    desk = network.desk(slug)
    version = desk.get(f"/api/v1/listings/{listing['id']}").etag
    desk.post(f"/api/v1/listings/{listing['id']}/events", {"event": "approve"}, if_match=version).expect(200)


def shown(network, slug, path):
    return eventually(lambda: (found := head(network, slug, path)).status == 200 and found)


def gone(network, slug, path):
    """At once: what was kept is void with the change."""
    eventually(lambda: is_generic(head(network, slug, path), NAMES[slug]), 3)


@pytest.fixture(scope="module")
def member(network):
    return network.member("changsha", "430102", name="长沙云启检测认证有限公司", introduction="面向中小企业的公共检测服务机构。" * 30)


def test_lists_have_words_of_their_own(network):
    found = head(network, "lishui", "/services?q=%E6%A3%80%E6%B5%8B&cursor=x")
    assert found.status == 200 and found.title == "服务产品 · 丽水市企业服务平台" and "丽水市企业服务平台" in found.description
    assert found.robots == "index" and found.address == f"http://lishui.localhost:{network.server.port}/services"
    english = head(network, "lishui", "/institutions", **{"Accept-Language": "en"})
    assert english.title.startswith("Institutions · ") and '<html lang="en">' in english.text
    home = head(network, "lishui", "/")
    assert home.title == "丽水市企业服务平台" and home.robots == "index"
    for path in ("/sign-in", "/center/products", "/desk", "/join-by-code"):
        found = head(network, "lishui", path)
        assert found.status == 200 and found.robots == "noindex" and found.address == "", path
    assert is_generic(head(network, "lishui", "/no-such-page"), NAMES["lishui"])


def test_a_product_has_its_name_and_summary(network, member):
    product, listing = listed(network, member, "changsha")
    path = f"/services/{listing['id']}"
    assert is_generic(head(network, "changsha", path), NAMES["changsha"]), "in review"
    approve(network, "changsha", listing)
    found = shown(network, "changsha", path)
    assert found.title == f"光谱检测 · {NAMES['changsha']}" and found.description == "快速 出具报告。" and found.robots == "index"
    assert found.address == f"http://changsha.localhost:{network.server.port}{path}"
    again = network.visit("changsha").get(path, headers={"If-None-Match": found.answer.headers["ETag"]})
    assert again.status == 304
    assert network.visit("changsha").head(path).status == 200
    assert network.visit("changsha").post(path, {}).status == 405
    assert head(network, "changsha", f"{path}?from=elsewhere").address == found.address
    # It is this platform's alone: elsewhere there is no such page.
    assert is_generic(head(network, "zhejiang", path), NAMES["zhejiang"])
    member.post("/api/v1/products/delist", {"products": [product["id"]], "platforms": ["changsha"]}).expect(200)
    gone(network, "changsha", path)


def test_what_is_in_review_stays_unsaid(network, member):
    product, listing = listed(network, member, "changsha", name="仪器共享", summary="已通过的简介。")
    path = f"/services/{listing['id']}"
    approve(network, "changsha", listing)
    shown(network, "changsha", path)
    version = member.get(f"/api/v1/products/{product['id']}").etag
    member.patch(f"/api/v1/products/{product['id']}", {"name": "尚未审核的名称", "summary": "尚未审核的简介。"}, if_match=version).expect(200)
    eventually(lambda: network.desk("changsha").get(f"/api/v1/listings/{listing['id']}").json["phase"] == "waiting")
    found = head(network, "changsha", path)
    assert found.status == 200 and found.title.startswith("仪器共享 ·") and found.description == "已通过的简介。"
    assert "尚未审核" not in found.text


def test_hostile_names_stay_text(network, member):
    _, listing = listed(network, member, "changsha", name=f"{HOSTILE} 检测", summary=f"{HOSTILE} 简介")
    approve(network, "changsha", listing)
    found = shown(network, "changsha", f"/services/{listing['id']}")
    assert found.title == f"{HOSTILE} 检测 · {NAMES['changsha']}" and found.description == f"{HOSTILE} 简介"


def test_a_shop_has_its_name_and_introduction(network, member):
    path = f"/institutions/{member.institution_id}"
    found = head(network, "changsha", path)
    assert found.status == 200 and found.title == f"长沙云启检测认证有限公司 · {NAMES['changsha']}"
    assert found.description.startswith("面向中小企业的公共检测服务机构。") and found.description.endswith("…") and len(found.description) == 161
    newcomer = network.register("changsha", "430102")
    assert is_generic(head(network, "changsha", f"/institutions/{newcomer.institution_id}"), NAMES["changsha"]), "no member yet"
    assert is_generic(head(network, "lishui", path), NAMES["lishui"])
    _, listing = listed(network, member, "changsha", name="暂停时看不到")
    approve(network, "changsha", listing)
    shown(network, "changsha", f"/services/{listing['id']}")
    desk = network.desk("changsha", "platform_admin")
    row = next(row for row in desk.get("/api/v1/memberships").expect(200).json["items"] if row["institution_id"] == member.institution_id and row["home"] == "changsha")
    desk.post(f"/api/v1/memberships/{row['id']}/events", {"event": "suspend", "reason": "核查"}, if_match=row["version"]).expect(200)
    gone(network, "changsha", path)
    gone(network, "changsha", f"/services/{listing['id']}")
    version = desk.get(f"/api/v1/memberships/{row['id']}").etag
    desk.post(f"/api/v1/memberships/{row['id']}/events", {"event": "resume"}, if_match=version).expect(200)
    shown(network, "changsha", path)
    shown(network, "changsha", f"/services/{listing['id']}")


def test_a_notice_has_its_title(network):
    desk = network.desk("lishui", "platform_admin")
    made = desk.post("/api/v1/announcements", {"title": f"申报通知 {HOSTILE}", "summary": "请于月底前申报。",
                                               "body": [{"type": "paragraph", "text": "正文"}]}).expect(201).json
    path = f"/notices/{made['id']}"
    assert is_generic(head(network, "lishui", path), NAMES["lishui"]), "a draft"
    answer = desk.post(f"/api/v1/announcements/{made['id']}/events", {"event": "publish"}, if_match=made["version"]).expect(200)
    found = shown(network, "lishui", path)
    assert found.title == f"申报通知 {HOSTILE} · {NAMES['lishui']}" and found.description == "请于月底前申报。"
    desk.post(f"/api/v1/announcements/{made['id']}/events", {"event": "withdraw"}, if_match=answer.json["version"]).expect(200)
    gone(network, "lishui", path)


def test_a_suspended_platform_names_nothing(network, member):
    _, listing = listed(network, member, "changsha", name="平台暂停时看不到")
    approve(network, "changsha", listing)
    path = f"/services/{listing['id']}"
    shown(network, "changsha", path)
    network.installation.ctl("platform", "suspend", "changsha")
    found = eventually(lambda: (found := head(network, "changsha", path)).status == 503 and found)
    assert found.title == NAMES["changsha"] and found.robots == "noindex" and found.address == ""
    network.installation.ctl("platform", "resume", "changsha")
    shown(network, "changsha", path)


def test_what_is_nothing_is_404(network):
    for path in (f"/services/{uuid.uuid4()}", "/services/1%27%20OR%201=1", "/institutions/%3Cscript%3E", "/notices/x"):
        assert is_generic(head(network, "lishui", path), NAMES["lishui"]), path
    network.visit("nowhere").get(f"/services/{uuid.uuid4()}").refused(404)
    assert network.visit("nowhere").get("/services").status == 404
