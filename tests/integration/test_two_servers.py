"""Two qiliands over one database: what one changes is in force on the other within a second, work goes on at both, and one may die."""

import time

import pytest

import people
from harness import ROOT, Wire, eventually, together
from network import Network
from test_publication import create, publish

SOON = 1.0  # docs: stale for at most a second
SLACK = 0.5  # for the request that finds out, on a busy machine


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui"))


@pytest.fixture(scope="module")
def other(network, installation):
    """The second server."""
    return installation.server("b")


@pytest.fixture(scope="module")
def member(network, other):
    institution = network.member("lishui", "331102")
    network.join(institution, "hangzhou")
    return institution


def at(visitor, server):
    """The same session, at another server."""
    copy = visitor.copy()
    copy.port = server.port  # the authority, and so Origin, stay what the platform's name is
    return copy


def soon(fn):
    eventually(fn, SOON + SLACK)


def test_sessions_and_work_on_both(network, member, other):
    there = at(member, other)
    assert there.get("/api/v1/account").expect(200).json == member.get("/api/v1/account").expect(200).json
    made = together(12, lambda i: create(at(member, other) if i % 2 else member.copy(), name=f"双机产品{i}"))
    assert len({product["number"] for product in made}) == 12
    path = f"/api/v1/products/{made[0]['id']}"
    read = member.get(path)
    answers = together(2, lambda i: (there if i else member.copy()).patch(path, {"summary": f"改 {i}"}, if_match=read.etag).status)
    assert sorted(answers) == [200, 412]


def test_a_key_counts_on_both(member, other):
    values = {"name": "同一请求", "category": "innovation", "pricing": "negotiable"}
    answers = together(6, lambda i: (at(member, other) if i % 2 else member.copy()).post("/api/v1/products", values, key="two-servers-1").expect(201))
    assert len({answer.json["id"] for answer in answers}) == 1


def test_what_one_lists_the_other_finds(network, member, other):
    visitor = at(network.visit("hangzhou"), other)
    find = lambda: [item["number"] for item in visitor.get("/api/v1/portal/listings", query={"q": "双机上架"}).expect(200).json["items"]]
    assert find() == []  # so that the other holds the shelf in memory
    product = create(member, name="双机上架服务")
    publish(member, [product], ["hangzhou"])
    eventually(lambda: network.installation.sql(
        f"SELECT live FROM listing WHERE product_id = UNHEX('{product['id'].replace('-', '')}') AND platform_id = home_id") == [["1"]], 5)
    soon(lambda: product["number"] in find())
    member.post("/api/v1/products/delist", {"products": [product["id"]], "platforms": ["hangzhou"]}).expect(200)
    eventually(lambda: network.installation.sql(
        f"SELECT live FROM listing WHERE product_id = UNHEX('{product['id'].replace('-', '')}') AND platform_id = home_id") == [["0"]], 5)
    soon(lambda: find() == [])


def test_the_names_of_categories_find_and_follow_the_policy(network, member, other, tmp_path):
    """Those in force on the platform searched, in the middle of a name too, on a server that has the shelf in memory already."""
    visitor = at(network.visit("hangzhou"), other)

    def find(words):
        items = visitor.get("/api/v1/portal/listings", query={"q": words, "limit": 50}).expect(200).json["items"]
        return {"审查合同": contract["number"] in [item["number"] for item in items], "气相色谱": lab["number"] in [item["number"] for item in items]}

    contract = create(member, name="审查合同", category="legal", summary="为中小企业把关")
    lab = create(member, name="气相色谱", category="testing", summary="水样与气样")
    publish(member, [contract, lab], ["hangzhou"])
    eventually(lambda: find("审查合同")["审查合同"] and find("气相色谱")["气相色谱"], 5)
    only = lambda name: {"审查合同": name == "审查合同", "气相色谱": name == "气相色谱"}
    assert find("法律服务") == find("律服") == find("legal") == find("合同 Services") == only("审查合同")
    assert find("检测") == find("certification") == find("水样 检测") == only("气相色谱")
    assert find("法律 检测") == find("送法进企") == only(None)
    text = (ROOT / "config" / "platforms" / "hangzhou.yaml").read_text(encoding="utf-8")
    changed = tmp_path / "hangzhou.yaml"
    changed.write_text(f"{text}\ncategories: {{legal: {{zh: 送法进企业, en: Counsel}}}}\n", encoding="utf-8")
    network.installation.ctl("platform", "update", changed)
    soon(lambda: find("送法进企") == find("counsel") == only("审查合同"))
    assert find("律服") == find("legal") == only(None) and find("检测") == only("气相色谱")
    network.installation.ctl("platform", "update", ROOT / "config" / "platforms" / "hangzhou.yaml")


def test_an_open_page_hears_of_what_the_other_server_wrote(network, member, other):
    """Its stream ends at one server; the write comes in at the other, which can only be learned from the log's head."""
    there = at(member, other)
    cookies = "; ".join(f"{name}={value}" for name, value in there.cookies.items())
    with Wire(other.port) as wire:
        wire.send(f"GET /api/v1/events HTTP/1.1\r\nHost: lishui.localhost:{member.port}\r\nCookie: {cookies}\r\nAccept: text/event-stream\r\n\r\n")
        heard = lambda: wire.arrived().count(b"event: change")
        eventually(lambda: b"200 OK" in wire.arrived())
        time.sleep(0.6)  # what was written before has been told
        before = heard()
        create(member, name="另一台写入")
        eventually(lambda: heard() > before, SOON + SLACK)


def test_an_open_page_is_cut_when_its_session_ends_at_the_other_server(network, member, other):
    person = network.visit("lishui")
    people.sign_in(person, network.installation.sql(
        f"SELECT user_name FROM account WHERE institution_id = UNHEX('{member.institution_id.replace('-', '')}')")[0][0]).expect(200)
    there = at(person, other)
    cookies = "; ".join(f"{name}={value}" for name, value in there.cookies.items())
    with Wire(other.port) as wire:
        wire.send(f"GET /api/v1/events HTTP/1.1\r\nHost: lishui.localhost:{person.port}\r\nCookie: {cookies}\r\nAccept: text/event-stream\r\n\r\n")
        eventually(lambda: b"200 OK" in wire.arrived())
        person.post("/api/v1/auth/sign-out").expect(204)
        assert wire.is_closed(SOON + SLACK)


def test_a_cached_answer_follows_what_the_other_server_wrote(network, member, other):
    """Kept by one server; only the head of the log says that it is old."""
    visitor = at(network.visit("lishui"), other)
    board = lambda: visitor.get("/api/v1/portal/announcements").expect(200).text
    for _ in range(3):
        assert "两台都看到" not in board()
    admin = network.desk("lishui", "platform_admin")
    made = admin.post("/api/v1/announcements", {"title": "两台都看到的公告", "body": [{"type": "paragraph", "text": "正文"}]}).expect(201)
    admin.post(f"/api/v1/announcements/{made.json['id']}/events", {"event": "publish"}, if_match=made.etag).expect(200)
    soon(lambda: "两台都看到" in board())


def test_a_changed_policy(network, other, tmp_path):
    visitor = at(network.visit("lishui"), other)
    hotline = lambda: visitor.get("/api/v1/portal/site").expect(200).text
    assert "0578-7654321" not in hotline()
    text = (ROOT / "config" / "platforms" / "lishui.yaml").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "hotline:" in line)
    changed = tmp_path / "lishui.yaml"
    changed.write_text(text.replace(line, line.split("hotline:")[0] + "hotline: 0578-7654321"), encoding="utf-8")
    network.installation.ctl("platform", "update", changed)
    soon(lambda: "0578-7654321" in hotline())


def test_an_ended_session_and_changed_roles(network, other):
    security = network.desk("lishui", "security_admin")
    visitor = network.desk("lishui", "reviewer", "two")
    there = at(visitor, other)
    account = there.get("/api/v1/account").expect(200).json
    security.put(f"/api/v1/accounts/{account['id']}/roles", {"roles": ["platform_admin"]}).expect(200, 204)
    soon(lambda: there.get("/api/v1/account").status == 401)
    people.sign_in(visitor, "reviewer_two").expect(200)
    there = at(visitor, other)
    assert there.get("/api/v1/session").expect(200).json["account"]["roles"] == ["platform_admin"]
    visitor.post("/api/v1/auth/sign-out").expect(200, 204)
    soon(lambda: there.get("/api/v1/account").status == 401)


def test_a_suspended_platform(network, member, other):
    visitor = at(network.visit("hangzhou"), other)
    visitor.get("/api/v1/portal/site").expect(200)
    network.installation.ctl("platform", "suspend", "hangzhou")
    soon(lambda: visitor.get("/api/v1/portal/listings").status == 403)
    network.installation.ctl("platform", "resume", "hangzhou")
    soon(lambda: visitor.get("/api/v1/portal/listings").status == 200)


def test_one_dies_and_the_other_goes_on(network, member, other, server):
    """With its work: what crosses platforms, and notices, are taken over."""
    product = create(member, name="幸存服务")
    there = at(member, other)
    server.kill()
    begin = time.monotonic()
    publish(there, [product], ["hangzhou", "lishui"])
    rows = lambda: network.installation.sql("SELECT COUNT(*), SUM(live) FROM listing WHERE platform_id = home_id "
                                            f"AND product_id = UNHEX('{product['id'].replace('-', '')}')")
    eventually(lambda: rows() == [["2", "2"]], 10)
    assert time.monotonic() - begin < 10
    server.start()
    eventually(lambda: all(one["lag"] == 0 and one["parked"] == 0 for one in network.installation.ctl("federation", "status")), 10, 0.2)
    assert network.installation.ctl("federation", "verify")["faults"] == 0
    assert all(one["holds"] for one in network.installation.ctl("log", "verify"))
    doubled = network.installation.sql("SELECT kind, record_id, COUNT(*) n FROM log_entry WHERE kind IN ('membership.admit', 'listing.publish') "
                                       "GROUP BY kind, record_id, platform_id HAVING n > 1")
    assert doubled == []
