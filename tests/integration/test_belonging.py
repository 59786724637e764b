"""Where an institution belongs: chosen on the provincial site (HN-1, manual 1.3 step 2), reviewed there, shown on the province (HN-3); a city first for
whoever registers at the province (ZJ-7); and institutions from elsewhere, where a platform takes them (ZJ-1)."""

import pytest

import people
from harness import ROOT, eventually
from network import FULL, Network, uscc
from test_publication import create, publish

HUNAN = ("hunan", "changsha", "changsha-cluster")


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "lishui", "suichang", *HUNAN))


def apply_form(network, host, code, mobile, name, **more):
    visitor = network.visit(host)
    sms = people.ask_code(visitor, network.sms, mobile, "register")
    return visitor, visitor.post("/api/v1/registration/institution", people.registration(code, mobile, name, sms, **more))


def arrive(network, slug, answer):
    visitor = network.visit(slug)
    visitor.post("/api/v1/auth/enter", {"token": answer["go"].partition("#")[2]}).expect(200)
    visitor.institution_id, visitor.uscc = answer["institution_id"], answer["uscc"]
    return visitor


def test_hunan_is_chosen_on_the_provincial_site(network):
    code = uscc("430102")
    _, refused = apply_form(network, "hunan", code, "13700000001", "hn_nowhere", region_code="430102")
    assert [fault["pointer"] for fault in refused.refused(422).json["errors"]] == ["/platform"]
    _, unknown = apply_form(network, "hunan", code, "13700000011", "hn_nowhere", region_code="430102", platform="lishui")
    assert unknown.refused(422).json["errors"][0]["pointer"] == "/platform"
    visitor, made = apply_form(network, "hunan", code, "13700000002", "hn_chosen", region_code="430102", platform="changsha")
    answer = made.expect(201).json
    assert answer["home"] == "changsha" and "changsha.localhost" in answer["go"]
    visitor.get("/api/v1/accounts/me").refused(401)
    owner = arrive(network, "changsha", answer)
    path = f"/api/v1/institutions/{owner.institution_id}"
    assert owner.get(path).expect(200).json["home"] == "changsha"
    owner.patch(path, {**FULL, "contact_mobile": "13700000002", "contact_email": "hn@example.cn"}, if_match=owner.get(path).etag).expect(200)
    network.join(owner, "changsha")
    product = create(owner)
    publish(owner, [product], ["changsha", "hunan"])
    row = eventually(lambda: network.desk("changsha").get("/api/v1/listings", query={"product_id": product["id"], "phase": "waiting"}).expect(200).json["items"])[0]
    etag = network.desk("changsha").get(f"/api/v1/listings/{row['id']}").etag
    network.desk("changsha").post(f"/api/v1/listings/{row['id']}/events", {"event": "approve"}, if_match=etag).expect(200)
    shown = eventually(lambda: network.visit("hunan").get("/api/v1/portal/institutions", query={"q": owner.uscc}).json.get("items")
                       or network.visit("hunan").get(f"/api/v1/portal/institutions/{owner.institution_id}").status == 200, 10)
    assert shown
    # Whoever signs in at the province is taken home.
    again = network.visit("hunan").post("/api/v1/auth/sign-in", {"login": "hn_chosen", "password": people.PASSWORD}).expect(200).json
    assert again["home"]["slug"] == "changsha" and again["go"]


def test_a_name_is_judged_where_it_will_be(network):
    """User names are each platform's own: what is taken at the window is said on the provincial form."""
    _, taken = apply_form(network, "hunan", uscc("430102"), "13700000003", "hn_chosen", region_code="430102", platform="changsha")
    assert [fault["pointer"] for fault in taken.refused(422).json["errors"]] == ["/user_name"]
    _, free = apply_form(network, "hunan", uscc("430102"), "13700000013", "hn_chosen", region_code="430102", platform="changsha-cluster")
    assert free.expect(201).json["home"] == "changsha-cluster"


def test_a_city_first_for_who_registers_at_the_province(network):
    owner = network.register("zhejiang", "331102")
    options = {one["platform"]: one for one in owner.get("/api/v1/join-options").expect(200).json["platforms"]}
    assert not options["zhejiang"]["way"] and "地市" in options["zhejiang"]["why_not"]
    refused = owner.post("/api/v1/applications", {"platform": "zhejiang", "statement": "申请", "consent": True}).refused(409)
    assert refused.json["code"] == "guidance"
    guided = [one["platform"] for one in owner.get("/api/v1/join-options").expect(200).json["guidance"]["platforms"]]
    assert "lishui" in guided and "suichang" not in guided
    network.join(owner, "lishui")
    network.join(owner, "zhejiang")


def test_a_county_is_told_of_its_city(network):
    member = network.member("suichang", "331123")
    row = eventually(lambda: network.certified("suichang", member))
    assert row["standing"] == "no", "not everybody is on the platform above"


def test_institutions_of_other_provinces(network, tmp_path):
    """Taken where the platform says so, with the region they name; refused where it does not."""
    owner = network.register("lishui", "310104")
    assert owner.get(f"/api/v1/institutions/{owner.institution_id}").expect(200).json["region_code"] == "310104"
    text = (ROOT / "config" / "platforms" / "lishui.yaml").read_text(encoding="utf-8")
    closed = tmp_path / "lishui.yaml"
    closed.write_text(text + ("" if "\nways:" in text else "\nways:\n  outside: false\n"), encoding="utf-8")
    if "\nways:" in text:
        closed.write_text(text.replace("\nways:\n", "\nways:\n  outside: false\n"), encoding="utf-8")
    network.installation.ctl("platform", "update", str(closed))
    _, refused = eventually(lambda: (answer := apply_form(network, "lishui", uscc("310104"), "13700000009", "outsider_b", region_code="310104"))[1].status == 422 and answer, 15, 1)
    assert refused.json["errors"][0]["pointer"] == "/region_code"
    assert owner.post("/api/v1/applications", {"platform": "lishui", "statement": "申请", "consent": True}).status == 409
    _, inside = apply_form(network, "lishui", uscc("331102"), "13700000010", "insider_b", region_code="331102")
    inside.expect(201)
