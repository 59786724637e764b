"""What stands in the public pages without scripts, and what search engines ask for by a fixed name."""

import json
import re
import struct
import xml.etree.ElementTree as xml
from html.parser import HTMLParser

import pytest

from harness import eventually
from network import Network
from test_page_words import HOSTILE, NAMES, approve, head, listed, pages, shown  # noqa: F401 - a fixture among them

pytestmark = pytest.mark.timeout(300)
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
VOID = {"meta", "link", "img", "input", "br", "hr"}


@pytest.fixture(scope="module")
def network(make_installation, sms_server, pages):  # noqa: F811 - the fixture
    installation = make_installation(changes={"web_folder": str(pages)})
    return Network(installation, installation.server(), sms_server, ("zhejiang", "lishui", "hunan", "changsha"))


@pytest.fixture(scope="module")
def member(network):
    return network.member("changsha", "430102", name="长沙云启检测认证有限公司", introduction="面向中小企业的公共检测服务机构。\n二十年经验。")


class Page(HTMLParser):
    """The text inside #app, links and tags; what is opened is closed."""

    def __init__(self, answer):
        super().__init__()
        self.status, self.open, self.words, self.links, self.tags = answer.status, [], [], [], []
        self.feed(answer.text)
        assert not self.open, self.open
        self.text = " ".join(self.words)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs).get("href"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        if "body" in self.open and data.strip():
            self.words.append(data.strip())


def page(network, slug, path, **headers):
    return Page(network.visit(slug).get(path, headers=headers))


def urls(network, slug, path="/sitemap.xml"):
    answer = network.visit(slug).get(path).expect(200)
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    return {url.findtext(f"{SITEMAP}loc"): url.findtext(f"{SITEMAP}lastmod") for url in xml.fromstring(answer.text)}


def kinds(found):
    return {one["@type"]: one for one in found.linked}


def test_a_product_can_be_read(network, member):
    _, listing = listed(network, member, "changsha", name="公共检测一站式", price=123450, pricing="fixed", price_unit="次",
                        description=[{"type": "heading", "text": "检测范围", "level": 2}, {"type": "list", "items": ["金属", "塑料"], "ordered": True},
                                     {"type": "table", "rows": [["项目", "天数"], ["光谱", "3"]], "header": True},
                                     {"type": "link", "text": "办法", "url": "https://example.com/a?b=1&c=2"}])
    approve(network, "changsha", listing)
    path = f"/services/{listing['id']}"
    found = shown(network, "changsha", path)
    text = page(network, "changsha", path)
    for word in ("公共检测一站式", "¥1,234.50 / 次", "长沙云启检测认证有限公司", "0578-2000000", "检测范围", "金属", "光谱", "快速"):
        assert word in text.text, word
    assert {"/", "/services", f"/institutions/{member.institution_id}", "tel:0578-2000000", "https://example.com/a?b=1&c=2"} <= set(text.links)
    product = kinds(found)["Product"]
    assert product["name"] == "公共检测一站式" and product["offers"]["price"] == "1234.50" and product["offers"]["priceCurrency"] == "CNY"
    assert product["offers"]["seller"]["name"] == "长沙云启检测认证有限公司"
    crumbs = kinds(found)["BreadcrumbList"]["itemListElement"]
    assert [one["position"] for one in crumbs] == [1, 2, 3] and crumbs[2]["item"] == found.address
    assert f'<meta property="og:url" content="{found.address}">' in found.text and 'content="product"' in found.text
    assert network.visit("changsha").get(f"/api/v1/portal/listings/{listing['id']}").json["views"] == 1, "a page read by a robot is no view"


def test_lists_and_home_can_be_read(network, member):
    _, listing = listed(network, member, "changsha", name="首页可见的服务")
    approve(network, "changsha", listing)
    shown(network, "changsha", f"/services/{listing['id']}")
    desk = network.desk("changsha", "platform_admin")
    made = desk.post("/api/v1/announcements", {"title": "关于申报的通知", "summary": "请于月底前申报。", "body": [{"type": "paragraph", "text": "正文第一段"}]}).expect(201).json
    desk.post(f"/api/v1/announcements/{made['id']}/events", {"event": "publish"}, if_match=made["version"]).expect(200)
    home = eventually(lambda: (found := page(network, "changsha", "/")) and "关于申报的通知" in found.text and found)
    for word in ("首页可见的服务", "长沙云启检测认证有限公司", "0731-12345", "湘ICP备00000000号", "4301000000", "湖南省工业和信息化厅", "隐私政策"):
        assert word in home.text, word
    assert f"/services/{listing['id']}" in home.links and f"/notices/{made['id']}" in home.links
    assert "首页可见的服务" in page(network, "changsha", "/services?q=%E9%A6%96%E9%A1%B5").text
    assert "首页可见的服务" not in page(network, "changsha", "/services?category=finance").text
    assert "长沙云启检测认证有限公司" in page(network, "changsha", "/institutions").text
    assert "请于月底前申报。" in page(network, "changsha", "/notices").text
    notice = page(network, "changsha", f"/notices/{made['id']}")
    assert "正文第一段" in notice.text
    shop = page(network, "changsha", f"/institutions/{member.institution_id}")
    assert "二十年经验。" in shop.text and "首页可见的服务" in shop.text
    assert kinds(head(network, "changsha", f"/institutions/{member.institution_id}"))["Organization"]["name"] == "长沙云启检测认证有限公司"
    assert kinds(head(network, "changsha", "/"))["WebSite"]["name"] == NAMES["changsha"]
    for path in ("/privacy", "/accessibility", "/join"):
        assert page(network, "changsha", path).status == 200
    assert "个人信息保护法" in page(network, "changsha", "/privacy").text


def test_hostile_text_is_text_everywhere(network, member):
    words = [{"type": kind, "text": HOSTILE} for kind in ("heading", "paragraph", "quote")]
    words[0]["level"] = 2
    words += [{"type": "list", "items": [HOSTILE]}, {"type": "table", "rows": [[HOSTILE]]}]
    _, listing = listed(network, member, "changsha", name=f"{HOSTILE}甲", summary=HOSTILE, description=words, price=100, pricing="fixed", price_unit='"><b>')
    approve(network, "changsha", listing)
    path = f"/services/{listing['id']}"
    found = shown(network, "changsha", path)  # which looks at titles and scripts
    text = page(network, "changsha", path)
    assert text.text.count("alert(1)") >= 7 and ("b", {}) not in text.tags
    assert kinds(found)["Product"]["name"] == f"{HOSTILE}甲" and kinds(found)["Product"]["description"] == HOSTILE
    desk = network.desk("changsha", "platform_admin")
    made = desk.post("/api/v1/announcements", {"title": f"{HOSTILE}乙", "summary": HOSTILE, "body": words}).expect(201).json
    desk.post(f"/api/v1/announcements/{made['id']}/events", {"event": "publish"}, if_match=made["version"]).expect(200)
    for at in ("/", "/services", "/notices", f"/notices/{made['id']}", f"/institutions/{member.institution_id}"):
        eventually(lambda: "alert(1)" in (found := head(network, "changsha", at)).text and found)
        data = ({"type": "application/ld+json"}, {"type": "application/json", "id": "site"})  # which nothing runs
        assert all(tag != "script" or attrs in data for tag, attrs in page(network, "changsha", at).tags), at
    for odd in ("%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "%27%20OR%201=1", "%E6%A3%80%F0%9F%98%80", "a" * 200):
        for name in ("q", "category", "region", "type", "cursor", "lang", "industry"):
            for at in ("/services", "/institutions", "/notices", "/open/demands"):
                answer = network.visit("changsha").get(f"{at}?{name}={odd}")
                assert answer.status in (200, 404), (at, name, odd, answer.status)
                assert "<script>" not in answer.text


def test_the_language_is_said_by_header_or_address(network):
    english = page(network, "lishui", "/services", **{"Accept-Language": "en"})
    assert "Institutions" in english.text and "服务产品" not in english.text
    found = head(network, "lishui", "/services?lang=en")
    assert '<html lang="en">' in found.text and found.address.endswith("/services?lang=en")
    assert f'hreflang="zh-CN" href="{found.address[:-2]}zh"' in found.text
    assert head(network, "lishui", "/services?lang=zh", **{"Accept-Language": "en"}).title.startswith("服务产品")
    assert head(network, "lishui", "/services?lang=tlh").title.startswith("服务产品")


def test_the_sitemap_names_this_platforms_pages_alone(network, member):
    product, listing = listed(network, member, "changsha", name="地图上的服务")
    own = f"http://changsha.localhost:{network.server.port}"
    address = f"{own}/services/{listing['id']}"
    assert address not in urls(network, "changsha"), "in review"
    approve(network, "changsha", listing)
    found = eventually(lambda: (found := urls(network, "changsha")) and address in found and found)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found[address])
    assert f"{own}/" in found and f"{own}/institutions/{member.institution_id}" in found and all(one.startswith(own) for one in found)
    for slug in ("zhejiang", "lishui"):
        others = network.visit(slug).get("/sitemap.xml").expect(200).text
        assert listing["id"] not in others and member.institution_id not in others
    for one in [one for one in found if "/services/" in one or "/notices/" in one]:
        assert network.visit("changsha").get(one[len(own):]).status == 200, one
    member.post("/api/v1/products/delist", {"products": [product["id"]], "platforms": ["changsha"]}).expect(200)
    eventually(lambda: address not in urls(network, "changsha"), 3)
    network.visit("changsha").get("/sitemaps/2.xml").refused(404)
    assert len(urls(network, "changsha", "/sitemaps/1.xml")) == len(urls(network, "changsha"))


def test_a_large_sitemap_is_paged(network):
    sql = network.installation.sql
    sql("INSERT INTO announcement (platform_id, id, title, published_at, phase, step, created_at, updated_at) SELECT (SELECT id FROM tenant WHERE slug = 'hunan'), "
        "UNHEX(LPAD(HEX(seq), 32, '0')), 'Viele', NOW(3), 'active', 'active', NOW(3), NOW(3) FROM seq_1_to_50010")
    network.desk("hunan", "platform_admin").post("/api/v1/announcements", {"title": "damit sich etwas bewegt"}).expect(201)
    try:
        index = eventually(lambda: (found := network.visit("hunan").get("/sitemap.xml").expect(200).text) and "sitemapindex" in found and found, 20)
        parts = [one.text for one in xml.fromstring(index).iter(f"{SITEMAP}loc")]
        assert [one.rsplit("/", 1)[1] for one in parts] == ["1.xml", "2.xml"]
        first, second = (urls(network, "hunan", f"/sitemaps/{n}.xml") for n in (1, 2))
        assert len(first) == 50000 and not set(first) & set(second) and sum("/notices/" in one for one in {**first, **second}) == 50010
    finally:
        sql("DELETE FROM announcement WHERE title = 'Viele'")


def test_robots_are_told(network):
    answer = network.visit("lishui").get("/robots.txt").expect(200)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert f"Sitemap: http://lishui.localhost:{network.server.port}/sitemap.xml" in answer.text and "Disallow: /desk" in answer.text
    network.visit("nowhere").get("/robots.txt").refused(404)
    network.visit("nowhere").get("/sitemap.xml").refused(404)


def test_the_icon_is_a_picture_in_the_platforms_colour(network):
    seen = {}
    for slug in ("lishui", "hunan"):
        answer = network.visit(slug).get("/favicon.ico").expect(200)
        assert answer.headers["Content-Type"] == "image/x-icon"
        body = answer.body
        reserved, kind, count = struct.unpack("<HHH", body[:6])
        width, height, _, _, planes, bits, size, offset = struct.unpack("<BBBBHHII", body[6:22])
        assert (reserved, kind, count, width, height, planes, bits, offset) == (0, 1, 1, 32, 32, 1, 32, 22) and len(body) == offset + size
        assert struct.unpack("<IiiHH", body[22:38]) == (40, 32, 64, 1, 32)
        pixel = lambda x, y: body[62 + 4 * ((31 - y) * 32 + x):][:4]
        assert pixel(0, 0)[3] < 128 and pixel(16, 16) == b"\xff\xff\xff\xff"
        seen[slug] = pixel(16, 2)
    assert seen == {"lishui": bytes.fromhex("5c7f1bff"), "hunan": bytes.fromhex("1e26b3ff")}
    logo = network.visit("lishui").get("/favicon.svg").expect(200)
    assert logo.headers["Content-Type"] == "image/svg+xml" and "#1b7f5c" in logo.text and "sandbox" in logo.headers["Content-Security-Policy"]


def test_open_records_have_a_list_and_pages(network):
    visitor = network.visit("lishui")
    assert visitor.get("/api/v1/portal/site").expect(200).json["open"] == []
    tenant = network.installation.sql("SELECT id FROM tenant WHERE slug = 'lishui'")[0][0]
    columns = ("platform_id, id, number, buyer_id, buyer_name, title, category, details, budget_low, closes_at, contact_name, contact_mobile, phase, step, created_at, updated_at")
    network.installation.sql(f"INSERT INTO demand ({columns}) VALUES ({tenant}, UNHEX('0197000000007000800000000000abcd'), 'XQ-1', UNHEX(REPEAT('01', 16)), "
                             f"'geheimer Käufer', '寻找<b>光谱</b>检测', 'innovation', '第一行\n第二行', 1200000, '2030-01-02 03:04:05', '张三', '13900001111', 'active', 'open', NOW(3), NOW(3))")
    network.desk("lishui", "platform_admin").post("/api/v1/announcements", {"title": "damit sich etwas bewegt"}).expect(201)
    site = eventually(lambda: (found := visitor.get("/api/v1/portal/site").expect(200).json["open"]) and found)
    assert site == [{"plural": "demands", "zh": "需求", "en": "demand"}]
    path = "/open/demands/01970000-0000-7000-8000-00000000abcd"
    found = page(network, "lishui", "/open/demands")
    assert "寻找<b>光谱</b>检测" in found.text and path in found.links and "¥12,000" in found.text and "2030-01-02" in found.text
    one = page(network, "lishui", path)
    assert "第一行" in one.text and "技术创新" in one.text and one.status == 200
    for text in (found.text, one.text):
        assert "geheimer" not in text and "张三" not in text
    assert f"http://lishui.localhost:{network.server.port}{path}" in urls(network, "lishui")
    assert head(network, "zhejiang", path).status == 404
    for wrong in ("/open/announcements", "/open/accounts", "/open/orders", "/open/%3Cscript%3E", "/open/demands/x"):
        assert head(network, "lishui", wrong).status == 404, wrong
    network.installation.sql("UPDATE demand SET phase = 'ended', step = 'void' WHERE number = 'XQ-1'")
    eventually(lambda: head(network, "lishui", path).status == 404, 5)


def test_the_site_is_not_sent_again(network):
    visitor = network.visit("lishui")
    for path in ("/api/v1/portal/site", "/api/v1/meta", "/api/v1/portal/home"):
        first = visitor.get(path).expect(200)
        again = visitor.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status == 304 and not again.body, path
        assert "no-store" not in first.headers["Cache-Control"]
    english = visitor.get("/api/v1/meta", headers={"If-None-Match": visitor.get("/api/v1/meta").headers["ETag"]})
    assert english.status == 304
    desk = network.desk("lishui")
    assert desk.get("/api/v1/meta").headers["ETag"] != visitor.get("/api/v1/meta").headers["ETag"], "what somebody else may do is another answer"


def test_figures_count_what_is_there(network, member):
    home = lambda: network.visit("changsha").get("/api/v1/portal/home").expect(200).json
    before = home()
    assert before["institutions"] >= 1
    _, listing = listed(network, member, "changsha", name="热门的服务")
    approve(network, "changsha", listing)
    eventually(lambda: home()["services"] == before["services"] + 1)
    assert listing["id"] not in [one["id"] for one in home()["hot"]], "nobody has looked at it"
    for _ in range(3):
        network.visit("changsha").get(f"/api/v1/portal/listings/{listing['id']}").expect(200)
    eventually(lambda: home()["hot"] and home()["hot"][0]["id"] == listing["id"], 5)


def test_a_suspended_platform_is_not_found(network):
    visitor = network.visit("hunan")
    network.installation.ctl("platform", "suspend", "hunan")
    eventually(lambda: visitor.get("/sitemap.xml").status == 503, 5)
    assert visitor.get("/robots.txt").expect(200).text == "User-agent: *\nDisallow: /\n"
    answer = visitor.get("/")
    assert answer.status == 503 and "ICP" not in answer.text
    network.installation.ctl("platform", "resume", "hunan")
    eventually(lambda: visitor.get("/").status == 200, 5)


def test_missing_marks_are_told(network, tmp_path):
    source = "config/platforms/lishui.yaml"
    with open(source, encoding="utf-8") as file:
        text = file.read()
    assert network.installation.ctl("platform", "check", source)["warnings"] == []
    bare = tmp_path / "lishui.yaml"
    bare.write_text("\n".join(line for line in text.splitlines() if not line.startswith("  marks:")), encoding="utf-8")
    told = network.installation.ctl("platform", "check", str(bare))
    assert told["ok"] and [one["pointer"] for one in told["warnings"]] == ["/profile/marks/icp", "/profile/marks/police", "/profile/marks/site_code"]
    assert json.dumps(told["warnings"], ensure_ascii=False).count("备案") == 2
