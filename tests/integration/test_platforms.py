"""Platforms come and change in a running server: qilianctl platform check, add, update, list, suspend."""

import re

import pytest

import people
from harness import ROOT, eventually

PLATFORMS = ROOT / "config" / "platforms"


@pytest.fixture(scope="module")
def zhejiang(installation):
    for slug in ("zhejiang", "lishui", "suichang"):
        installation.ctl("platform", "add", PLATFORMS / f"{slug}.yaml")
    return installation


@pytest.fixture(scope="module")
def server(zhejiang):
    return zhejiang.server()


def write(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def authored(slug, *changes):
    text = (PLATFORMS / f"{slug}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def site(client, host):
    return client(host).get("/api/v1/portal/site")


def test_a_new_city_is_there_without_restart(zhejiang, client):
    assert site(client, "hangzhou.localhost").status == 404
    done = zhejiang.ctl("platform", "add", PLATFORMS / "hangzhou.yaml")
    assert done["stored"] and [(p["slug"], p["version"], p["new"]) for p in done["platforms"]] == [("hangzhou", 1, True)]
    eventually(lambda: site(client, "hangzhou.localhost").status == 200, 1)


def test_a_changed_policy_is_in_force_within_a_second(zhejiang, client, tmp_path):
    assert "0578-12345" in site(client, "suichang.localhost").expect().text
    changed = write(tmp_path, "lishui.yaml", authored("lishui", ("hotline: 0578-12345", "hotline: 0578-2222222")))
    preview = zhejiang.ctl("platform", "update", changed, "--dry-run")
    assert not preview["stored"] and [(p["slug"], p["changed"]) for p in preview["platforms"]] == [("lishui", True), ("suichang", True)]
    assert "0578-12345" in site(client, "lishui.localhost").text
    zhejiang.ctl("platform", "update", changed)
    # The county takes its number from its city's descendants.
    eventually(lambda: "0578-2222222" in site(client, "suichang.localhost").text, 1)
    assert "0578-2222222" in site(client, "lishui.localhost").text
    assert zhejiang.ctl("platform", "show", "lishui")["profile"]["contacts"]["hotline"] == "0578-2222222"


def test_every_fault_with_its_line_and_nothing_stored(zhejiang, tmp_path):
    bad = write(tmp_path, "bad.yaml", authored("hangzhou", ("slug: hangzhou", "slug: ningbo"), ("level: city", "level: town"),
                                                ("hotline", "hotlines"), ("hangzhou.localhost", "lishui.localhost"))
                + "lifecycles:\n  listing:\n    transitions:\n      approve: {roles: [emperor], guards: [luck]}\n")
    before = zhejiang.ctl("platform", "list")
    code, answer = zhejiang.ctl("platform", "add", bad, check=False)
    assert code == 1 and not answer["ok"]
    found = {(fault["line"], re.sub(r"^[a-z0-9_.]*: ", "", fault["en"])) for fault in answer["faults"]}
    for line, part in ((1, '"town" is none of'), (5, "host name is taken by: lishui"), (7, "hotlines"), (15, "emperor"), (15, "luck"),
                       (1, "number code is taken")):
        assert any(line == at and part in text for at, text in found), (line, part, found)
    assert all(fault["zh"] and fault["file"].endswith("bad.yaml") for fault in answer["faults"])
    assert zhejiang.ctl("platform", "list") == before
    code, answer = zhejiang.ctl("platform", "check", bad, check=False)
    assert code == 1 and len(answer["faults"]) >= 6


def test_what_is_handed_down_is_checked_below_and_told_once(zhejiang, tmp_path):
    text = (ROOT / "config" / "platforms" / "zhejiang.yaml").read_text(encoding="utf-8")
    line = text.count("\n") + 5
    bad = write(tmp_path, "zhejiang.yaml", text + "descendants:\n  lifecycles:\n    entry_case:\n      steps:\n        limbo: {phase: waiting, zh: 边境, en: Limbo}\n")
    for words in (("platform", "check", bad), ("platform", "update", bad, "--dry-run")):
        code, answer = zhejiang.ctl(*words, check=False)
        told = [(fault["line"], fault["en"].split(": ", 1)[1]) for fault in answer["faults"] if fault["file"] == str(bad)]
        assert code == 1 and sorted(told) == [(line, "cannot be reached from the initial step"), (line, "has no way out and is not final")], answer


def test_what_is_not_there_or_there_already(zhejiang, tmp_path):
    code, answer = zhejiang.ctl("platform", "add", PLATFORMS / "lishui.yaml", check=False)
    assert code == 1 and "use update" in answer["faults"][0]["en"]
    code, answer = zhejiang.ctl("platform", "update", PLATFORMS / "changsha.yaml", check=False)
    assert code == 1 and any("use add" in fault["en"] for fault in answer["faults"])
    code, answer = zhejiang.ctl("platform", "add", tmp_path / "nothing.yaml", check=False)
    assert code == 1 and answer["problem"]["code"] == "not-found"
    assert zhejiang.ctl("platform", "update", PLATFORMS / "zhejiang.yaml")["platforms"][0]["changed"] is False


def test_a_suspended_platform_is_hidden_and_comes_back(zhejiang, client):
    zhejiang.ctl("platform", "suspend", "suichang")
    eventually(lambda: site(client, "suichang.localhost").status != 200, 1)
    assert site(client, "lishui.localhost").status == 200
    zhejiang.ctl("platform", "resume", "suichang")
    eventually(lambda: site(client, "suichang.localhost").status == 200, 1)


def test_nobody_writes_on_a_suspended_platform(zhejiang, client):
    staff = people.administrator(zhejiang, client, "suichang.localhost", "suichang", "platform_admin", "frozen_writer")
    values = {"title": "暂停之时", "body": [{"type": "paragraph", "text": "正文"}]}
    zhejiang.ctl("platform", "suspend", "suichang")
    eventually(lambda: staff.post("/api/v1/announcements", values).code == "platform-suspended", 2)
    staff.get("/api/v1/announcements").expect(200)
    zhejiang.ctl("platform", "resume", "suichang")
    eventually(lambda: staff.post("/api/v1/announcements", values).status == 201, 2)
    assert len([one for one in staff.get("/api/v1/announcements").json["items"] if one["title"] == "暂停之时"]) >= 1


def test_what_its_people_read_while_it_is_suspended_is_kept_for_nobody_else(zhejiang, client):
    """Its staff still read; what is answered to them must not be given to visitors from the cache."""
    staff = people.administrator(zhejiang, client, "suichang.localhost", "suichang", "reviewer", "cache_reader")
    paths = ("/api/v1/portal/site", "/api/v1/meta", "/api/v1/portal/listings", "/api/v1/openapi.json")
    zhejiang.ctl("platform", "suspend", "suichang")
    eventually(lambda: site(client, "suichang.localhost").status != 200, 1)
    for path in paths:
        mine = [staff.get(path).status for _ in range(3)]
        theirs = [client("suichang.localhost").get(path) for _ in range(5)]
        assert 200 in mine or path.endswith("listings"), (path, mine)
        assert {answer.code for answer in theirs} == {"platform-suspended"}, (path, theirs)
    zhejiang.ctl("platform", "resume", "suichang")
    eventually(lambda: site(client, "suichang.localhost").status == 200, 1)


def test_an_unknown_host_learns_nothing(zhejiang, client):
    answer = site(client, "nowhere.localhost")
    assert answer.status in (404, 421) and "lishui" not in answer.text


def test_the_list(zhejiang):
    rows = {row["slug"]: row for row in zhejiang.ctl("platform", "list")}
    assert rows["suichang"]["parent"] == "lishui" and rows["suichang"]["region"] == "331123"
    assert rows["zhejiang"]["parent"] is None and rows["zhejiang"]["hosts"] == "zhejiang.localhost"


def test_regions_of_the_network(zhejiang, client):
    under = client("lishui.localhost").get("/api/v1/regions", query={"under": "331100"}).expect().json["items"]
    assert {"331123", "331181", "331190"} <= {region["code"] for region in under}
    assert next(region for region in under if region["code"] == "331123")["path"] == "浙江省丽水市遂昌县"
    zhejiang.ctl("region", "put", "zhejiang", "331195", "--name", "丽水高新区", "--parent", "331100", "--kind", "zone")
    eventually(lambda: "331195" in client("suichang.localhost").get("/api/v1/regions", query={"under": "331100"}).text, 1)
    zhejiang.ctl("region", "put", "zhejiang", "331195", "--to", "2026-06-30")
    assert next(r for r in zhejiang.ctl("region", "list", "zhejiang", "--within", "331100") if r["code"] == "331195")["valid_to"] == "2026-06-30"
    code, answer = zhejiang.ctl("region", "put", "zhejiang", "331100", "--parent", "331123", check=False)
    assert code == 1 and answer["problem"]["fields"]


def test_the_calendar_of_the_network(zhejiang, client):
    year = client("lishui.localhost").get("/api/v1/calendar", query={"year": 2026}).expect().json
    days = {day["day"]: day["working"] for day in year["days"]}
    assert days["2026-02-16"] is False and days["2026-02-14"] is True and year["known_until"] == "2026-12-31"
    zhejiang.ctl("calendar", "put", "zhejiang", "2026-11-11", "rest", "本省纪念日")
    assert '"2026-11-11"' in client("lishui.localhost").get("/api/v1/calendar", query={"year": 2026}).text


@pytest.fixture
def system_admin(zhejiang, client):
    def sign_in(slug):
        link = zhejiang.ctl("admin", "link", "--platform", slug, "--role", "system_admin")["link"]
        visitor = client(f"{slug}.localhost")
        visitor.post("/api/v1/auth/link", {"token": people.token_of(link), "user_name": "system_a", "name": "系统管理员",
                                           "password": people.PASSWORD}).expect(200)
        return visitor
    return sign_in


def test_only_the_networks_system_administrator_edits_them(client, system_admin):
    region, day = ("/api/v1/regions/331196", {"name": "x", "kind": "zone", "parent": "331100"}), ("/api/v1/calendar/2026-11-12", {"working": False, "name": "x"})
    city, province = system_admin("lishui"), system_admin("zhejiang")
    for path, body in (region, day):
        client("zhejiang.localhost").put(path, body).refused(401)
        city.put(path, body).refused(403)
        province.put(path, body).expect(200)
    province.put("/api/v1/regions/331196", {"name": "x", "kind": "zone", "parent": "999999"}).refused(422)
    province.put("/api/v1/regions/33", {"name": "x", "kind": "zone", "parent": "331100"}).refused(422)
    province.put("/api/v1/calendar/2026-02-30", {"working": True, "name": "x"}).refused(404)
    eventually(lambda: "331196" in city.get("/api/v1/regions", query={"under": "331100"}).text, 1)
