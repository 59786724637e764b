"""What a platform's log may do elsewhere: only what is its own to say. Entries are put into logs straight in the tables, as a hostile or broken
platform would write them; each is parked with the fault named, changes nothing, and what comes from the true home afterwards goes on."""

import json
import time
import uuid

import pytest

from harness import eventually
from harness.server import ControlFailed
from network import Network

PRODUCT = {"name": "技术咨询服务", "category": "innovation", "pricing": "fixed", "price": 250000, "summary": "为中小企业提供技术咨询"}


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


class Logs:
    def __init__(self, network):
        self.sql = network.installation.sql
        self.ids = {slug: int(id) for slug, id in self.sql("SELECT slug, id FROM tenant")}

    def number(self, slug):
        return self.ids[slug]

    def forge(self, source, reader, kind, record, payload):
        """Puts one entry into a log; answers its number."""
        text = (payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False, sort_keys=True)).replace("\\", "\\\\").replace("'", "''")
        self.sql(f"""
            START TRANSACTION; INSERT INTO head (platform_id, seq) VALUES ({self.ids[source]}, 1) ON DUPLICATE KEY UPDATE seq = seq + 1;
            SELECT seq INTO @seq FROM head WHERE platform_id = {self.ids[source]};
            INSERT INTO log_entry (platform_id, seq, epoch, kind, record_type, record_id, audience, at, commitment, leaf, salt, payload)
              VALUES ({self.ids[source]}, @seq, 1, '{kind}', 'x', UNHEX('{record.replace('-', '')}'), 1, UTC_TIMESTAMP(3), REPEAT('c', 32),
                      REPEAT('l', 32), REPEAT('s', 16), '{text}');
            INSERT INTO log_address (reader, platform_id, seq) VALUES ({self.ids[reader]}, {self.ids[source]}, @seq); COMMIT""")
        return int(self.sql(f"SELECT seq FROM head WHERE platform_id = {self.ids[source]}")[0][0])

    def parked(self, source, reader):
        return {int(seq): error for seq, error in self.sql(
            f"SELECT seq, error FROM log_parked WHERE source = {self.ids[source]} AND platform_id = {self.ids[reader]}")}

    def last(self, source, kind, record=None):
        """The payload of the newest entry of a kind."""
        rows = self.sql(f"SELECT payload FROM log_entry WHERE platform_id = {self.ids[source]} AND kind = '{kind}' "
                        + (f"AND record_id = UNHEX('{record.replace('-', '')}') " if record else "") + "ORDER BY seq DESC LIMIT 1")
        return json.loads(rows[0][0])

    def sums(self, *tables):
        return self.sql(f"CHECKSUM TABLE {', '.join(tables)}")

    def settled(self, *tables):
        """What the tables hold once nothing moves any more."""
        def look():
            before = self.sums(*tables)
            time.sleep(0.7)
            return self.sums(*tables) == before and before
        return eventually(look, 30)


@pytest.fixture(scope="module")
def logs(network):
    return Logs(network)


@pytest.fixture(scope="module")
def institution(network):
    """A member of Lishui with a case, a membership and a listing at the province."""
    visitor = network.member("lishui", "331102")
    network.recommend("lishui", visitor).expect(201)
    network.approve("zhejiang", network.case("zhejiang", visitor.uscc))
    eventually(lambda: network.standing(visitor, "zhejiang") == "active")
    visitor.product = visitor.post("/api/v1/products", PRODUCT).expect(201).json
    visitor.post("/api/v1/products/publish", {"products": [visitor.product["id"]], "platforms": ["zhejiang"]}).expect(200)
    eventually(lambda: network.desk("zhejiang").get("/api/v1/listings", query={"product_id": visitor.product["id"]}).expect(200).json["items"])
    return visitor


def rename(visitor, text):
    path = f"/api/v1/institutions/{visitor.institution_id}"
    visitor.patch(path, {"introduction": text}, if_match=visitor.get(path).expect(200).etag).expect(200)


def seen(network, slug, visitor):
    return network.desk(slug).get(f"/api/v1/institutions/{visitor.institution_id}").expect(200).json


def strangers(logs, institution):
    """Of every kind an entry by a platform that has no say in it: (kind, record, payload)."""
    sql, id = logs.sql, institution.institution_id
    profile = logs.last("lishui", "institution.profile", id)
    profile["institution"].update(name="被篡改的机构", version=999)
    wish = logs.last("lishui", "listing.requested")
    wish["count"] = 4000000000
    wish["content"]["name"] = "被篡改的产品"
    source = logs.last("lishui", "recommendation.sent")
    lishui = logs.number("lishui")

    def first(table, what="id"):
        return sql(f"SELECT HEX({what}) FROM {table} WHERE platform_id = {logs.number('zhejiang')} AND institution_id = UNHEX('{id.replace('-', '')}') LIMIT 1")[0][0]

    recommendation = sql(f"SELECT HEX(id) FROM recommendation WHERE platform_id = {lishui} LIMIT 1")[0][0]
    foreign = {**source, "institution_home": logs.number("longquan")}
    return [
        ("institution.profile", id, profile),
        ("product.count", id, {"institution_id": id, "created": 77, "listed": 77}),
        ("listing.requested", institution.product["id"], wish),
        ("listing.withdraw", institution.product["id"], {"count": 4000000000}),
        ("membership.leave", first("membership"), {"reason": "x"}),
        ("application.sent", str(uuid.uuid4()), {**source, "way": "self"}),
        ("recommendation.sent", str(uuid.uuid4()), foreign),
        ("recommendation.sent", recommendation, source),
        ("recommendation.withdraw", recommendation, {"reason": "x"}),
        ("invitation.redeem", str(uuid.uuid4()), {**source, "hmac": "0" * 64}),
        ("invitation.request_again", id, {"institution_id": id, "uscc": institution.uscc}),
    ]


def numbers_of_platforms(value, path=""):
    """Where a payload says a platform by its number in this database."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key in ("institution_home", "to", "from", "to_platform", "from_platform", "product_home", "home", "platform") and isinstance(one, int):
                yield f"{path}/{key}"
            if key == "sources" and isinstance(one, str) and any(part.split(":")[1].isdigit() for part in one.split(",")):
                yield f"{path}/{key}"
            yield from numbers_of_platforms(one, f"{path}/{key}")
    elif isinstance(value, list):
        for one in value:
            yield from numbers_of_platforms(one, path)


def test_what_crosses_names_platforms(network, logs, institution):
    """No payload and no header of an entry to others says a platform by a number; entries that do lie in logs from before, and count."""
    rows = logs.sql("SELECT kind, HEX(payload), addressed_to FROM log_entry WHERE audience <> 0 AND payload IS NOT NULL AND v = 3")
    assert len({kind for kind, _, _ in rows}) > 8, {kind for kind, _, _ in rows}
    for kind, payload, to in rows:
        assert not list(numbers_of_platforms(json.loads(bytes.fromhex(payload)))), (kind, bytes.fromhex(payload))
        assert all("/" in one or one.startswith("*=") for one in to.split(",")), to
    source = {**logs.last("lishui", "recommendation.sent"), "institution_home": logs.number("lishui")}
    seq = logs.forge("lishui", "zhejiang", "recommendation.sent", str(uuid.uuid4()), source)
    cursor = f"SELECT seq FROM log_cursor WHERE platform_id = {logs.number('zhejiang')} AND source = {logs.number('lishui')}"
    eventually(lambda: int(logs.sql(cursor)[0][0]) >= seq)
    assert seq not in logs.parked("lishui", "zhejiang")


def test_a_stranger_changes_nothing(network, logs, institution):
    eventually(lambda: seen(network, "zhejiang", institution)["name"] == institution.get(f"/api/v1/institutions/{institution.institution_id}").expect(200).json["name"])
    tables = ("institution", "membership", "listing", "entry_case", "qualification", "attachment", "case_source")
    before = logs.settled(*tables)
    sent = {}
    for n, (kind, record, payload) in enumerate(strangers(logs, institution)):
        source = ("hangzhou", "suichang", "longquan")[n % 3]
        sent[source, logs.forge(source, "zhejiang", kind, record, payload)] = kind
    for source in ("hangzhou", "suichang", "longquan"):
        eventually(lambda: set(logs.parked(source, "zhejiang")) >= {seq for own, seq in sent if own == source}, 60, 0.2)
        for seq, error in logs.parked(source, "zhejiang").items():
            assert "not-its-home" in error or "waits behind" in error, (sent[source, seq], error)
    assert logs.sums(*tables) == before
    rename(institution, "真正的所属平台所写")
    eventually(lambda: seen(network, "zhejiang", institution)["introduction"] == "真正的所属平台所写")


def test_what_only_the_platform_asked_may_say(network, logs, institution):
    """At the institution's home: how far its recommendation is, its corrections, its shelves, its supplements."""
    sql, lishui = logs.sql, logs.number("lishui")
    recommendation = sql(f"SELECT HEX(id) FROM recommendation WHERE platform_id = {lishui} LIMIT 1")[0][0]
    state = logs.last("zhejiang", "listing.state")
    state.update(live=False, phase="refused", step="refused", version=999)
    membership = logs.last("zhejiang", "membership.state")
    membership.update(phase="removed", step="removed", version=999)
    progress = {"case_version": 4000000000, "phase": "refused", "reason": "假的"}
    tables = ("recommendation", "membership", "listing", "product")
    before = logs.settled(*tables)
    forged = [("case.decided", recommendation, progress), ("case.progress", recommendation, progress), ("listing.state", state["id"], state),
              ("membership.state", membership["id"], membership), ("case.withdraw_refused", recommendation, progress)]
    numbers = {("hangzhou", "longquan")[n % 2]: [] for n in range(2)}
    for n, one in enumerate(forged):
        numbers[("hangzhou", "longquan")[n % 2]].append(logs.forge(("hangzhou", "longquan")[n % 2], "lishui", *one))
    for source, wanted in numbers.items():
        eventually(lambda: set(logs.parked(source, "lishui")) >= set(wanted), 60, 0.2)
    assert logs.sums(*tables) == before


def test_a_shelf_that_was_never_asked_shows_nothing(network, logs, institution):
    """Neither by one entry nor by many in a row; what the shelf that was asked says goes on."""
    state = logs.last("zhejiang", "listing.state")
    assert state["product_id"] == institution.product["id"]
    before = logs.settled("listing", "product")
    live = {**state, "live": True, "phase": "active", "step": "active", "version": 7}
    # A listing of its own for a product of others; the listing of another shelf; another's product for an institution that did ask.
    forged = [{**live, "id": str(uuid.uuid4())} for _ in range(6)] + [{**live, "id": str(uuid.uuid4()), "product_id": str(uuid.uuid4())}]
    numbers = {("hangzhou", "lishui"): [logs.forge("hangzhou", "lishui", "listing.state", one["id"], one) for one in forged],
               ("zhejiang", "lishui"): [logs.forge("zhejiang", "lishui", "listing.state", state["id"], {**live, "id": str(uuid.uuid4())})]}
    everybody_waited(network, logs, numbers)
    assert logs.sums("listing", "product") == before


# ---- A home that nobody moves but itself ----

def binary(id):
    return f"UNHEX('{id.replace('-', '')}')"


@pytest.fixture(scope="module")
def settler(network):
    """At home at Lishui, and never asked to be anywhere else: of whom nothing waits behind what was refused elsewhere."""
    visitor = network.member("lishui", "331102")
    eventually(lambda: network.desk("zhejiang").get(f"/api/v1/institutions/{visitor.institution_id}").status == 200)
    return visitor


@pytest.fixture(scope="module")
def outsider(network):
    """A member of Lishui that has to do with no other platform but the province above it."""
    visitor = network.member("lishui", "331102")
    eventually(lambda: network.desk("zhejiang").get(f"/api/v1/institutions/{visitor.institution_id}").status == 200)
    return visitor


def everybody_waited(network, logs, numbers):
    """numbers: (source, reader) -> numbers of entries, each of which is refused for itself."""
    for (source, reader), wanted in numbers.items():
        eventually(lambda: set(logs.parked(source, reader)) >= set(wanted), 60, 0.2)
        for seq in wanted:
            assert "not-its-home" in logs.parked(source, reader)[seq], (source, reader, logs.parked(source, reader)[seq])


@pytest.mark.parametrize("kind", ["transfer.moved", "transfer.arrived", "transfer.content"])
def test_a_third_platform_moves_no_home(network, logs, settler, kind):
    """Of no institution, wherever it is read: at the home, above it, and where the forger would have it."""
    id, lishui, numbers = settler.institution_id, logs.number("lishui"), {}
    profile = logs.last("lishui", "institution.profile", id)["institution"]
    tables = ("identity", "identity_move", "institution", "membership", "product", "account", "transfer", "application")
    before = logs.settled(*tables)
    forgers = {"transfer.moved": ("hangzhou", "suichang", "longquan"), "transfer.arrived": ("suichang", "longquan", "hangzhou"),
               "transfer.content": ("longquan", "hangzhou", "suichang")}[kind]
    for source, reader in zip(forgers, ("lishui", "zhejiang", forgers[0])):
        own = logs.number(source)
        payload = {"transfer.moved": {"institution_id": id, "transfer_id": str(uuid.uuid4()), "to": own, "accounts": []},
                   "transfer.arrived": {"institution_id": id, "from": lishui, "applications": []},
                   "transfer.content": {"institution_id": id, "transfer_id": str(uuid.uuid4()), "institution": {**profile, "name": "被篡改的机构"}, "last": True}}[kind]
        numbers[source, reader] = [logs.forge(source, reader, kind, id, payload)]
    everybody_waited(network, logs, numbers)
    assert logs.sums(*tables) == before
    rename(settler, f"{kind} 之后仍归丽水")
    eventually(lambda: seen(network, "zhejiang", settler)["introduction"] == f"{kind} 之后仍归丽水")
    assert seen(network, "zhejiang", settler)["home"] == "lishui"


# ---- Who gets an institution's profile and its ear ----

def profiles_to(logs, reader, id):
    """How many profiles of the institution any log has addressed to that platform."""
    return int(logs.sql(f"SELECT COUNT(*) FROM log_entry e JOIN log_address a ON a.platform_id = e.platform_id AND a.seq = e.seq "
                        f"WHERE e.kind = 'institution.profile' AND e.record_id = {binary(id)} AND a.reader = {logs.number(reader)}")[0][0])


def admitted(logs, source, institution, home, phase="active"):
    """A membership as `source` would write it of an institution that never asked for it."""
    state = logs.last("zhejiang", "membership.state")
    return {**state, "id": str(uuid.uuid4()), "institution_id": institution.institution_id, "institution_home": logs.number(home),
            "uscc": institution.uscc, "phase": phase, "step": phase, "home_id": logs.number(source), "version": 1}


def told(logs, institution):
    return {"template": "entry_approved", "institution_id": institution.institution_id, "variables": {}, "contact": True,
            "title": {"zh": "请点击链接", "en": "Click"}, "body": {"zh": "假的通知", "en": "Forged"}}


def test_naming_an_institution_gives_nobody_its_profile_or_its_ear(network, logs, institution, outsider):
    """Sideways and from below, as a member, an applicant or one who was a member; at the home, and at the province as if that were the home. One log
    brings so many in a row that a pause that grew from one to the next would not end in time."""
    id, numbers = outsider.institution_id, {}
    tables = ("membership", "message", "supplement", "notice_outbox")
    tables = tuple(table for table in tables if logs.sql(f"SHOW TABLES LIKE '{table}'"))
    before = logs.settled(*tables)

    def forge(source, reader, kind, payload):
        numbers.setdefault((source, reader), []).append(logs.forge(source, reader, kind, payload.get("id", str(uuid.uuid4())), payload))

    for phase in ("active", "applied", "suspended", "left"):
        forge("hangzhou", "lishui", "membership.state", admitted(logs, "hangzhou", outsider, "lishui", phase))
    forge("hangzhou", "lishui", "notice.told", told(logs, outsider))
    forge("hangzhou", "lishui", "supplement.state", {"id": str(uuid.uuid4()), "institution_id": id})
    forge("hangzhou", "lishui", "membership.state", admitted(logs, "hangzhou", outsider, "hangzhou"))
    forge("suichang", "lishui", "membership.state", admitted(logs, "suichang", outsider, "suichang"))
    forge("suichang", "lishui", "notice.told", told(logs, outsider))
    forge("longquan", "zhejiang", "membership.state", admitted(logs, "longquan", outsider, "zhejiang"))
    # Above the home, as a copy of a standing of which the home knows nothing.
    forge("hangzhou", "zhejiang", "membership.state", admitted(logs, "hangzhou", outsider, "lishui"))
    everybody_waited(network, logs, numbers)
    assert logs.sums(*tables) == before
    rename(outsider, "不给旁人看")
    eventually(lambda: seen(network, "zhejiang", outsider)["introduction"] == "不给旁人看")
    assert [profiles_to(logs, slug, id) for slug in ("hangzhou", "suichang", "longquan")] == [0, 0, 0]
    assert "假的通知" not in json.dumps(outsider.get("/api/v1/messages").expect(200).json, ensure_ascii=False)


def test_a_membership_that_came_before_the_institution_gives_nothing_either(network, logs, outsider):
    """A copy that another platform's word left here while it was at home elsewhere: no consent, no profile."""
    id, lishui, hangzhou = outsider.institution_id, logs.number("lishui"), logs.number("hangzhou")
    columns = [row[0] for row in logs.sql("SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'membership' "
                                          "AND extra NOT LIKE '%GENERATED%'")]
    values = {"id": binary(str(uuid.uuid4())), "home_id": hangzhou}
    logs.sql(f"INSERT INTO membership ({', '.join(columns)}) SELECT {', '.join(str(values.get(one, one)) for one in columns)} FROM membership "
             f"WHERE platform_id = {lishui} AND home_id = {lishui} AND institution_id = {binary(id)}")
    rename(outsider, "仍不给旁人看")
    eventually(lambda: seen(network, "zhejiang", outsider)["introduction"] == "仍不给旁人看")
    assert profiles_to(logs, "hangzhou", id) == 0
    logs.sql(f"DELETE FROM membership WHERE platform_id = {lishui} AND home_id = {hangzhou} AND institution_id = {binary(id)}")


def test_whoever_is_asked_gets_both(network, logs, outsider):
    """The same platform, once the institution has applied to it: profile, membership, notices, edits."""
    network.join(outsider, "suichang")
    rename(outsider, "给遂昌看")
    eventually(lambda: network.desk("suichang").get(f"/api/v1/institutions/{outsider.institution_id}").expect(200).json["introduction"] == "给遂昌看")
    eventually(lambda: "遂昌" in json.dumps(outsider.get("/api/v1/messages").expect(200).json, ensure_ascii=False))
    logs.forge("suichang", "lishui", "notice.told", str(uuid.uuid4()), {**told(logs, outsider), "body": {"zh": "欢迎入驻", "en": "Welcome"}})
    eventually(lambda: "欢迎入驻" in json.dumps(outsider.get("/api/v1/messages").expect(200).json, ensure_ascii=False))


def leave(network, visitor, slug):
    row = next(one for one in visitor.get("/api/v1/memberships", query={"limit": 100}).expect(200).json["items"]
               if one["home"] == slug and one["phase"] == "active")
    visitor.post(f"/api/v1/memberships/{row['id']}/leave", {"reason": "不再需要"}).expect(202)
    eventually(lambda: network.standing(visitor, slug) == "left")
    return row


def test_consent_ends_with_leaving_and_with_withdrawing(network, logs):
    """It may come again by asking again; a platform that goes on without being asked gets nothing (ZJ-6)."""
    visitor, other = network.member("lishui", "331102"), network.member("lishui", "331102")
    network.join(visitor, "suichang")
    leave(network, visitor, "suichang")
    eventually(lambda: network.desk("suichang").get(f"/api/v1/institutions/{visitor.institution_id}").status == 404)
    network.join(visitor, "suichang")
    rename(visitor, "再次申请之后")
    eventually(lambda: seen(network, "suichang", visitor)["introduction"] == "再次申请之后")
    row = leave(network, visitor, "suichang")
    sent = other.post("/api/v1/applications", {"platform": "suichang", "statement": "申请入驻", "consent": True}).expect(201).json
    network.case("suichang", other.uscc)
    other.post(f"/api/v1/applications/{sent['id']}/withdraw", {"reason": "改主意了"}).expect(202)
    eventually(lambda: other.get(f"/api/v1/applications/{sent['id']}").expect(200).json["phase"] == "withdrawn")
    # Both platforms are idle; what follows is said without being asked.
    before = [profiles_to(logs, "suichang", one.institution_id) for one in (visitor, other)]
    last = logs.last("suichang", "membership.state", row["id"])
    numbers = {("suichang", "lishui"): [
        logs.forge("suichang", "lishui", "membership.state", row["id"], {**last, "phase": "active", "step": "active", "version": last["version"] + 1})]}
    state = {**last, "id": str(uuid.uuid4()), "institution_id": other.institution_id, "uscc": other.uscc, "name": "x", "phase": "active", "step": "active"}
    held = logs.sql(f"SELECT HEX(id) FROM membership WHERE platform_id = {logs.number('suichang')} AND institution_id = {binary(other.institution_id)}")
    state["id"] = str(uuid.UUID(held[0][0])) if held else state["id"]
    numbers["suichang", "lishui"].append(logs.forge("suichang", "lishui", "membership.state", state["id"], {**state, "version": 90}))
    everybody_waited(network, logs, numbers)
    for one in (visitor, other):
        assert network.standing(one, "suichang") != "active"
        rename(one, "离开之后")
        eventually(lambda: seen(network, "zhejiang", one)["introduction"] == "离开之后")
    assert [profiles_to(logs, "suichang", one.institution_id) for one in (visitor, other)] == before


@pytest.mark.parametrize("n", range(3))
def test_what_does_not_fit_is_parked_with_the_field(network, logs, n):
    """By its own home too: the bounds, vocabularies and types of a form hold for what another platform's server sends."""
    slug, region = (("lishui", "331102"), ("hangzhou", "330102"), ("longquan", "331181"))[n]
    visitor = network.register(slug, region)
    id = visitor.institution_id
    eventually(lambda: network.desk("zhejiang").get(f"/api/v1/institutions/{id}").status == 200)
    deep = 40
    bad = [("name", "名" * 121), ("type", "shop"), ("insured_staff", "many"), ("registered_on", "2026-02-30"), ("region_code", "999999"), ("uscc", None),
           ("categories", ["x"] * 9), ("website", "javascript:alert(1)"), ("contact_mobile", "12"), ("introduction", "字" * 5001), ("annual_income", 2 ** 60),
           ("penalty_free", 1), ("logo", "x"), ("version", 0), ("updated_at", "gestern")][n * 5:n * 5 + 5]
    numbers = {}
    for name, value in bad:
        payload = logs.last(slug, "institution.profile", id)
        payload["institution"][name] = value
        numbers[logs.forge(slug, "zhejiang", "institution.profile", id, payload)] = name
    broken = logs.forge(slug, "zhejiang", "institution.profile", id, '{"institution":' + "[" * deep + "]" * deep + "}")
    eventually(lambda: set(logs.parked(slug, "zhejiang")) >= {*numbers, broken}, 60, 0.2)
    first = min(numbers)
    assert f"/{numbers[first]}" in logs.parked(slug, "zhejiang")[first] or "not-its-home" in logs.parked(slug, "zhejiang")[first]
    assert seen(network, "zhejiang", visitor)["version"] < 900
    doctor = network.installation.ctl("doctor")
    assert any(item["check"] == "federation" and not item["en"].startswith("0 ") for item in doctor), doctor


def test_as_many_as_may_be_parked(network, logs, institution):
    """Beyond it the log is read no further, and everybody who looks is told; then it goes on."""
    source, reader = logs.number("suichang"), logs.number("lishui")
    logs.sql(f"INSERT INTO log_parked (platform_id, source, seq, record_id, kind, tries, error, parked_at) SELECT {reader}, {source}, 1000000 + seq, "
             "UNHEX(LPAD(HEX(seq), 32, '0')), 'x', 3, 'x', UTC_TIMESTAMP(3) FROM seq_1_to_10000")
    number = logs.forge("suichang", "lishui", "membership.leave", institution.institution_id, "{}")
    bad = logs.forge("suichang", "lishui", "listing.views", institution.institution_id, {"listings": 5})
    pair = eventually(lambda: next((row for row in network.installation.ctl("federation", "status") if row["source"] == "suichang" and row["reader"] == "lishui"
                                    and row["state"] == "full"), None), 60, 0.3)
    assert "as many as may be" in pair["error"]
    assert bad not in logs.parked("suichang", "lishui") and number
    with pytest.raises(ControlFailed, match="its log is read no further"):
        network.installation.ctl("doctor")
    logs.sql(f"DELETE FROM log_parked WHERE platform_id = {reader} AND source = {source} AND seq > 1000000")
    eventually(lambda: bad in logs.parked("suichang", "lishui"), 60, 0.3)
