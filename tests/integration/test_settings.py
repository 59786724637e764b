"""A platform's settings from its workbench: the form over the YAML, what a change touches, who may, and what is refused."""

import pytest

from harness import eventually
from network import Network

FORM, EDIT, CHECK, APPLY = (f"/api/v1/platform/policy{end}" for end in ("/form", "/edit", "/check", ""))
SLUGS = ("zhejiang", "lishui", "suichang", "longquan")


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, SLUGS)


@pytest.fixture(scope="module")
def system(network):
    return network.desk("lishui", "system_admin")


@pytest.fixture(scope="module")
def member(network):
    return network.member("lishui", "331102")


def form_of(visitor):
    return visitor.get(FORM).expect(200).json


def rows(form):
    return {row["path"]: row for part in (*form["sections"], *form["conditions"]) for row in part["fields"]} | {row["path"]: row for row in form["deadlines"]}


def terms(form, dictionary):
    return {term["code"]: term for term in next(d for d in form["dictionaries"] if d["id"] == dictionary)["terms"]}


def edit(visitor, *changes, version=None):
    return visitor.post(EDIT, {"version": version or form_of(visitor)["version"], "changes": list(changes)})


def put(path, value):
    return {"path": path, "value": value}


def back(path):
    return {"path": path, "inherit": True}


def apply(visitor, *changes):
    version = form_of(visitor)["version"]
    verdict = edit(visitor, *changes, version=version).expect(200).json
    assert verdict["ok"], verdict["faults"]
    return visitor.post(APPLY, {"version": version, "source": verdict["source"]}).expect(200).json


def site(network, slug):
    return network.visit(slug).get("/api/v1/portal/site").expect(200).json


def test_every_setting_says_what_it_is_and_where_it_comes_from(network, system):
    form = form_of(system)
    assert form["writable"] and form["version"] >= 1
    found = rows(form)
    hotline, primary, slogan, days = (found[path] for path in ("profile.contacts.hotline", "profile.branding.primary", "profile.branding.slogan", "ways.invitation.valid_days"))
    assert (hotline["value"], hotline["inherited"], hotline["own"], hotline["layer"]) == ("0578-12345", "0571-96871", True, "network")
    assert (primary["type"], primary["own"], primary["inherited"], primary["layer"]) == ("colour", True, "#0b5cad", "base")
    assert (slogan["type"], slogan["own"], slogan["layer"], slogan["value"]["zh"]) == ("both", False, "network", "省市县联动，一站找服务")
    assert (days["type"], days["min"], days["max"], days["value"], days["layer"]) == ("int", 1, 366, 30, "base")
    assert found["ways.join.open"]["layer"] == "level" and found["ways.join.open"]["value"] is True
    assert {c["code"] for c in found["listing.review"]["choices"]} == {"none", "after", "before", "accept_home"}
    assert "price" in {c["code"] for c in found["listing.fields_without_review"]["choices"]}
    assert {c["code"] for c in found["listing.overrides"]["choices"]} == {"name", "price", "price_high", "summary", "contact_phone"}
    assert found["lifecycles.entry_case.steps.received.deadline"]["value"] == 5
    for row in found.values():
        assert row["zh"] and row["en"] and row["type"], row
    for section in form["sections"]:
        assert section["zh"] and section["en"] and section["fields"]
    # A county has its colours from its city.
    county = rows(form_of(network.desk("suichang", "system_admin")))
    assert (county["profile.branding.primary"]["layer"], county["profile.branding.primary"]["from"]) == ("parent", "lishui")
    # The province's own conditions, one by one.
    province = form_of(network.desk("zhejiang", "system_admin"))
    capital = next(c for c in province["conditions"] if c["id"] == "capital")
    assert capital["own"] and rows(province)["conditions.capital.rule"]["value"] == ["registered_capital >= 100000 yuan"]


def test_a_change_is_written_into_the_yaml_and_applies(network, system):
    before = system.get(APPLY).expect(200).json["source"]
    verdict = edit(system, put("profile.contacts.hotline", "0578-7654321"), put("ways.invitation.valid_days", 60)).expect(200).json
    assert verdict["ok"] and not verdict["stored"] and verdict["faults"] == []
    # The county takes nothing of it; what is handed down stays apart.
    assert [(p["slug"], p["changed"]) for p in verdict["platforms"]][0] == ("lishui", True)
    removed = [line for line in before.splitlines() if line not in verdict["source"].splitlines()]
    assert removed == ["    hotline: 0578-12345"]
    assert "# What the counties of Lishui take over." in verdict["source"] and "    hotline: 0578-7654321\n" in verdict["source"]
    assert verdict["source"].endswith("ways:\n  invitation:\n    valid_days: 60\n")
    assert system.get(APPLY).expect(200).json["source"] == before, "nothing is stored by an edit"
    apply(system, put("profile.contacts.hotline", "0578-7654321"), put("ways.invitation.valid_days", 60))
    eventually(lambda: site(network, "lishui")["contacts"]["hotline"] == "0578-7654321")
    assert rows(form_of(system))["ways.invitation.valid_days"]["own"]
    # And back to what is inherited.
    apply(system, back("profile.contacts.hotline"), back("ways.invitation.valid_days"))
    found = rows(form_of(system))
    assert (found["profile.contacts.hotline"]["own"], found["profile.contacts.hotline"]["value"]) == (False, "0571-96871")
    assert not found["ways.invitation.valid_days"]["own"]
    assert "ways" not in system.get(APPLY).expect(200).json["source"], "an empty mapping goes too"
    eventually(lambda: site(network, "lishui")["contacts"]["hotline"] == "0571-96871")


def test_every_fault_at_its_field_in_both_languages(system):
    verdict = edit(system, put("profile.branding.primary", "green"), put("ways.invitation.valid_days", 0), put("ways.outside", "yes"),
                   put("listing.review", "sometimes"), put("profile.contacts.hotline", ""), put("profile.name", {"zh": "一"}),
                   put("password.min_length", 30), put("password.max_length", 20), put("ways.recommendation.open", True), put("sign_in.providers", ["magic"]),
                   put("categories.new", {"zh": "新"}), put("institution_types.incubator", {"zh": "孵化器", "en": "Incubator"}),
                   put("lifecycles.entry_case.steps.received.deadline", 999), put("profile.signature", "长" * 21)).expect(200).json
    assert not verdict["ok"] and verdict["platforms"] == []
    at = {fault["path"] for fault in verdict["faults"]}
    assert at >= {"profile.branding.primary", "ways.invitation.valid_days", "ways.outside", "listing.review", "profile.contacts.hotline", "profile.name.en",
                  "password.max_length", "ways.recommendation", "sign_in.providers.0", "categories.new.en", "institution_types.incubator",
                  "lifecycles.entry_case.steps.received.deadline", "profile.signature"}, at
    assert all(fault["zh"] and fault["en"] and fault["zh"] != fault["en"] for fault in verdict["faults"])


def test_what_a_change_may_not_be(system):
    version = form_of(system)["version"]
    for changes, pointer in (([put("platform.slug", "x")], "/changes/0/path"), ([put("profile.hosts", ["x.example"])], "/changes/0/path"),
                             ([put("profile.contacts.hotline", "1234"), {"path": "ways.outside"}], "/changes/1"), ([{"value": 1}], "/changes/0/path"),
                             ([{"path": "ways.outside", "value": True, "inherit": True}], "/changes/0"), ([put("categories.a b", {})], "/changes/0/path"),
                             ([put("ways.invitation.valid_days", 1.5)], "/changes/0"), ([], "/changes"), (["x"], "/changes/0/path")):
        answer = system.post(EDIT, {"version": version, "changes": changes}).expect(422)
        assert [field["pointer"] for field in answer.json["errors"]] == [pointer], changes
        assert all(field["zh"] and field["en"] for field in answer.json["errors"])
    system.post(EDIT, {"version": version, "changes": {"path": "x"}}).expect(422)


def test_a_stale_version_is_told_and_changes_nothing(system):
    version = form_of(system)["version"]
    stale = edit(system, put("ways.outside", False), version=version).expect(200).json["source"]
    apply(system, put("deadlines.remind_days", 45))
    edit(system, put("ways.outside", False), version=version).expect(412)
    system.post(APPLY, {"version": version, "source": stale}).expect(412)
    assert rows(form_of(system))["deadlines.remind_days"]["value"] == 45 and rows(form_of(system))["ways.outside"]["value"] is True


def test_who_may(network, system):
    """The system administrator all of it; the platform administrator what is the desk's, path by path, however it is sent."""
    desk = network.desk("lishui", "platform_admin")
    form = form_of(desk)
    assert form["desk"] and not form_of(system)["desk"]
    mine = {path for path, row in rows(form).items() if row["mine"]}
    assert {"profile.contacts.hotline", "deadlines.supplement_days"} <= mine
    assert not mine & {"profile.name", "password.min_length", "sign_in.failures", "listing.review", "ways.self.open"}
    assert all(row["mine"] for row in rows(form_of(system)).values())
    refused = edit(desk, put("deadlines.remind_days", 20), put("sign_in.failures", 9)).refused(403)
    assert [(x["zh"], x["en"]) for x in refused.json["errors"]] == [("sign_in.failures 只能由系统管理员修改", "sign_in.failures is the system administrator's to change")]
    # Who fires an action, and what it brings about, are rights.
    edit(desk, put("lifecycles.listing.transitions.sneak", {"from": ["review"], "to": "active", "roles": ["owner"], "zh": "偷", "en": "Sneak"})).refused(403)
    edit(desk, put("lifecycles.listing.transitions.approve.zh", "同意")).expect(200)
    # Nor by the YAML.
    now = desk.get(APPLY).expect(200).json
    smuggled = now["source"] + "sign_in: {failures: 50}\n"
    desk.post(APPLY, {"version": now["version"], "source": smuggled}).refused(403)
    apply(desk, put("deadlines.remind_days", 20))
    audit = network.desk("lishui", "audit_admin")
    entry = audit.get("/api/v1/audit", query={"kind": "platform.policy_changed", "limit": 1}).expect(200).json["items"][0]
    assert (entry["actor_role"], entry["details"]["fields"]) == ("platform_admin", ["deadlines.remind_days"]), entry
    apply(system, back("deadlines.remind_days"))
    for role in ("reviewer", "security_admin", "audit_admin"):
        visitor = network.desk("lishui", role)
        visitor.get(FORM).expect(403)
        visitor.post(EDIT, {"version": now["version"], "changes": [put("ways.outside", False)]}).expect(403)
        visitor.post(APPLY, {"version": now["version"], "source": now["source"]}).expect(403)
    network.visit("lishui").get(FORM).expect(401)


def things(form, part, record, what):
    return {thing["id"]: thing for thing in next(x for x in form[part] if x["id"] == record)[what]}


def test_steps_actions_fields_and_letters_are_offered(system):
    form = form_of(system)
    review = things(form, "lifecycles", "listing", "steps")["review"]
    assert {row["path"].rsplit(".", 1)[1] for row in review["fields"]} >= {"zh", "en", "phase", "deadline", "desk_zh"}
    approve = {row["path"].rsplit(".", 1)[1]: row for row in things(form, "lifecycles", "listing", "transitions")["approve"]["fields"]}
    assert approve["to"]["value"] == "active" and approve["from"]["value"] == ["review", "awaiting_home"]
    assert {"code": "returned", "zh": "退回修改", "en": "Returned"} in approve["to"]["choices"]
    asked = things(form, "forms", "institution", "asked")
    assert asked["name"]["always"] and not asked["introduction"]["always"]
    letter = next(n for n in form["notices"] if n["id"] == "listing_returned")
    assert letter["variables"] == ["name", "product_number", "platform", "reason"]
    assert {row["path"].rsplit(".", 1)[1]: row["type"] for row in letter["fields"]} == {"title": "both", "body": "both", "sms": "text", "sms_template": "text"}


def test_a_form_a_step_and_a_letter_are_changed_and_work(network, system, member):
    apply(system, put("forms.institution.fields.introduction.required", True), put("forms.institution.extra.charges", {
              "type": "text", "zh": "收费标准", "en": "Charges", "max": 200}),
          put("lifecycles.listing.steps.review.zh", "等待上架审核"),
          put("notices.listing_returned.body", {"zh": "{name} 被退回：{reason}", "en": "{name} was returned: {reason}"}))
    form = form_of(system)
    assert things(form, "forms", "institution", "extra")["charges"]["own"]
    assert "# What the counties of Lishui take over." in system.get(APPLY).expect(200).json["source"], "comments stay"
    profile = member.get(f"/api/v1/institutions/{member.institution_id}").expect(200)
    eventually(lambda: member.patch(f"/api/v1/institutions/{member.institution_id}", {"extra": {"charges": "每次 300 元"}}, if_match=profile.etag).status == 200)
    assert member.get(f"/api/v1/institutions/{member.institution_id}").json["extra"] == {"charges": "每次 300 元"}
    apply(system, back("forms.institution.fields.introduction.required"), back("forms.institution.extra.charges"), back("lifecycles.listing.steps.review.zh"),
          back("notices.listing_returned.body"))


def test_what_cannot_work_is_said_at_its_place(system):
    cases = [(put("lifecycles.listing.transitions.approve.to", "nowhere"), "lifecycles.listing.transitions.approve.to", "没有这个环节", "is no step"),
             (put("notices.listing_returned.body", {"zh": "{name}：{nonsense}", "en": "{name}"}), "notices.listing_returned.body.zh",
              "变量未在 variables 中声明：nonsense", "the variable is not declared in variables: nonsense"),
             (put("forms.institution.extra.odd", {"type": "poem", "zh": "诗", "en": "Poem"}), "forms.institution.extra.odd.type", "不在可选值中", "is none of"),
             (put("forms.institution.fields.name.hidden", True), "forms.institution.fields.name.hidden", "不能隐藏", "cannot be hidden"),
             (put("lifecycles.listing.steps.review", None), "lifecycles.listing", "没有这个环节", "is no step")]
    for change, path, zh, en in cases:
        found = edit(system, change).expect(200).json
        assert not found["ok"] and any(fault["path"].startswith(path) and zh in fault["zh"] and en in fault["en"] for fault in found["faults"]), (path, found["faults"])


def test_a_step_on_which_somebody_stands_is_not_removed(system, member):
    held = "lifecycles.product.steps.polished"
    ways = {"polish": {"from": ["draft"], "to": "polished", "roles": ["owner", "staff"], "zh": "润色", "en": "Polish"},
            "settle": {"from": ["polished"], "to": "ready", "roles": ["owner", "staff"], "zh": "定稿", "en": "Settle"}}
    apply(system, put(held, {"phase": "ready", "zh": "润色中", "en": "Being polished"}),
          *(put(f"lifecycles.product.transitions.{name}", way) for name, way in ways.items()))
    row = member.post("/api/v1/products", {"name": "润色的产品", "category": "policy", "pricing": "negotiable", "summary": "停在中间的产品"}).expect(201).json
    eventually(lambda: "polish" in {a["event"] for a in member.get(f"/api/v1/products/{row['id']}").json["actions"]})
    row = member.post(f"/api/v1/products/{row['id']}/events", {"event": "polish"}, if_match=row["version"]).expect(200).json
    gone = [back(held), *(back(f"lifecycles.product.transitions.{name}") for name in ways)]
    verdict = edit(system, *gone).expect(200).json
    assert verdict["ok"] and {"record": "product", "step": "polished", "count": 1, "fate": "stranded"} in verdict["platforms"][0]["cases"]
    refused = system.post(APPLY, {"version": form_of(system)["version"], "source": verdict["source"]}).refused(409)
    assert "停留" in refused.json["zh"] and "steps" in refused.json["en"]
    member.post(f"/api/v1/products/{row['id']}/events", {"event": "settle"}, if_match=row["version"]).expect(200)
    apply(system, *gone)


def test_back_to_an_earlier_version_as_a_new_one(system):
    first = system.get(APPLY).expect(200).json
    apply(system, put("deadlines.supplement_days", 17))
    version = form_of(system)["version"]
    old = system.get("/api/v1/platform/policy/version", query={"number": first["version"]}).expect(200).json
    assert (old["source"], old["by"]) == (first["source"], first["by"])
    system.get("/api/v1/platform/policy/version", query={"number": 99999}).refused(404)
    system.get("/api/v1/platform/policy/version", query={"number": "one"}).refused(422)
    system.post(APPLY, {"version": version, "source": old["source"]}).expect(200)
    now = system.get(APPLY).expect(200).json
    assert now["source"] == first["source"] and now["version"] == version + 1 and len(now["versions"]) >= 3


def test_a_term_in_use_stays_and_can_be_retired(network, system, member):
    product = {"name": "政策申报辅导", "category": "policy", "industries": ["C"], "pricing": "negotiable", "summary": "政策申报辅导服务"}
    made = member.post("/api/v1/products", product).expect(201).json
    listed = terms(form_of(system), "categories")
    assert listed["policy"]["uses"] >= 1 and listed["logistics"]["uses"] == 0 and not listed["policy"]["own"]
    assert terms(form_of(system), "industries")["C"]["uses"] == 1
    # Removed from below: told with its number, and refused.
    version = form_of(system)["version"]
    verdict = edit(system, put("categories.policy", None), put("categories.logistics", None)).expect(200).json
    assert verdict["ok"] and verdict["platforms"][0]["terms"] == [{"dictionary": "categories", "code": "policy", "count": listed["policy"]["uses"]}]
    answer = system.post(APPLY, {"version": version, "source": verdict["source"]}).expect(409)
    assert "停用" in answer.json["zh"] and "retire" in answer.json["en"]
    # Retired: what has it keeps it and its name, nothing new takes it.
    apply(system, put("categories.policy", {"zh": "政策咨询", "en": "Policy advice", "retired": True}), put("categories.logistics", None),
          put("categories.green_energy", {"zh": "绿色能源", "en": "Green energy"}))
    shown = eventually(lambda: (found := {c["code"]: c for c in site(network, "lishui")["categories"]}).get("green_energy") and found)
    assert shown["policy"]["retired"] and shown["policy"]["zh"] == "政策咨询" and "logistics" not in shown and shown["green_energy"]["zh"] == "绿色能源"
    assert terms(form_of(system), "categories")["logistics"]["removed"]
    refused = member.post("/api/v1/products", {**product, "name": "另一个"}).expect(422)
    assert [field["pointer"] for field in refused.json["errors"]] == ["/category"]
    member.patch(f"/api/v1/products/{made['id']}", {"summary": "更新后的简介内容"}, if_match=made["version"]).expect(200)
    member.post("/api/v1/products", {**product, "name": "绿色能源诊断", "category": "green_energy"}).expect(201)
    # The county took the city's dictionary? No: it is the city's own, so its records are not asked about.
    assert "policy" in {c["code"] for c in site(network, "suichang")["categories"]}
    # Its own term goes once nothing has it any more.
    verdict = edit(system, back("categories.green_energy")).expect(200).json
    assert verdict["platforms"][0]["terms"] == [{"dictionary": "categories", "code": "green_energy", "count": 1}]
    apply(system, back("categories.policy"), back("categories.logistics"))
    assert not terms(form_of(system), "categories")["policy"]["retired"]


def test_the_cases_that_a_deadline_touches(network, system):
    visitor = network.register("lishui", "331121")
    visitor.post("/api/v1/applications", {"platform": "lishui", "statement": "申请入驻", "consent": True}).expect(201)
    network.case("lishui", visitor.uscc)
    verdict = edit(system, put("lifecycles.entry_case.steps.received.deadline", 2)).expect(200).json
    assert {"record": "entry_case", "step": "received", "count": 1, "fate": "kept"} in verdict["platforms"][0]["cases"]
    apply(system, put("lifecycles.entry_case.steps.received.deadline", 2))
    row = rows(form_of(system))["lifecycles.entry_case.steps.received.deadline"]
    assert (row["value"], row["inherited"], row["own"]) == (2, 5, True)


def test_conditions_inform_or_bar_with_other_thresholds(network):
    province = network.desk("zhejiang", "system_admin")
    verdict = edit(province, put("conditions.reputation.mode", "bars")).expect(200).json
    assert [fault["path"] for fault in verdict["faults"]] == ["conditions.reputation"], verdict["faults"]
    apply(province, put("conditions.capital.mode", "bars"), put("conditions.capital.rule", ["registered_capital >= 200000 yuan"]),
          put("conditions.integrity.mode", "off"), put("conditions.patents", {"group": 7, "mode": "informs", "rule": "staff >= 20", "zh": "员工 20 人", "en": "20 staff"}))
    found = rows(form_of(province))
    assert (found["conditions.capital.mode"]["value"], found["conditions.capital.rule"]["value"]) == ("bars", ["registered_capital >= 200000 yuan"])
    assert found["conditions.integrity.mode"]["value"] == "off" and found["conditions.patents.rule"]["value"] == ["staff >= 20"]
    source = province.get(APPLY).expect(200).json["source"]
    assert "# ZJ-8. Each condition informs or bars; Zhejiang bars (6) only." in source
    apply(province, back("conditions.patents"))
    assert "conditions.patents.rule" not in rows(form_of(province))


def test_the_log_says_who_put_rules_in_force(network, system):
    apply(system, put("deadlines.supplement_days", 11))
    audit = network.desk("lishui", "audit_admin")
    me = system.get("/api/v1/account").expect(200).json
    found = audit.get("/api/v1/audit", query={"kind": "platform.policy_changed", "actor_id": me["id"], "limit": 1}).expect(200).json["items"]
    assert [(entry["actor_name"], entry["actor_role"]) for entry in found] == [(me["name"], "system_admin")] and found[0]["details"]["version"] == form_of(system)["version"]
    # By a part of the name as well, and by nobody else's.
    by_name = audit.get("/api/v1/audit", query={"kind": "platform.policy_changed", "actor": "system_ad"}).expect(200).json["items"]
    assert by_name and {entry["actor_name"] for entry in by_name} == {me["name"]}
    assert audit.get("/api/v1/audit", query={"actor": "nobody%"}).expect(200).json["items"] == []


def test_who_holds_which_role_at_a_glance(network, system):
    rows = {row["user_name"]: row["id"] for row in system.get("/api/v1/accounts", query={"kind": "staff", "limit": 100}).expect(200).json["items"]}
    for visitor in (system, network.desk("lishui", "security_admin")):
        grants = {row["id"]: row["roles"] for row in visitor.get("/api/v1/staff-grants").expect(200).json["items"]}
        assert grants[rows["system_admin_a"]] == ["system_admin"] and grants[rows["reviewer_a"]] == ["reviewer"]
    network.desk("lishui", "reviewer").get("/api/v1/staff-grants").expect(403)
