"""The project's declarations as tests see them: endpoints with their roles, bodies that fit, rows that lie in the tables."""

import os
import sys
import uuid
from urllib.parse import quote

import network
from harness.places import ROOT

sys.path.insert(0, str(ROOT / "tools" / "generate"))
import model  # noqa: E402 - lies beside the generator

ROLES = ("public", "system_admin", "security_admin", "audit_admin", "platform_admin", "reviewer", "owner", "staff", "enterprise", "guest")
VALUES = {"text": "样例", "longtext": "样例", "int": 1, "uint": 1, "money": 100, "bool": True, "date": "2026-05-06",
          "time": "2030-05-06T08:00:00Z", "region": "331102", "uscc": "91440300708461136T", "mobile": "13857800099",
          "email": "sample@example.cn", "phone": "0578-2091234", "url": "https://example.cn/", "platform": "zhejiang",
          "hash": "0" * 64, "secret": "123456", "digits": "123456", "invite_code": "0000-0000-0000-0000", "json": {}, "blocks": [{"type": "paragraph", "text": "样例"}]}

# A term that the policy of every platform has.
TERMS = {"categories": "innovation", "industries": "C", "qualifications": "high_tech", "institution_types": "social_service",
         "organisation_types": "enterprise"}


class Declarations:
    def __init__(self):
        self.checker = model.Checker(ROOT).load()
        assert not self.checker.faults.found, self.checker.faults.report()
        assert set(ROLES) == {role["name"] for role in self.checker.role_document["roles"] if role.get("http", True)}
        # A stream of events lasts as long as its reader; its tests are with the HTTP server's.
        self.endpoints = [e for e in self.checker.endpoints if e.produces != "text/event-stream"]
        self.records = [record for record in self.checker.records if record.table]

    def allows(self, endpoint, role):
        return bool(endpoint.roles & self.checker.bits[role])

    def path(self, endpoint, row_id):
        """The address with {id} filled in, and something for other names."""
        pieces = []
        for piece in endpoint.path.split("/"):
            pieces.append(str(row_id) if piece == "{id}" else "some" if piece.startswith("{") else piece)
        return quote("/".join(pieces))

    def value(self, field):
        kind = field.type
        if kind in ("id", "file"):
            return str(uuid.uuid4())
        if kind == "enum":
            return field.values[0][0]
        if kind == "object":
            return self.body(field.shape)
        if kind == "list":
            item = (self.body(field.shape) if field.shape else field.values[0][0] if field.of == "enum"
                    else str(uuid.uuid4()) if field.of in ("id", "file") else TERMS[field.terms] if field.of == "term" else VALUES[field.of])
            return [item] * max(1, field.min or 0)
        value = TERMS[field.terms] if kind == "term" else VALUES[kind]
        if kind in ("text", "longtext", "secret") and field.min and len(value) < field.min:
            value *= field.min
        if kind in ("int", "uint", "money") and field.min is not None:
            value = max(value, field.min)
        return value[:field.max] if isinstance(value, str) and field.max else value

    def body(self, shape):
        """An input that passes the declared checks, as far as a pattern lets it."""
        return {field.name: self.value(field) for field in self.checker.shapes[shape].fields if field.required}

    def request(self, endpoint):
        """The body for an endpoint: None, or an object."""
        if endpoint.method == "GET" or endpoint.file:
            return None
        if endpoint.verb == "fire":
            return {"event": "nothing"}
        if endpoint.verb == "create":
            return {field.name: self.value(field) for field in endpoint.record.fields if field.write and field.required}
        if endpoint.input:
            return self.body(endpoint.input)
        return {} if endpoint.verb == "update" else None

    def seed(self, installation, record, platform, institution, marker, stands=None, parent=None, phase=None):
        """A row of a record on a platform, of an institution; texts that are nobody's business else carry the marker. Answers its id.
        stands: {field: id} for its sides, instead of the institution on each; parent: the id of a child's; phase: instead of one in which its
        sides see it, and nobody else does."""
        table = self.checker.tables[record.table]
        fields = {field.column: field for field in record.fields if field.column}
        row = institution if record.owner == "id" else uuid.uuid4()
        every = {side.by.column: institution for side in record.sides if side.by and not side.account} # whoever is another is a stranger
        given = dict(every if stands is None else stands, **({record.parent_key.column: parent} if parent else {}))
        values = {}
        if phase:
            given["phase"] = None
            values["phase"] = f"'{phase}'"
        for name, column in table.columns.items():
            if name in given and given[name] is None:
                continue
            value = hexed(given[name]) if name in given else self.column(record, fields.get(name), column, platform, row, marker)
            if value is not None:
                values[name] = value
        names = ", ".join(f"`{name}`" for name in values)
        installation.sql(f"REPLACE INTO `{record.table}` ({names}) VALUES ({', '.join(values.values())})")
        return row

    def column(self, record, field, column, platform, row, marker):
        """An SQL literal, None to leave the column out."""
        name = column.name
        if name == "id":
            return hexed(row)
        if name in ("platform_id", "home_id"):
            return str(platform)
        if record.own_when and field is not None and field.name == record.own_when[0].name:
            return f"'{record.own_when[1]}'"
        if name == "phase":  # the first in which there is somebody on each side, and not everybody on one
            shown = next(i for i in range(len(record.phases)) if not (record.sealed and record.sealed[0] >> i & 1) and
                         all(not side.phases or bool(side.phases >> i & 1) != side.anybody for side in record.sides))
            return f"'{record.phases[shown][0]}'"
        if name in ("version", "home_seq", "policy_hash", "due_on", "clock_stopped_on", "extra"):
            return None
        if field is not None and not field.public and field.type in ("text", "longtext") and column.kind != "ENUM":
            return "'" + marker[:column.length or 60] + "'"
        return None if column.nullable or column.default else filler(column, field, platform)


def filler(column, field, platform):
    if field is not None and field.type == "enum":
        return f"'{field.values[0][0]}'"
    if field is not None and field.type == "platform":
        return str(platform)
    if field is not None and field.type in ("json", "object"):
        return "'{}'"
    if field is not None and field.type in ("list", "blocks"):
        return "'[]'"
    if field is not None and field.type in ("region", "uscc", "email", "mobile", "url"):
        return f"'{network.uscc() if field.type == 'uscc' else TERMS[field.terms] if field.type == 'term' else VALUES[field.type]}'"
    if column.kind in ("BINARY", "VARBINARY"):
        return "0x" + os.urandom(column.length or 16).hex()
    if column.kind in ("DATETIME", "DATE"):
        return "'2026-05-06'"
    if column.kind in ("VARCHAR", "CHAR", "TEXT", "MEDIUMTEXT", "LONGTEXT"):
        return "'" + os.urandom(20).hex()[:min(column.length or 12, 12)] + "'"
    if column.kind == "ENUM":
        return "1"
    return "0"


def hexed(value):
    return "0x" + uuid.UUID(str(value)).hex
