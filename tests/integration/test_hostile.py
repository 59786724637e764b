"""Bad input to the API: each is a clear 4xx in Chinese and English that names field and remedy, the server lives, nothing is stored."""

import io
import json
import struct
import zipfile
import zlib
from urllib.parse import quote

import pytest

import people
from declarations import Declarations
from harness import LONG, eventually
from network import Network, uscc
from test_institutions import png

# What moves by itself, or counts tries on purpose.
RESTLESS = ("session", "job", "job_standing", "rate_limit", "server_meta", "log_cursor", "change_head")
STAFF = ("system_admin", "security_admin", "audit_admin", "platform_admin", "reviewer")
PRODUCT = {"name": "技术咨询服务", "category": "innovation", "pricing": "fixed", "price": 250000, "summary": "为中小企业提供技术咨询"}


class World:
    def __init__(self, installation, server, sms):
        self.installation, self.server, self.declarations = installation, server, Declarations()
        self.network = network = Network(installation, server, sms, ("zhejiang", "hangzhou", "lishui"))
        self.people = {role: network.desk("lishui", role) for role in STAFF}
        network.desk("zhejiang")
        self.owner = network.member("lishui", "331102")
        self.people.update(owner=self.owner, public=network.visit("lishui"), enterprise=people.register(
            server.client, sms, "lishui.localhost", uscc("331102"), "13912345678", "enterprise1", "enterprise"))
        self.product = self.owner.post("/api/v1/products", PRODUCT).expect(201)
        eventually(lambda: all(one["lag"] == 0 for one in installation.ctl("federation", "status")))
        tables = [row[0] for row in installation.sql("SHOW TABLES")]
        self.counting = " UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM `{table}`" for table in tables if table not in RESTLESS)

    def counts(self):
        return dict(self.installation.sql(self.counting))

    def who(self, endpoint):
        """Somebody who may, so that it is the body that is refused."""
        return next((self.people[role] for role in self.people if self.declarations.allows(endpoint, role)), None)

    def writing(self):
        """Endpoints that take a JSON body, with somebody who may send it and a row's id where the address asks for one."""
        for endpoint in self.declarations.endpoints:
            person = self.who(endpoint)
            if endpoint.method != "GET" and not endpoint.file and person and (endpoint.input or endpoint.verb in ("create", "update", "fire")):
                yield endpoint, person, self.declarations.path(endpoint, self.row(endpoint))

    def row(self, endpoint):
        return {"product": self.product.json["id"], "institution": self.owner.institution_id}.get(endpoint.record.name, self.owner.institution_id)

    def fields(self, endpoint):
        if endpoint.verb in ("create", "update"):
            return [field for field in endpoint.record.fields if field.write]
        return self.declarations.checker.shapes[endpoint.input].fields if endpoint.input else []


@pytest.fixture(scope="module")
def world(installation, server, sms_server):
    return World(installation, server, sms_server)


@pytest.fixture(autouse=True)
def nothing_stored(world, request):
    """Around each test here: no table has more rows or fewer, and the server is the same process, alive."""
    before, pid = world.counts(), world.server.pid
    yield
    assert world.server.is_alive() and world.server.pid == pid
    if any(part in request.node.name for part in ("polyglots", "whatever_is_asked", "formula")):
        return  # the file is stored, as a picture; an export is audited
    after = world.counts()
    assert after == before, {name: (before[name], after[name]) for name in after if after[name] != before[name]}


def fault_of(response, statuses=(400, 413, 415, 422)):
    """What is wrong with a refusal; None if it is a good one."""
    if response.status not in statuses or response.code is None:
        return f"{response.status} {response.text[:300]}"
    told = response.json
    texts = [told["zh"], told["en"], *(text for one in told.get("errors", ()) for text in (one["zh"], one["en"]))]
    if not all(texts) or not any("\u4e00" <= c <= "\u9fff" for c in told["zh"]) or any("\u4e00" <= c <= "\u9fff" for c in told["en"]):
        return f"not in both languages: {texts}"
    return None


def complain(found):
    assert not found, f"{len(found)} of them:\n" + "\n".join(found[:30])


NO_JSON = {
    "cut off": b'{"name": "abc',
    "nothing": b"",
    "single quotes": b"{'name': 'abc'}",
    "comma behind": b'{"name": "abc",}',
    "comment": b'{"name": "abc" /* x */}',
    "two values": b'{"name": "abc"} {}',
    "not an object": b'["name"]',
    "duplicate key": b'{"name": "one", "name": "two"}',
    "duplicate key, escaped": b'{"name": "one", "n\\u0061me": "two"}',
    "invalid UTF-8": b'{"name": "\xff\xfe"}',
    "overlong UTF-8": b'{"name": "\xc0\xaf"}',
    "lone surrogate": b'{"name": "\\ud800"}',
    "NUL": b'{"name": "a\\u0000b"}',
    "byte order mark": b'\xef\xbb\xbf{"name": "abc"}',
    "deep": b'{"name":' * 5000 + b"1" + b"}" * 5000,
    "deep arrays": b'{"name":' + b"[" * 50000 + b"]" * 50000 + b"}",
    "NaN": b'{"price": NaN}',
    "huge integer": b'{"price": 100000000000000000000000}',
    "huge exponent": b'{"price": 1e999999}',
    "leading zero": b'{"price": 007}',
    "hexadecimal": b'{"price": 0x10}',
    "UTF-16": '{"name": "abc"}'.encode("utf-16"),
    "many values": b'{"x":[' + b"1," * 200000 + b"1]}",
}


@pytest.mark.parametrize("name", NO_JSON)
def test_what_is_no_json(world, name):
    for method, path, options in (("POST", "/api/v1/products", {}),
                                  ("PATCH", f"/api/v1/products/{world.product.json['id']}", {"if_match": world.product.etag})):
        answer = world.owner.request(method, path, body=NO_JSON[name], content_type="application/json", **options)
        assert fault_of(answer, (400, 413)) is None, fault_of(answer, (400, 413))


@pytest.mark.timeout(180)
def test_every_writing_endpoint_refuses_what_is_no_object(world):
    found = []
    for endpoint, person, path in world.writing():
        for body in (b"[]", b'{"a":1,"a":1}', b"\xff") if LONG else (b'{"a":1,"a":1}',):
            answer = person.request(endpoint.method, path, body=body, content_type="application/json", if_match=1 if endpoint.if_match else None)
            fault = fault_of(answer, (400, 404, 412))  # a row that is not there, or has moved on, is told first
            if fault:
                found.append(f"{endpoint.method} {path} {body!r}: {fault}")
    complain(found)


def test_other_media_types_are_no_json(world):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None):
        answer = world.owner.request("POST", "/api/v1/products", body=json.dumps(PRODUCT).encode(), content_type=kind)
        assert answer.status in (400, 415) and fault_of(answer) is None, answer
    answer = world.owner.request("POST", "/api/v1/products", body=zlib.compress(json.dumps(PRODUCT).encode()), content_type="application/json",
                                 headers={"Content-Encoding": "deflate"})
    assert fault_of(answer, (415,)) is None, answer


def wrong(field):
    """Values of another type than a field's; fewer in the ordinary run."""
    values = wrong_values(field)
    return values if LONG else values[:1] + values[-1:]


def wrong_values(field):
    if field.type in ("json", "blocks", "object"):
        return [7, "text"] if field.type != "json" else []
    if field.type == "list":
        return [{}, 7, "text", [{"unheard-of": []}] if field.of != "json" else 7]
    if field.type == "bool":
        return ["true", 1, []]
    if field.type in ("int", "uint", "money"):
        return ["7", 1.5, True, [], 9223372036854775807]
    return [7, True, {}, ["text"]]


@pytest.mark.timeout(300)
def test_every_field_of_every_writing_endpoint_refuses_other_types(world):
    found, count = [], 0
    for endpoint, person, path in world.writing():
        if endpoint.verb == "fire" or endpoint.record.name == "auth" and "sms" in endpoint.name:
            continue
        good = world.declarations.request(endpoint) or {}
        options = {"if_match": "*"} if endpoint.if_match else {}
        for field in world.fields(endpoint):
            for value in wrong(field):
                answer = person.request(endpoint.method, path, {**good, field.name: value}, **options)
                count += 1
                if answer.status == 404 and endpoint.load or answer.status == 404 and "{" in endpoint.path:
                    continue
                fault = fault_of(answer, (400, 422))
                named = answer.json.get("errors") and any(one["pointer"].startswith(f"/{field.name}") for one in answer.json["errors"])
                if fault or not named:
                    found.append(f"{endpoint.method} {path} {field.name} ({field.type}) = {value!r}: {fault or answer.text[:200]}")
    complain(found)
    assert count > 300, count


def test_every_writing_endpoint_names_fields_that_it_does_not_know(world):
    found = []
    for endpoint, person, path in world.writing():
        if endpoint.verb == "fire":
            continue  # which fields there are depends on the event
        good = world.declarations.request(endpoint) or {}
        answer = person.request(endpoint.method, path, {**good, "unheard_of": 1}, **({"if_match": "*"} if endpoint.if_match else {}))
        if answer.status == 404 and "{" in endpoint.path:
            continue
        if fault_of(answer, (422,)) or not any(one["pointer"] == "/unheard_of" for one in answer.json.get("errors", ())):
            found.append(f"{endpoint.method} {path}: {answer.status} {answer.text[:200]}")
    complain(found)


def test_the_remedy_is_told(world):
    """Each fault at its field, all of them at once, with what would be right."""
    answer = world.owner.post("/api/v1/products", {"name": "x", "category": "innovation", "pricing": "for free", "price": -1, "summary": "a" * 301})
    told = {one["pointer"]: one for one in answer.refused(422, "invalid").json["errors"]}
    assert set(told) >= {"/name", "/pricing", "/price", "/summary"}, told
    assert "2" in told["/name"]["en"] and "fixed" in told["/pricing"]["en"] and "300" in told["/summary"]["zh"]


def test_a_body_beyond_all_measure(world):
    answer = world.owner.request("POST", "/api/v1/products", body=b'{"name":"' + b"a" * (3 << 20) + b'"}', content_type="application/json")
    assert fault_of(answer, (413,)) is None, answer


def test_path_tricks(world):
    for path in ("/api/v1/products/../accounts", "/api/v1/products/%2e%2e/accounts", "/api/v1//products", "/api/v1/products/%00",
                 "/api/v1/products/..%2f..%2fetc%2fpasswd", "/assets/../../config/qilian.yaml", "/assets/%2e%2e/%2e%2e/config/qilian.yaml",
                 "/api/v1/products/' OR 1=1", "/api/v1/products/-1", f"/api/v1/products/{world.product.json['id']}%20",
                 "/api/v1/attachments/../../files/x/content", "/api/v1/products;a=b/x", "/api/v1/products/%ff"):
        answer = world.owner.get(path.replace(" ", "%20"))
        assert answer.status in (400, 404) and "database" not in answer.text, answer


def test_query_tricks(world):
    for query in ("limit=0", "limit=1e3", "limit=-1", "limit=99999999999999999999", "cursor=%00", "cursor=xyz", "sort=password", "phase=unheard",
                  "unheard=1", "q=%ff", "phase=draft&phase=ready", "created_from=yesterday"):
        answer = world.owner.get(f"/api/v1/products?{query}")
        assert answer.status in (400, 422) and fault_of(answer) is None, (query, answer)
    for q in ("'; DROP TABLE product; --", "%_%", "\\", '"', "<script>"):
        world.owner.get("/api/v1/products", query={"q": q}).expect(200)


def test_if_match(world):
    path = f"/api/v1/products/{world.product.json['id']}"
    world.owner.patch(path, {"name": "新名称服务"}).refused(428)
    for stale in ('"0"', '"99999999999999999999"', '"abc"', 'W/"7"', '""', '"1x"'):
        world.owner.patch(path, {"name": "新名称服务"}, if_match=stale).refused(412)
    for broken in ("1", '"1', "'1'", '"0", 1'):
        world.owner.patch(path, {"name": "新名称服务"}, if_match=broken).refused(400)
    assert world.owner.get(path).json["name"] == PRODUCT["name"]


def test_a_key_used_for_another_body(world):
    """The only one here that may store something: the operation that the key stands for."""
    path, key = f"/api/v1/products/{world.product.json['id']}", "hostile-key-1"
    current = world.owner.get(path)
    first = world.owner.patch(path, {}, if_match=current.etag, key=key)
    world.owner.patch(path, {"name": "另一名称"}, if_match=current.etag, key=key).refused(422, "idempotency-key-reused")
    world.owner.post("/api/v1/products", PRODUCT, key=key).refused(422, "idempotency-key-reused")
    assert world.owner.patch(path, {}, if_match=current.etag, key=key).status == first.status
    for bad in ("short", "x" * 81, "with space", "quote\"quote", "schlüssel"):
        world.owner.post("/api/v1/products", PRODUCT, key=bad).refused(400)
    world.installation.sql(f"DELETE FROM operation WHERE op_key = '{key}'")
    assert world.owner.get(path).json["name"] == PRODUCT["name"]


ODD = ("杭州", "\u202d9133\u202c", "é", "𠮷🚀", "\u200b", "\u3164", "9" * 200, "a" * 2000, "%", "'", "\\", "0", "-1", "1e9", "2026-05-06T00:00:00.000+23:59", "9999-12-31T23:59:59Z")


def parameters(world, endpoint):
    names = [field.name for field in world.declarations.checker.shapes[endpoint.query].fields] if endpoint.query else []
    return names + ([name for name, *_ in endpoint.record.filters] + ["sort", "cursor", "limit"] if endpoint.verb in ("list", "export") else [])


def test_whatever_is_asked_for_is_answered_or_refused(world):
    """Each parameter and each part of an address that is no id, with texts that no column of ASCII holds, times and numbers that no column has."""
    found, asked = [], 0
    for endpoint in world.declarations.endpoints:
        person = world.who(endpoint)
        if endpoint.method != "GET" or not person:
            continue
        path = world.declarations.path(endpoint, world.row(endpoint))
        odd_paths = [path.replace("/some", "/" + quote(odd)) for odd in ODD[:6]] if "/some" in path else []
        for where, query in [(path, {name: odd}) for name in parameters(world, endpoint) for odd in ODD] + [(odd, None) for odd in odd_paths]:
            answer = person.get(where, query=query)
            asked += 1
            if answer.status >= 500 or answer.status >= 400 and fault_of(answer, range(400, 500)):
                found.append(f"{where} {query}: {answer.status} {answer.text[:200]}")
    complain(found)
    assert asked > 1000, asked


# ---- Files ----

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width, height, rows=b""):
    """A PNG of a few kilobytes that says it is width × height."""
    data = zlib.compress(rows or b"\0" * (1 << 24), 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def zipped(names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


LIES = {
    "script as PNG": ("picture", "image/png", b"#!/bin/sh\nrm -rf /\n"),
    "page as PNG": ("picture", "image/png", b"<!DOCTYPE html><script>alert(1)</script>"),
    "SVG with a script": ("picture", "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "only the first bytes of a PNG": ("picture", "image/png", b"\x89PNG\r\n\x1a\n" + b"<?php system($_GET[0]); ?>" * 20),
    "PNG cut off": ("picture", "image/png", png()[:60]),
    "PNG with a broken checksum": ("picture", "image/png", png()[:45] + b"\xff\xff\xff\xff" + png()[49:]),
    "JPEG that is a PNG": ("picture", "image/jpeg", png()),
    "bomb of pixels": ("picture", "image/png", bomb(60000, 60000)),
    "bomb at the limit of numbers": ("picture", "image/png", bomb(0x7FFFFFFF, 0x7FFFFFFF)),
    "PNG without size": ("picture", "image/png", bomb(0, 0)),
    "PDF as a picture": ("picture", "application/pdf", b"%PDF-1.4\n%%EOF\n"),
    "program as PDF": ("evidence", "application/pdf", b"\x7fELF" + b"\0" * 200),
    "ZIP as DOCX": ("evidence", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", zipped(["a.txt"])),
    "macros": ("evidence", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
               zipped(["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"])),
    "page": ("evidence", "text/html", b"<html></html>"),
    "nothing": ("picture", "image/png", b""),
    "unknown": ("evidence", "application/octet-stream", b"\x01\x02\x03\x04" * 10),
    "too large": ("picture", "image/png", png() + b"\0" * (6 << 20)),
}


def upload(world, purpose, kind, body, name="图.png"):
    return world.owner.put("/api/v1/attachments", body=body, content_type=kind, query={
        "record_type": "product", "record_id": world.product.json["id"], "purpose": purpose, "file_name": name})


@pytest.mark.parametrize("name", LIES)
def test_files_that_lie(world, name):
    answer = upload(world, *LIES[name])
    assert fault_of(answer, (400, 413, 415, 422)) is None, answer


def test_polyglots_come_out_as_pictures_only(world):
    """A picture with a script behind it is a picture: what is shown was drawn anew, and the original never runs in a page."""
    script = b"<script>alert(document.cookie)</script>"
    upload(world, "picture", "image/png", png(), "passwd\u202egnp.html").refused(422) # shows as passwdlmth.png
    made = upload(world, "picture", "image/png", png() + script, "../../../etc/passwd\u200bgnp.html").expect(201).json
    assert "/" not in made["file_name"] and made["media_type"] == "image/png"
    for size in ("large", "medium", "small", "original"):
        shown = world.owner.get(f"/api/v1/attachments/{made['id']}/content", query={"size": size}).expect(200)
        assert shown.headers["Content-Type"] in ("image/jpeg", "image/png") and shown.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert size == "original" or script not in shown.body


def test_cells_that_begin_a_formula_are_texts_in_exports(world):
    """Whatever was stored, a spreadsheet that opens the export runs nothing."""
    desk, cells = world.network.desk("lishui"), ('=HYPERLINK("http://evil","x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1+1")
    ident = world.product.json["id"].replace("-", "")
    try:
        for cell in cells:
            text = cell.replace("'", "''")
            world.installation.sql(f"UPDATE product SET name = '{text}' WHERE id = UNHEX('{ident}')")
            lines = desk.get("/api/v1/products/export.csv").expect(200).body.decode("utf-8-sig")
            assert not any(part.lstrip('"')[:1] in "=+-@\t" for line in lines.splitlines() for part in line.split(",") if part.strip('"')), lines
    finally:
        world.installation.sql(f"UPDATE product SET name = '{PRODUCT['name']}' WHERE id = UNHEX('{ident}')")


def test_lists_that_are_no_lists(world):
    head = "统一社会信用代码,机构名称,联系人,手机,邮箱,附言\r\n"
    for body in (b"", b"\x00\x01\x02", png(), head.encode() + b'"unclosed', head.encode("utf-16"), head.encode() + b"\xff\xff\xff,x\r\n",
                 ("x," * 5000 + "\r\n").encode(), head.encode() + b",,,,,\r\n" * 20000):
        answer = world.network.desk("zhejiang").post("/api/v1/invitations/import", body=body, content_type="text/csv", key=None)
        marked = answer.status == 422 and answer.headers["Content-Type"].startswith("text/csv")
        assert marked or fault_of(answer) is None, answer
