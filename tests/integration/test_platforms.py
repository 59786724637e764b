"""Platforms come and change in a running server: qilianctl platform check, add, update, list, suspend."""

import re

import pytest

from harness import ROOT
from harness.wait import eventually

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
    for line, part in ((1, '"town" is none of'), (5, "host name is taken by: lishui"), (7, "hotlines"), (14, "emperor"), (14, "luck"),
                       (1, "number code is taken")):
        assert any(line == at and part in text for at, text in found), (line, part, found)
    assert all(fault["zh"] and fault["file"].endswith("bad.yaml") for fault in answer["faults"])
    assert zhejiang.ctl("platform", "list") == before
    code, answer = zhejiang.ctl("platform", "check", bad, check=False)
    assert code == 1 and len(answer["faults"]) >= 6


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


def test_an_unknown_host_learns_nothing(zhejiang, client):
    answer = site(client, "nowhere.localhost")
    assert answer.status in (404, 421) and "lishui" not in answer.text


def test_the_list(zhejiang):
    rows = {row["slug"]: row for row in zhejiang.ctl("platform", "list")}
    assert rows["suichang"]["parent"] == "lishui" and rows["suichang"]["region"] == "331123"
    assert rows["zhejiang"]["parent"] is None and rows["zhejiang"]["hosts"] == "zhejiang.localhost"
