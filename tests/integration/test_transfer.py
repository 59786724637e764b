"""Transfer of home: asked for by the institution or by its platform, decided by the platform that receives it; everything goes with it, who holds
copies follows, and whatever stops on the way leaves it at exactly one home."""

import threading

import pytest

import people
from harness import eventually
from network import Network
from test_publication import becomes, cell, create, publish


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


def ask(visitor, slug, reason="经营地址迁移", **more):
    return visitor.post("/api/v1/transfers", {"platform": slug, "reason": reason, "consent": True, **more})


def arrived(desk, id):
    return eventually(lambda: (answer := desk.get(f"/api/v1/transfers/{id}")).status == 200 and answer.json["phase"] != "sent" and answer)


def fire(visitor, id, event, **form):
    etag = visitor.get(f"/api/v1/transfers/{id}").expect(200).etag
    return visitor.post(f"/api/v1/transfers/{id}/events", {"event": event, **form}, if_match=etag)


def profile(visitor, institution):
    return visitor.get(f"/api/v1/institutions/{institution.institution_id}")


def edit(visitor, institution, **values):
    return visitor.patch(f"/api/v1/institutions/{institution.institution_id}", values, if_match=profile(visitor, institution).expect(200).etag)


def user_name(network, institution):
    raw = institution.institution_id.replace("-", "")
    return network.installation.sql(f"SELECT user_name FROM account WHERE institution_id = UNHEX('{raw}') AND state <> 'closed'")[0][0]


def at(network, slug, institution, name=None):
    """The owner, signed in on another platform."""
    visitor = network.visit(slug)
    people.sign_in(visitor, name or user_name(network, institution)).expect(200)
    visitor.institution_id, visitor.uscc, visitor.home = institution.institution_id, institution.uscc, slug
    return visitor


def homes(network, institution):
    """Where it is an original: one platform, always."""
    raw = institution.institution_id.replace("-", "")
    return [row[0] for row in network.installation.sql(
        f"SELECT t.slug FROM institution i JOIN tenant t ON t.id = i.platform_id WHERE i.home_id = i.platform_id AND i.id = UNHEX('{raw}')")]


def move(network, institution, slug):
    name = user_name(network, institution)
    sent = ask(institution, slug).expect(201).json
    arrived(network.desk(slug), sent["id"])
    fire(network.desk(slug), sent["id"], "accept").expect(200)
    eventually(lambda: network.desk(slug).get(f"/api/v1/transfers/{sent['id']}").json["phase"] == "moved", 15)
    return at(network, slug, institution, user_name(network, institution) or name)


def nothing_parked(network):
    assert network.installation.sql("SELECT platform_id, source, kind, error FROM log_parked") == []


@pytest.fixture(scope="module")
def travelled(network):
    """One with all that can go along: from Lishui to Hangzhou."""
    institution = network.member("lishui", "331102")
    network.recommend("lishui", institution).expect(201)
    network.approve("zhejiang", network.case("zhejiang", institution.uscc))
    eventually(lambda: network.standing(institution, "zhejiang") == "active")
    product = create(institution, name="随迁产品")
    publish(institution, [product], ["lishui", "zhejiang"])
    for slug in ("lishui", "zhejiang"):
        row = eventually(lambda: network.desk(slug).get("/api/v1/listings", query={"product_id": product["id"]}).expect(200).json["items"])[0]
        etag = network.desk(slug).get(f"/api/v1/listings/{row['id']}").etag
        if row["phase"] == "waiting":
            network.desk(slug).post(f"/api/v1/listings/{row['id']}/events", {"event": "approve"}, if_match=etag).expect(200)
        becomes(institution, product, slug, "active")
    qualification = institution.post("/api/v1/qualifications", {"kind": "licence", "name": "营业执照", "number": "X1"})
    draft = create(institution, name="草稿产品")
    institution.product, institution.draft, institution.qualification = product, draft, qualification
    sent = ask(institution, "hangzhou").expect(201).json
    institution.sent = sent
    ask(institution, "longquan").refused(409)
    waiting = arrived(network.desk("hangzhou"), sent["id"]).json
    assert waiting["phase"] == "waiting" and waiting["products"] == 2 and waiting["accounts"] == 1 and waiting["due_on"]
    # Edited at the old home after it was asked for: who decides sees it.
    edit(institution, institution, introduction="迁移前的最后修改").expect(200)
    eventually(lambda: profile(network.desk("hangzhou"), institution).json["introduction"] == "迁移前的最后修改")
    asked = network.desk("zhejiang").post("/api/v1/corrections", {"institution_id": institution.institution_id, "changes": {"address": "新址 9 号"}, "reason": "核对"})
    institution.correction = asked.expect(201).json["id"]
    eventually(lambda: institution.get(f"/api/v1/corrections/{institution.correction}").status == 200)
    institution.name_of_user = user_name(network, institution)
    institution.post(f"/api/v1/products/{institution.product['id']}/draft", {"changes": {"summary": "随迁的草稿"}}).expect(200)
    fire(network.desk("hangzhou"), sent["id"], "accept", reason="欢迎").expect(200)
    eventually(lambda: network.desk("hangzhou").get(f"/api/v1/transfers/{sent['id']}").json["phase"] == "moved", 15)
    institution.now = at(network, "hangzhou", institution)
    return institution


def test_everything_goes_with_it(network, travelled):
    now = travelled.now
    assert homes(network, travelled) == ["hangzhou"]
    row = profile(now, travelled).expect(200).json
    assert row["home"] == "hangzhou" and row["introduction"] == "迁移前的最后修改" and row["contact_mobile"] == travelled.mobile and row["editable"]
    products = {item["name"]: item for item in now.get("/api/v1/products").expect(200).json["items"]}
    assert products["随迁产品"]["number"] == travelled.product["number"] and products["随迁产品"]["id"] == travelled.product["id"]
    assert products["草稿产品"]["number"] == travelled.draft["number"]
    assert now.get(f"/api/v1/products/{travelled.product['id']}/draft").expect(200).json["draft"]["changes"] == {"summary": "随迁的草稿"}
    for slug in ("lishui", "zhejiang"):
        becomes(now, travelled.product, slug, "active")
        eventually(lambda: network.standing(now, slug) == "active")
    applications = now.get("/api/v1/applications").expect(200).json["items"]
    assert [one["to_platform"] for one in applications] == ["lishui"] and applications[0]["phase"] == "approved"
    nothing_parked(network)


def test_nothing_of_it_stays_at_the_old_home(network, travelled):
    lishui = int(network.installation.sql("SELECT id FROM tenant WHERE slug = 'lishui'")[0][0])
    raw = travelled.institution_id.replace("-", "")
    for table in ("product", "product_draft", "application", "listing_request"):
        assert network.installation.sql(f"SELECT COUNT(*) FROM {table} WHERE platform_id = {lishui} AND institution_id = UNHEX('{raw}')") == [["0"]], table
    # It is a member there, so a copy stays and follows.
    eventually(lambda: profile(network.desk("lishui"), travelled).expect(200).json["home"] == "hangzhou")
    profile(travelled, travelled).refused(401)
    assert network.desk("lishui").get(f"/api/v1/transfers/{travelled.sent['id']}").expect(200).json["phase"] == "moved"
    # The name is nobody else's there, and says where it went.
    refused = people.sign_in(network.visit("lishui"), travelled.name_of_user)
    assert refused.status in (200, 401, 403, 409), refused.text


def test_who_holds_copies_follows(network, travelled):
    edit(travelled.now, travelled, introduction="新平台所写").expect(200)
    for slug in ("zhejiang", "lishui"):
        eventually(lambda: (row := profile(network.desk(slug), travelled).expect(200).json)["introduction"] == "新平台所写" and row["home"] == "hangzhou")
    row = eventually(lambda: network.desk("zhejiang").get("/api/v1/listings", query={"product_id": travelled.product["id"]}).expect(200).json["items"])[0]
    assert row["product_home"] == "hangzhou"
    # A change of the product takes the same way as ever.
    etag = travelled.now.get(f"/api/v1/products/{travelled.product['id']}").etag
    travelled.now.patch(f"/api/v1/products/{travelled.product['id']}", {"name": "迁移后改名产品"}, if_match=etag).expect(200)
    eventually(lambda: cell(travelled.now, travelled.product, "zhejiang")["state"] != "sent")
    nothing_parked(network)


def test_an_open_correction_is_asked_of_the_new_home(network, travelled):
    waiting = eventually(lambda: (answer := travelled.now.get(f"/api/v1/corrections/{travelled.correction}")).status == 200 and answer)
    assert waiting.json["phase"] == "waiting"
    version = profile(travelled.now, travelled).json["version"]
    travelled.now.post(f"/api/v1/corrections/{travelled.correction}/events", {"event": "accept", "profile_version": version}, if_match=waiting.etag).expect(200)
    eventually(lambda: network.desk("zhejiang").get(f"/api/v1/corrections/{travelled.correction}").json["phase"] == "accepted")
    eventually(lambda: profile(network.desk("zhejiang"), travelled).json["address"] == "新址 9 号")


def test_the_inbox_goes_along_with_what_was_read(network):
    """Also what is one person's own; the log holds none of it in clear, and nothing of it stays behind."""
    institution = network.member("longquan", "331181")
    sql, raw = network.installation.sql, institution.institution_id.replace("-", "")
    inbox = lambda visitor: [(one["id"], one["title"], one["body"], one["title_en"], bool(one["read_at"]), one["created_at"])
                             for one in visitor.get("/api/v1/messages", query={"limit": 200}).expect(200).json["items"]]
    longquan = sql("SELECT id FROM tenant WHERE slug = 'longquan'")[0][0]
    sql(f"INSERT INTO message (platform_id, id, account_id, title, title_en, body, body_en, created_at, updated_at) SELECT platform_id, UNHEX(REPLACE(UUID(), '-', '')), id, "
        f"'只给我的', 'Mine alone', '内容甲乙丙丁', 'text', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM account WHERE platform_id = {longquan} AND institution_id = UNHEX('{raw}')")
    before = eventually(lambda: (got := inbox(institution)) and len(got) >= 2 and got)
    read = next(one for one in before if one[1] == "只给我的")
    institution.post(f"/api/v1/messages/{read[0]}/read").expect(204)
    before = inbox(institution)
    assert [one[4] for one in before if one[0] == read[0]] == [True] and not all(one[4] for one in before)
    there = move(network, institution, "suichang")
    after = inbox(there)
    assert [one for one in after if one[0] in {row[0] for row in before}] == before, (before, after)
    assert sql(f"SELECT COUNT(*) FROM message WHERE platform_id = {longquan} AND institution_id = UNHEX('{raw}')") == [["0"]]
    assert sql(f"SELECT COUNT(*) FROM message WHERE platform_id = {longquan} AND title = '只给我的'") == [["0"]]
    assert sql("SELECT COUNT(*) FROM log_entry WHERE kind = 'transfer.content' AND payload LIKE '%甲乙丙丁%'") == [["0"]]
    nothing_parked(network)


def test_everybody_concerned_is_told_once(network, travelled):
    titles = [message["title"] for message in travelled.now.get("/api/v1/messages").expect(200).json["items"]]
    assert titles.count("机构已迁入") == 1, titles
    desk = [message["title"] for message in network.desk("hangzhou").get("/api/v1/messages").expect(200).json["items"]]
    assert "机构申请迁入" in desk and "机构已迁入" in desk


def test_refused_with_a_reason(network):
    institution = network.register("lishui", "331102")
    sent = ask(institution, "longquan").expect(201).json
    arrived(network.desk("longquan"), sent["id"])
    fire(network.desk("longquan"), sent["id"], "refuse").refused(422)
    fire(network.desk("longquan"), sent["id"], "refuse", reason="不在本县经营").expect(200)
    answer = eventually(lambda: (row := institution.get(f"/api/v1/transfers/{sent['id']}").json)["phase"] == "refused" and row)
    assert answer["answer"] == "不在本县经营" and homes(network, institution) == ["lishui"]
    edit(institution, institution, introduction="仍在丽水").expect(200)
    eventually(lambda: profile(network.desk("longquan"), institution).status == 404)
    ask(institution, "hangzhou").expect(201)


def test_withdrawn_before_and_after_it_was_accepted(network):
    """Until it has moved the home has the last word, on whichever side the two meet."""
    institution = network.register("lishui", "331102")
    sent = ask(institution, "longquan").expect(201).json
    arrived(network.desk("longquan"), sent["id"])
    fire(institution, sent["id"], "withdraw", reason="暂不迁移").expect(200)
    eventually(lambda: institution.get(f"/api/v1/transfers/{sent['id']}").json["phase"] == "withdrawn")
    fire(network.desk("longquan"), sent["id"], "accept").refused(409)
    for _ in range(3):
        sent = ask(institution, "longquan").expect(201).json
        arrived(network.desk("longquan"), sent["id"])
        done = []
        both = [threading.Thread(target=lambda: done.append(fire(network.desk("longquan"), sent["id"], "accept"))),
                threading.Thread(target=lambda: done.append(fire(institution, sent["id"], "withdraw")))]
        for one in both:
            one.start()
        for one in both:
            one.join()
        end = eventually(lambda: (row := network.desk("longquan").get(f"/api/v1/transfers/{sent['id']}").json)["phase"] in ("moved", "withdrawn", "refused") and row, 15)
        eventually(lambda: len(homes(network, institution)) == 1)
        assert homes(network, institution) == (["longquan"] if end["phase"] == "moved" else ["lishui"]), end
        if end["phase"] == "moved":
            break
        eventually(lambda: institution.get(f"/api/v1/transfers/{sent['id']}").json["phase"] == "withdrawn")
    nothing_parked(network)


def test_edits_that_meet_the_move(network):
    """Products made and profiles edited at the old home while it goes: each is refused, or goes along."""
    institution = network.register("hangzhou", "330102")
    sent = ask(institution, "lishui").expect(201).json
    arrived(network.desk("lishui"), sent["id"])
    made, stop = [], threading.Event()

    def work():
        while not stop.is_set():
            answer = institution.post("/api/v1/products", {"name": "并发产品", "category": "innovation", "pricing": "negotiable"})
            if answer.status == 201:
                made.append(answer.json["id"])
            else:
                return

    thread = threading.Thread(target=work)
    thread.start()
    fire(network.desk("lishui"), sent["id"], "accept").expect(200)
    eventually(lambda: network.desk("lishui").get(f"/api/v1/transfers/{sent['id']}").json["phase"] == "moved", 20)
    stop.set()
    thread.join()
    raw = institution.institution_id.replace("-", "")
    kept = {row[0].lower() for row in network.installation.sql(
        f"SELECT HEX(p.id) FROM product p JOIN tenant t ON t.id = p.platform_id WHERE t.slug = 'lishui' AND p.institution_id = UNHEX('{raw}')")}
    assert kept == {id.replace("-", "") for id in made}
    assert network.installation.sql(f"SELECT COUNT(*) FROM product p JOIN tenant t ON t.id = p.platform_id WHERE t.slug = 'hangzhou' AND p.institution_id = UNHEX('{raw}')") == [["0"]]


def test_there_and_back_again(network):
    institution = network.register("longquan", "331181")
    there = move(network, institution, "suichang")
    edit(there, institution, introduction="在遂昌").expect(200)
    eventually(lambda: profile(network.desk("zhejiang"), institution).json["introduction"] == "在遂昌")
    back = move(network, there, "longquan")
    edit(back, institution, introduction="回到龙泉").expect(200)
    eventually(lambda: profile(network.desk("zhejiang"), institution).json["introduction"] == "回到龙泉")
    assert homes(network, institution) == ["longquan"]
    nothing_parked(network)


def test_what_waits_for_another_log_goes_on_as_soon_as_that_is_read(network, server):
    """The province reads the old home's log again only after the new home's has waited long enough to have been put off for long."""
    sql, failures = network.installation.sql, "qilian_federation_failures_total"
    institution = network.register("lishui", "331102")
    eventually(lambda: profile(network.desk("zhejiang"), institution).status == 200)
    old = "platform_id = (SELECT id FROM tenant WHERE slug = 'zhejiang') AND source = (SELECT id FROM tenant WHERE slug = 'lishui')"

    def failed():
        return next(float(line.split()[1]) for line in server.admin("/metrics").text.splitlines() if line.startswith(failures))
    sql(f"UPDATE log_cursor SET reset_at = UTC_TIMESTAMP(3) WHERE {old}")
    try:
        there = move(network, institution, "longquan")
        edit(there, institution, introduction="先到的后读").expect(200)
        before = failed()
        eventually(lambda: failed() >= before + 5, 60, 0.1)
        assert profile(network.desk("zhejiang"), institution).json["home"] == "lishui"
    finally:
        sql(f"UPDATE log_cursor SET reset_at = NULL WHERE {old}")
    eventually(lambda: profile(network.desk("zhejiang"), institution).json["introduction"] == "先到的后读", 4)
    nothing_parked(network)


def test_a_closed_platform_lets_its_institutions_go(network):
    """Closed before anybody asked: its operator is told how many stay behind, its owners can still sign in and ask, and so can the operator for all."""
    ctl = network.installation.ctl
    alone, rest, third = network.member("suichang", "331123"), network.register("suichang", "331123"), network.register("suichang", "331123")
    foreign = network.register("lishui", "331102")
    admin = network.desk("suichang", "platform_admin")
    product = create(alone, name="关闭后仍在")
    names = {one: user_name(network, one) for one in (alone, rest)}
    closed = ctl("platform", "close", "suichang")
    assert closed["state"] == "closed" and closed["stranded"] >= 2
    visitor = eventually(lambda: (answer := network.visit("suichang").get("/api/v1/products")).status == 410 and answer)
    assert visitor.code == "platform-closed"
    owner = network.visit("suichang")
    people.sign_in(owner, names[alone]).expect(200)
    assert "lishui" in [one["slug"] for one in owner.get("/api/v1/transfer-options").expect(200).json["platforms"]]
    owner.get("/api/v1/products").refused(410)
    sent = ask(owner, "lishui", "所属平台已关闭").expect(201).json
    left = admin.get("/api/v1/transfer-options").expect(200).json["stranded"]
    every = {"platform": "hangzhou", "reason": "平台关闭", "institutions": [third.institution_id, alone.institution_id]}
    admin.post("/api/v1/transfers/all", {**every, "platform": "suichang"}).refused(422)
    admin.post("/api/v1/transfers/all", {**every, "institutions": [third.institution_id, foreign.institution_id]}).refused(409)
    network.desk("suichang").post("/api/v1/transfers/all", every).refused(403)
    answer = admin.post("/api/v1/transfers/all", every).expect(200).json
    assert (answer["asked"], answer["under_way"], answer["left"]) == (1, 1, 0)
    assert {one["id"]: one["result"] for one in answer["institutions"]} == {third.institution_id: "asked", alone.institution_id: "under_way"}
    assert all(one["name"] for one in answer["institutions"])
    assert admin.get("/api/v1/transfer-options").expect(200).json["stranded"] == left - 1
    assert {row["platform"]: row["stranded"] for row in ctl("transfer", "stranded")}["suichang"] == left - 1 >= 1
    assert ctl("transfer", "ask", "suichang", "longquan", "--reason", "平台关闭")["asked"] >= 1
    assert "suichang" not in [row["platform"] for row in ctl("transfer", "stranded")]
    arrived(network.desk("lishui"), sent["id"])
    fire(network.desk("lishui"), sent["id"], "accept").expect(200)
    eventually(lambda: homes(network, alone) == ["lishui"], 15)
    there = at(network, "lishui", alone)
    assert product["id"] in [one["id"] for one in there.get("/api/v1/products").expect(200).json["items"]]
    waiting = eventually(lambda: next((row for row in network.desk("longquan").get("/api/v1/transfers", query={"phase": "waiting"}).expect(200).json["items"]
                                       if row["institution_id"] == rest.institution_id), None), 10)
    fire(network.desk("longquan"), waiting["id"], "accept").expect(200)
    eventually(lambda: homes(network, rest) == ["longquan"], 15)
    at(network, "longquan", rest)
