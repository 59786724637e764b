"""The API's description: served, readable, and clean under a linter."""

import os
import shutil
import subprocess

import pytest

from harness import eventually
from harness.places import ROOT
from people import LISHUI, add_platforms

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


@pytest.mark.skipif(not REDOCLY.exists() or not shutil.which("node"), reason="no redocly: npm ci in web/ brings it")
@pytest.mark.timeout(180)
def test_a_linter_finds_nothing(visitor, folder):
    path = folder / "openapi.json"
    path.write_bytes(visitor.get("/api/v1/openapi.json").expect(200).body)
    done = subprocess.run([REDOCLY, "lint", path], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}, timeout=150)
    assert done.returncode == 0, done.stdout[-3000:]
