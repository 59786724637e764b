"""Who sees what of whom: each row of schema/readers.yaml tried, and that whoever it does not name sees nothing."""

import pytest

from declarations import Declarations
from harness import ROOT, eventually
from network import Network, uscc
from test_institutions import png

PLATFORMS = ("zhejiang", "hangzhou", "lishui", "longquan", "suichang", "hunan", "changsha")
PRODUCT = {"name": "谁能看到的服务", "category": "innovation", "pricing": "negotiable", "summary": "简介"}


class World:
    """An institution of Longquan (above it Lishui and Zhejiang): a member at home and of Hangzhou, recommended by Lishui to the province, which asks both for
    more; a second one of Hangzhou that applies at Lishui, where Suichang and another network have nothing to do with either."""

    def __init__(self, installation, server, sms):
        self.network = network = Network(installation, server, sms, PLATFORMS)
        self.installation = installation
        self.a = a = network.register("longquan", "331181")
        self.shown = a.post("/api/v1/qualifications", {"kind": "iso", "name": "材料中的资质"}).expect(201).json
        self.paper = a.put("/api/v1/attachments", body=png(), content_type="image/png", query={
            "record_type": "qualification", "record_id": self.shown["id"], "purpose": "certificate", "file_name": "证书"}).expect(201).json["id"]
        network.join(a, "longquan")
        network.join(a, "hangzhou")
        self.hidden = a.post("/api/v1/qualifications", {"kind": "iso", "name": "无人核验的资质"}).expect(201).json
        product = a.post("/api/v1/products", PRODUCT).expect(201).json
        a.post("/api/v1/products/publish", {"products": [product["id"]], "platforms": ["hangzhou"]}).expect(200)
        self.listing = eventually(lambda: next(iter(self.desk("hangzhou").get("/api/v1/listings", query={"product_id": product["id"]}).json["items"]), None))
        sent = network.recommend("lishui", a).expect(201).json
        case = network.case("zhejiang", a.uscc)
        province = self.desk("zhejiang")
        version = province.get(f"/api/v1/cases/{case['id']}").etag
        ask = lambda to: {"addressee": to, "item": "补充", "question": f"问{to}的话"}
        province.post(f"/api/v1/cases/{case['id']}/supplement", {"items": [ask("city"), ask("institution")]}, if_match=version).expect(200)
        self.asked = {row["addressee"]: row for row in province.get("/api/v1/supplements", query={"case_id": case["id"]}).expect(200).json["items"]}
        invited = province.post("/api/v1/invitations", {"uscc": uscc("330102"), "name": "受邀机构", "contact_mobile": "13900009999"}).expect(201).json
        correction = self.desk("hangzhou").post("/api/v1/corrections", {"institution_id": a.institution_id, "changes": {"address": "新址"}, "reason": "更正"}).expect(201).json
        self.b = b = network.member("hangzhou", "330102")
        application = b.post("/api/v1/applications", {"platform": "lishui", "statement": "申请", "consent": True}).expect(201).json
        network.case("lishui", b.uscc)
        membership = next(row for row in self.desk("hangzhou").get("/api/v1/memberships", query={"uscc": a.uscc}).json["items"] if row["home"] == "hangzhou")
        self.c = c = network.register("longquan", "331181")
        moving = c.post("/api/v1/transfers", {"platform": "suichang", "reason": "迁移", "consent": True}).expect(201).json
        eventually(lambda: self.desk("suichang").get(f"/api/v1/transfers/{moving['id']}").status == 200)
        self.settled = eventually(lambda: all(source["state"] == "current" for slug in PLATFORMS[:5] for source in self.desk(slug).get("/api/v1/sync").json["reads"]))
        above_a, people_a = ["lishui", "zhejiang"], {"institution": a}
        # For each record: its address, and where each of those that the table may name is.
        self.rows = {
            "institution": [(f"institutions/{a.institution_id}", {"home": ["longquan"], "above": above_a, "member": ["hangzhou"]}, people_a),
                            (f"institutions/{b.institution_id}", {"home": ["hangzhou"], "above": ["zhejiang"], "asked": ["lishui"]}, {"institution": b}),
                            (f"institutions/{c.institution_id}", {"home": ["longquan"], "above": above_a, "receiver": ["suichang"]}, {"institution": c})],
            "qualification": [(f"qualifications/{self.shown['id']}", {"home": ["longquan"], "above": above_a, "member": ["hangzhou"]}, people_a)],
            "product": [(f"products/{product['id']}", {"home": ["longquan"], "shelf": ["hangzhou"]}, people_a)],
            "listing": [(f"listings/{self.listing['id']}", {"home": ["longquan"], "shelf": ["hangzhou"]}, people_a)],
            "membership": [(f"memberships/{membership['id']}", {"place": ["hangzhou"], "home": ["longquan"], "above": ["lishui", "zhejiang"]}, people_a)],
            "entry_case": [(f"cases/{case['id']}", {"decider": ["zhejiang"], "source": ["lishui"]}, people_a)],
            "recommendation": [(f"recommendations/{sent['id']}", {"source": ["lishui"], "decider": ["zhejiang"]}, people_a)],
            "application": [(f"applications/{application['id']}", {"home": ["hangzhou"], "decider": ["lishui"]}, {"institution": b})],
            "supplement": [(f"supplements/{self.asked['institution']['id']}", {"decider": ["zhejiang"], "home": ["longquan"]}, people_a),
                           (f"supplements/{self.asked['city']['id']}", {"decider": ["zhejiang"], "source": ["lishui"]}, {"institution": "nobody"})],
            "invitation": [(f"invitations/{invited['id']}", {"decider": ["zhejiang"]}, people_a)],
            "correction": [(f"corrections/{correction['id']}", {"asker": ["hangzhou"], "home": ["longquan"]}, people_a)],
            "transfer": [(f"transfers/{moving['id']}", {"home": ["longquan"], "receiver": ["suichang"]}, {"institution": c})],
            "attachment": [(f"attachments/{self.paper}/content", {"home": ["longquan", "lishui", "zhejiang", "hangzhou"]}, people_a)],
        }

    def desk(self, slug, role="reviewer"):
        return self.network.desk(slug, role)


@pytest.fixture(scope="module")
def world(installation, server, sms_server):
    return World(installation, server, sms_server)


@pytest.fixture(scope="module")
def table():
    import source
    faults = source.Faults()
    document = source.read(ROOT / "schema" / "readers.yaml", faults)
    assert not faults.found
    return document


def test_the_table_is_of_every_record_that_has_readers(world, table):
    """A record of business that anybody may read one of is in the table, and in the tries."""
    records = {record.name for record in Declarations().records if "get" in record.verbs and record.business}
    assert records - set(table["records"]) == {
        "announcement", "identity_request", "order", "order_step", "order_payment", "order_change", "order_ending", "review", "demand",
        "demand_question", "bid", "complaint", "issued_paper", "certification", "standing_report", "inquiry", "event_notice", "event_registration",
        "project_call", "saved_call", "regulation", "service_resource", "contract", "contract_line", "contract_payment", "contract_invoice",
        "contract_supplement"}, records  # of one platform's people alone: test_isolation.py
    assert set(world.rows) == set(table["records"])


@pytest.mark.parametrize("role", ["reviewer", "platform_admin"])
def test_desks_see_what_the_table_says_and_no_other(world, table, role):
    found = []
    for record, tries in world.rows.items():
        sees = {row["who"]: row["sees"] for row in table["records"][record]}
        for path, places, _ in tries:
            seen = {slug for who, slugs in places.items() if sees[who] in ("all", "copy") for slug in slugs}
            for slug in PLATFORMS:
                look = lambda: world.desk(slug, role).get(f"/api/v1/{path}").status
                if (look() == 200) != (slug in seen) or look() not in (200, 403, 404):
                    found.append((record, path, slug, "should see" if slug in seen else "should not", look()))
    assert not found, "\n".join(map(str, found))


def test_institutions_see_their_own_as_far_as_the_table_says(world, table):
    found = []
    for record, tries in world.rows.items():
        sees = {row["who"]: row["sees"] for row in table["records"][record]}
        for path, _, who in tries:
            for name, visitor in (("a", world.a), ("b", world.b), ("c", world.c)):
                status = visitor.get(f"/api/v1/{path}").status
                mine = who["institution"] is visitor and sees.get("institution") in ("all", "copy")
                if (status == 200) != mine:
                    found.append((record, path, name, "should see" if mine else "should not", status))
    assert not found, "\n".join(map(str, found))


def test_nobody_else_sees_anything(world):
    """Visitors, the three administrators, accounts of another network."""
    stranger = world.network.register("changsha", "430102")
    for tries in world.rows.values():
        for path, _, _ in tries:
            for slug in ("zhejiang", "hangzhou", "longquan"):
                assert world.network.visit(slug).get(f"/api/v1/{path}").status == 401, path
                for role in ("system_admin", "security_admin", "audit_admin"):
                    assert world.desk(slug, role).get(f"/api/v1/{path}").status in (403, 404), (path, role)
            assert stranger.get(f"/api/v1/{path}").status in (403, 404)
    stranger.post("/api/v1/auth/hand-off", {"to": "hangzhou"}).refused(422)


def test_what_the_province_asks_the_city_the_institution_does_not_see(world):
    institution = world.network.member("lishui", "331102")
    world.network.recommend("lishui", institution).expect(201)
    case, province = world.network.case("zhejiang", institution.uscc), world.desk("zhejiang")
    ask = lambda to: {"addressee": to, "item": "补充", "question": f"问{to}的话"}
    province.post(f"/api/v1/cases/{case['id']}/supplement", {"items": [ask("city"), ask("institution")]}, if_match=province.get(f"/api/v1/cases/{case['id']}").etag).expect(200)
    city = eventually(lambda: (rows := world.desk("lishui").get("/api/v1/supplements", query={"case_id": case["id"]}).json["items"]) and len(rows) == 2 and rows)
    ids = {row["addressee"]: row["id"] for row in city}
    assert [row["id"] for row in institution.get("/api/v1/supplements").expect(200).json["items"]] == [ids["institution"]]
    institution.get(f"/api/v1/supplements/{ids['institution']}").expect(200)
    institution.get(f"/api/v1/supplements/{ids['city']}").refused(404)
    institution.post(f"/api/v1/supplements/{ids['city']}/answer", {"answer": "我来答"}).refused(404)


def test_shop_pages_show_confirmed_qualifications(world):
    shop = lambda slug: {one["name"] for one in world.network.visit(slug).get(f"/api/v1/portal/institutions/{world.a.institution_id}").expect(200).json["qualifications"]}
    desk, a = world.desk("hangzhou"), world.a
    eventually(lambda: desk.get(f"/api/v1/qualifications/{world.hidden['id']}").status == 200)
    assert shop("longquan") == shop("hangzhou") == {"材料中的资质"}
    desk.post(f"/api/v1/qualifications/{world.hidden['id']}/confirm").expect(204)
    assert shop("hangzhou") == {"材料中的资质", "无人核验的资质"} and shop("longquan") == {"材料中的资质"}
    assert set(desk.get("/api/v1/qualifications/confirmed", query={"institution_id": a.institution_id}).expect(200).json["items"]) == {world.hidden["id"], world.shown["id"]}
    a.post(f"/api/v1/qualifications/{world.hidden['id']}/confirm").refused(403)
    path = f"/api/v1/qualifications/{world.hidden['id']}"
    a.patch(path, {"issuer": "另一机关"}, if_match=a.get(path).etag).expect(200)
    eventually(lambda: desk.get(path).json["issuer"] == "另一机关")
    assert shop("hangzhou") == {"材料中的资质"}


def test_the_audit_administrator_reads_that_not_what(world):
    audit = world.desk("longquan", "audit_admin")
    path = f"/api/v1/institutions/{world.a.institution_id}"
    desk = world.desk("longquan")
    desk.patch(path, {"annual_income": 123456700, "introduction": "不应在审计日志中出现"}, if_match=desk.get(path).etag).expect(200)
    entries = audit.get("/api/v1/audit", query={"record_id": world.a.institution_id, "kind": "institution.changed"}).expect(200).json["items"]
    assert sorted(entries[0]["details"]["changed"]) == ["annual_income", "introduction"] and entries[0]["actor_name"], entries[0]
    text = audit.get("/api/v1/audit/export.csv").expect(200).text + audit.get("/api/v1/audit", query={"limit": 200}).expect(200).text
    assert "不应在审计日志中出现" not in text and "123456700" not in text
    # Of the administration itself it reads all.
    assert any(entry["details"].get("roles") or entry["details"] for entry in audit.get("/api/v1/audit", query={"record_type": "account"}).expect(200).json["items"])


def test_copies_go_where_no_reach_says_so(world):
    """A platform that was left, or that did not admit, keeps nothing but what it decided on; back again, all is there."""
    network = world.network
    institution = network.member("longquan", "331181")
    made = institution.post("/api/v1/qualifications", {"kind": "iso", "name": "离开时带走"}).expect(201).json
    network.join(institution, "hangzhou")
    held = lambda slug: world.desk(slug).get(f"/api/v1/institutions/{institution.institution_id}").status == 200 and \
        world.desk(slug).get(f"/api/v1/qualifications/{made['id']}").status == 200
    eventually(lambda: held("hangzhou"))
    row = next(row for row in institution.get("/api/v1/memberships").json["items"] if row["home"] == "hangzhou")
    institution.post(f"/api/v1/memberships/{row['id']}/leave", {"reason": "不再需要"}).expect(202)
    eventually(lambda: world.desk("hangzhou").get(f"/api/v1/institutions/{institution.institution_id}").status == 404)
    assert world.desk("hangzhou").get(f"/api/v1/qualifications/{made['id']}").status == 404
    assert held("lishui") and held("zhejiang") and held("longquan")
    network.join(institution, "hangzhou")
    eventually(lambda: held("hangzhou"))
    # Refused: nothing stays either.
    institution.post("/api/v1/applications", {"platform": "suichang", "statement": "申请", "consent": True}).expect(201)
    case = network.case("suichang", institution.uscc)
    eventually(lambda: held("suichang"))
    network.fire("suichang", case, "refuse", reason="不符合").expect(200)
    eventually(lambda: world.desk("suichang").get(f"/api/v1/institutions/{institution.institution_id}").status == 404)
    assert world.desk("suichang").get(f"/api/v1/cases/{case['id']}").expect(200).json["dossier"]["institution"]["name"]
