"""Supplements: an answer, with its evidence, reaches the dossier and its conditions, and the reviewer is shown what changed; what is not answered in
time alarms both sides; what is decided is asked no more."""

import pytest

from harness import ROOT, eventually
from network import Network

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


@pytest.fixture(scope="module")
def network(installation, server, sms_server, tmp_path_factory):
    made = Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui"))
    for slug in ("zhejiang", "lishui"):  # reminded at any hour, whenever this runs
        text = (ROOT / "config" / "platforms" / f"{slug}.yaml").read_text(encoding="utf-8")
        changed = tmp_path_factory.mktemp("policy") / f"{slug}.yaml"
        changed.write_text(f'{text}\ndeadlines: {{chase_at: "00:00"}}\n', encoding="utf-8")
        installation.ctl("platform", "update", changed)
    return made


def ask(network, slug, case, *items):
    desk = network.desk(slug)
    version = desk.get(f"/api/v1/cases/{case['id']}").etag
    desk.post(f"/api/v1/cases/{case['id']}/supplement", {"items": [{"question": "请补充", **item} for item in items]}, if_match=version).expect(200)


def asked_of(visitor, count=1):
    return eventually(lambda: len(rows := visitor.get("/api/v1/supplements", query={"state": "open"}).json["items"]) == count and rows)


def upload(visitor, row, name="审计报告.pdf", body=PDF, kind="application/pdf"):
    return visitor.put("/api/v1/attachments", body=body, content_type=kind,
                       query={"record_type": "supplement", "record_id": row["id"], "purpose": "evidence", "file_name": name})


def answer(visitor, row, text="已补充", **figures):
    return visitor.post(f"/api/v1/supplements/{row['id']}/answer", {"answer": text, **figures})


def detail(network, slug, case):
    return network.desk(slug).get(f"/api/v1/cases/{case['id']}/detail").expect(200).json


def conditions(shown):
    return {one["id"]: one["state"] for one in shown["conditions"]}


def todo(visitor, box="waiting"):
    return {(item["type"], item["id"]) for item in visitor.get("/api/v1/workbench/todo", query={"box": box, "limit": 100}).expect(200).json["items"]}


def change_profile(visitor, **values):
    row = visitor.get(f"/api/v1/institutions/{visitor.institution_id}").expect(200)
    visitor.patch(f"/api/v1/institutions/{visitor.institution_id}", values, if_match=row.etag).expect(200)


def apply_to(visitor, slug):
    visitor.post("/api/v1/applications", {"platform": slug, "statement": "申请", "consent": True}).expect(201)


def what_changed(network, slug, case):
    shown = detail(network, slug, case)
    return next(moment["what"] for moment in reversed(shown["timeline"]) if moment.get("what")), shown


@pytest.mark.parametrize("home, slug", [("hangzhou", "zhejiang"), ("zhejiang", "zhejiang")])
def test_an_answer_reaches_dossier_and_conditions_with_its_evidence(network, home, slug):
    """At the province from a city; and on the platform that is its own home, after a city has taken it (ZJ-7)."""
    institution = network.register(home, "330102", annual_income=100, registered_capital=500)
    network.join(institution, "hangzhou")
    apply_to(institution, slug)
    case = network.case(slug, institution.uscc)
    desk = network.desk(slug)
    assert conditions(detail(network, slug, case))["income"] == "failed"
    desk.post(f"/api/v1/cases/{case['id']}/judge", {"condition": "integrity", "result": "met"}, if_match=desk.get(f"/api/v1/cases/{case['id']}").etag).expect(200)
    ask(network, slug, case, {"addressee": "institution", "item": "财务"}, {"addressee": "institution", "item": "场地"})
    first, second = sorted(asked_of(institution, 2), key=lambda row: row["item"], reverse=True)
    detail(network, slug, case)  # the reviewer has seen all up to here
    change_profile(institution, annual_income=900000000)
    file = upload(institution, first).expect(201).json
    extra = upload(institution, first, "多余.pdf").expect(201).json
    institution.delete(f"/api/v1/attachments/{extra['id']}").expect(204)
    answer(institution, first, "见附件").expect(202)
    answer(institution, first, "再答").refused(409)
    upload(institution, first).refused(409)
    institution.delete(f"/api/v1/attachments/{file['id']}").refused(409)
    eventually(lambda: conditions(detail(network, slug, case))["income"] == "met")
    what, shown = what_changed(network, slug, case)
    assert what["supplement"]["item"] == first["item"] and what["supplement"]["files"] == ["审计报告.pdf"], what
    assert {"id": "annual_income", "from": 100, "to": 900000000}.items() <= what["facts"][0].items(), what
    assert [(one["id"], one["from"], one["to"]) for one in what["conditions"]] == [("income", "failed", "met")], what
    assert shown["case"]["dossier"]["institution"]["annual_income"] == 900000000
    assert [one["answer"] for one in shown["case"]["dossier"]["supplements"]] == ["见附件"]
    assert conditions(shown)["integrity"] == "met"  # what was judged stays judged
    assert shown["case"]["phase"] == "supplement" and ("supplement_answered", first["id"]) in todo(desk)
    files = desk.get("/api/v1/attachments", query={"record_type": "supplement", "record_id": first["id"]}).expect(200).json["items"]
    assert [one["file_name"] for one in files] == ["审计报告.pdf"]
    assert desk.get(f"/api/v1/attachments/{files[0]['id']}/content").expect(200).body == PDF
    answer(institution, second).expect(202)
    eventually(lambda: network.queue(slug, q=institution.uscc)[0]["phase"] == "waiting")
    waiting = todo(desk)
    assert ("entry_case", case["id"]) in waiting and not {one for one in waiting if one[0] == "supplement_answered" and one[1] in (first["id"], second["id"])}
    network.approve(slug, case)
    assert {one["state"] for one in detail(network, slug, case)["supplements"]} == {"accepted"}
    assert not {one for one in todo(desk) if one[1] in (case["id"], first["id"], second["id"])}
    eventually(lambda: {row["state"] for row in institution.get("/api/v1/supplements", query={"case_id": case["id"]}).json["items"]} == {"accepted"})


def test_only_who_is_asked_may_show_and_answer(network):
    institution, other = network.member("lishui", "331102"), network.member("lishui", "331102")
    network.recommend("lishui", institution).expect(201)
    case = network.case("zhejiang", institution.uscc)
    ask(network, "zhejiang", case, {"addressee": "institution", "item": "执照"}, {"addressee": "city", "item": "意见"})
    city = network.desk("lishui")
    found = eventually(lambda: len(rows := city.get("/api/v1/supplements", query={"case_id": case["id"]}).json["items"]) == 2 and rows)
    rows = {row["addressee"]: row for row in found}
    assert upload(other, rows["institution"]).status == 404
    assert upload(city, rows["institution"]).status == 403 and upload(institution, rows["city"]).status == 404
    province_own = network.desk("zhejiang").get("/api/v1/supplements", query={"case_id": case["id"]}).expect(200).json["items"]
    assert all(upload(network.desk("zhejiang"), row).status == 403 for row in province_own)
    answer(city, rows["institution"]).refused(403)
    answer(institution, rows["city"]).refused(404)
    answer(institution, rows["institution"], insured_staff=50).refused(422)
    upload(city, rows["city"]).expect(201)


def test_a_city_corrects_its_figures(network):
    institution = network.member("lishui", "331102")
    network.recommend("lishui", institution, annual_income=100).expect(201)
    case = network.case("zhejiang", institution.uscc)
    assert conditions(detail(network, "zhejiang", case))["income"] == "failed"
    ask(network, "zhejiang", case, {"addressee": "city", "item": "收入"})
    city = network.desk("lishui")
    row = eventually(lambda: next(iter(city.get("/api/v1/supplements", query={"state": "open", "case_id": case["id"]}).json["items"]), None))
    answer(city, row, "更正如下", annual_income=900000000).expect(202)
    shown = eventually(lambda: conditions(one := detail(network, "zhejiang", case))["income"] == "met" and one)
    assert shown["case"]["dossier"]["recommendation"]["annual_income"] == 900000000 and shown["case"]["phase"] == "waiting"
    assert shown["sources"][0]["dossier"]["recommendation"]["annual_income"] == 100  # what it vouched for then stays as it was


def test_what_an_institution_states_anew_counts_before_what_was_recommended(network):
    institution = network.member("lishui", "331102", annual_income=100)
    network.recommend("lishui", institution, annual_income=100).expect(201)
    case = network.case("zhejiang", institution.uscc)
    ask(network, "zhejiang", case, {"addressee": "institution", "item": "收入"})
    row, = asked_of(institution)
    change_profile(institution, annual_income=900000000)
    answer(institution, row).expect(202)
    eventually(lambda: conditions(detail(network, "zhejiang", case))["income"] == "met")


def titles(visitor):
    return [message["title"] for message in visitor.get("/api/v1/messages", query={"limit": 100}).expect(200).json["items"]]


def test_a_second_asking_is_told_as_the_first_was(network):
    institution = network.member("hangzhou", "330102")
    apply_to(institution, "zhejiang")
    case = network.case("zhejiang", institution.uscc)
    for n in (1, 2):
        ask(network, "zhejiang", case, {"addressee": "institution", "item": f"甲{n}"}, {"addressee": "institution", "item": f"乙{n}"})
        asked_of(institution, 2 * n)
        eventually(lambda: titles(institution).count("请补正入驻材料") == n)


def test_what_lapses_alarms_the_institution_and_the_desk_once_each(network, sms):
    institution = network.member("lishui", "331102")
    apply_to(institution, "zhejiang")
    case = network.case("zhejiang", institution.uscc)
    desk = network.desk("zhejiang")
    ask(network, "zhejiang", case, {"addressee": "institution", "item": "执照"})
    row, = asked_of(institution)
    before = titles(desk).count("补正逾期未答复")
    late = "补正即将或已经到期"
    assert late not in titles(institution) and ("supplement_lapsed", row["id"]) not in todo(desk)
    network.installation.sql(f"UPDATE supplement SET due_on = '2020-01-02' WHERE id = UNHEX(REPLACE('{row['id']}', '-', ''))")
    assert ("supplement_lapsed", row["id"]) in todo(desk)
    network.installation.sql("UPDATE job_standing SET next_at = '2000-01-01' WHERE kind = 'supplement'")
    eventually(lambda: late in titles(institution), 40)
    eventually(lambda: titles(desk).count("补正逾期未答复") == before + 1, 40)
    network.installation.sql("UPDATE job_standing SET next_at = '2000-01-01', ran_at = NULL WHERE kind = 'supplement'")
    eventually(lambda: network.installation.sql("SELECT ran_at IS NOT NULL FROM job_standing WHERE kind = 'supplement'") == [["1"]], 40)
    assert titles(institution).count(late) == 1 and titles(desk).count("补正逾期未答复") == before + 1
    # The desk does what it is alarmed for, and nothing is left of it on either side.
    network.fire("zhejiang", case, "resume").expect(200)
    assert ("supplement_lapsed", row["id"]) not in todo(desk)
    eventually(lambda: ("supplement", row["id"]) not in todo(institution))
