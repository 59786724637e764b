"""The API's description: served, readable, and clean under a linter."""

import json
import os
import shutil
import subprocess

import pytest
import web

from answers import Description
from declarations import Declarations
from harness import eventually
from harness.places import BUILD, ROOT
from people import LISHUI, add_platforms, sign_in

REDOCLY = ROOT / "web" / "node_modules" / ".bin" / "redocly"


@pytest.fixture(scope="module")
def visitor(installation, server):
    add_platforms(installation, "zhejiang", "lishui")
    visitor = server.client(LISHUI)
    eventually(lambda: visitor.get("/api/v1/meta").status == 200)  # a running server learns of a new platform within moments
    return visitor


def test_it_is_served_with_a_page_to_read_it(visitor):
    document = visitor.get("/api/v1/openapi.json").expect(200).json
    page = visitor.get("/api/v1").expect(200)
    assert document["openapi"] == "3.1.0" and page.headers["Content-Type"].startswith("text/html")
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page.text, path


def test_every_reference_leads_somewhere(visitor):
    document = visitor.get("/api/v1/openapi.json").expect(200).json
    missing, names = [], []

    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                kind, name = node["$ref"].split("/")[-2:]
                name in document["components"][kind] or missing.append(node["$ref"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)
    walk(document)
    for methods in document["paths"].values():
        names += [operation["operationId"] for operation in methods.values()]
    assert not missing and len(set(names)) == len(names)


OWN = {"/api/v1/workbench/todo", "/api/v1/api-keys", "/api/v1/messages", "/api/v1/messages/inbox"}  # each sees the own ones only, whatever the role
DESK = {"reviewer", "platform_admin", "system_admin", "security_admin", "audit_admin"}
PAGING = {"limit", "cursor", "counts", "sort", "offset", "total"}


def parameters(document, operation):
    shared = document["components"]["parameters"]
    given = [shared[one["$ref"].split("/")[-1]] if "$ref" in one else one for one in operation.get("parameters", ())]
    return {parameter["name"] for parameter in given if parameter["in"] == "query"}


def test_every_administrative_list_can_be_exported_as_filtered(visitor):
    document = visitor.get("/api/v1/openapi.json").expect(200).json
    paths = document["paths"]
    lists = [(path, item["get"]) for path, item in paths.items() if "cursor" in parameters(document, item.get("get", {})) and not path.endswith((".csv", ".xlsx"))]
    ours = [(path, get) for path, get in lists if DESK & set(get["x-roles"]) and path not in OWN and "/portal/" not in path]
    assert len(ours) > 15, ours
    for path, get in ours:
        if "{id}" in path:  # under a parent: the list of them all is exported, with the parent as a filter
            path = f"/api/v1/{path.rsplit('/', 1)[1]}"
        export = paths.get(f"{path}/export.csv", {}).get("get")
        assert export, f"{path} has no export"
        assert parameters(document, get) - PAGING == parameters(document, export) - PAGING - {"columns", "lang"}, path
        assert parameters(document, export) == parameters(document, paths[f"{path}/export.xlsx"]["get"]) >= {"columns", "lang"}, path
        assert DESK & set(get["x-roles"]) == DESK & set(export["x-roles"]), path


def test_what_is_served_is_what_was_built(visitor):
    built = json.loads((BUILD / "schema" / "openapi.json").read_text(encoding="utf-8"))
    served = visitor.get("/api/v1/openapi.json").expect(200).json
    built.pop("servers", None), served.pop("servers", None)
    assert served == built


@pytest.mark.timeout(600)
def test_a_linter_finds_nothing(visitor, folder):
    """Redocly comes with what the pages are built with."""
    env = {**os.environ} if REDOCLY.exists() and shutil.which("node") else web.install(folder / "npm.log")
    assert env and REDOCLY.exists(), (folder / "npm.log").read_text(errors="replace")[-2000:]
    path = folder / "openapi.json"
    path.write_bytes(visitor.get("/api/v1/openapi.json").expect(200).body)
    done = subprocess.run([REDOCLY, "lint", path], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**env, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}, timeout=150)
    assert done.returncode == 0, done.stdout[-3000:]


# ---- Real answers ----

DESKS = {"lishui": ("admin", "reviewer"), "zhejiang": ("admin", "reviewer", "system", "security", "audit"), "changsha": ("reviewer",)}


def people_of(demonstration):
    """Somebody of each kind, signed in; visitors too. Yields with the role that their session has."""
    running = demonstration.servers[0]
    for slug, users in DESKS.items():
        owner = demonstration.sql("SELECT a.user_name FROM account a JOIN tenant t ON t.id = a.platform_id JOIN membership m ON m.institution_id = a.institution_id "
                                  f"WHERE t.slug = '{slug}' AND m.phase = 'active' GROUP BY 1 ORDER BY COUNT(*) DESC LIMIT 1")
        for user in (*users, *(row[0] for row in owner)):
            visitor = running.client(f"{slug}.localhost", keep_alive=True)
            sign_in(visitor, user, demonstration.password).expect(200)
            yield visitor
        yield running.client(f"{slug}.localhost", keep_alive=True)


def addresses(declarations, endpoint, visitor, known):
    """The endpoint's addresses to try: as it is, or with a few ids that this visitor's lists have shown."""
    if "{" not in endpoint.path:
        return [endpoint.path]
    if endpoint.path.count("{") > 1 or "{id}" not in endpoint.path:
        return []
    return [endpoint.path.replace("{id}", found) for found in known.get(endpoint.record.name, [])[:3]]


@pytest.mark.timeout(300)
def test_real_answers_are_as_described(demonstration):
    """Every GET that the demonstration's people may ask, over what its data hold: lists first, then what they show."""
    declarations, found, answered, asked = Declarations(), [], set(), set()
    description = None
    for visitor in people_of(demonstration):
        description = description or Description(visitor.get("/api/v1/openapi.json").expect(200).json)
        known = {}
        for endpoint in sorted((e for e in declarations.endpoints if e.method == "GET"), key=lambda e: "{" in e.path):
            for path in addresses(declarations, endpoint, visitor, known):
                answer = visitor.get(path)
                asked.add(endpoint.name)
                faults = description.faults(answer, "GET", endpoint.path.replace("...}", "}"))
                if faults or answer.status >= 500:
                    found.append(f"{visitor.host} {endpoint.path}: {answer.status} {faults[:3]}")
                if answer.status != 200:
                    continue
                answered.add(endpoint.name)
                if "{" not in endpoint.path and (answer.headers["Content-Type"] or "").startswith("application/json") and isinstance(answer.json, dict):
                    items = [one for one in answer.json.get("items") or [] if isinstance(one, dict)]
                    known.setdefault(endpoint.record.name, []).extend(str(one["id"]) for one in items if one.get("id"))
        visitor.close()
    assert not found, f"{len(found)} of them:\n" + "\n".join(found[:30])
    assert len(answered) > 0.8 * len(asked), sorted(asked - answered)
