"""What visitors see, generated from the declarations: of each record with `public:` its public fields, and never another, in whatever public answer."""

import json
import uuid

import pytest

from declarations import Declarations, hexed
from people import add_platforms, administrator

pytestmark = pytest.mark.timeout(300)
CANARY = "kanarienvogel"
HOST = "lishui.localhost"
NUMBER = 31337
TEXTS = ("VARCHAR", "CHAR", "TEXT", "MEDIUMTEXT", "LONGTEXT", "VARBINARY", "BLOB", "MEDIUMBLOB")

declarations = Declarations()
RECORDS = [record for record in declarations.records if record.public]


def canary(record, field, column):
    """An SQL literal that would show, for whatever has no business with visitors."""
    if field and field.type in ("json", "blocks", "object", "list"):
        return "'" + json.dumps([CANARY] if field.type in ("list", "blocks") else {"a": CANARY}) + "'"
    if column.name == "extra":
        return "'" + json.dumps({"a": CANARY}) + "'"
    if column.kind in TEXTS and (column.length or 99) >= len(CANARY):
        return f"'{CANARY}'"
    if field and field.type in ("money", "uint", "int") and column.kind in ("INT", "BIGINT"):
        return str(NUMBER)
    return None


class Place:
    """A platform with one row of each record that visitors see, and canaries in all that they do not."""

    def __init__(self, installation):
        add_platforms(installation, "zhejiang", "lishui")
        self.installation = installation
        self.visitor = installation.server().client(HOST)
        self.platform = int(installation.sql("SELECT id FROM tenant WHERE slug = 'lishui'")[0][0])
        self.rows = {record.name: self.plant(record) for record in RECORDS}

    def plant(self, record):
        row = declarations.seed(self.installation, record, self.platform, uuid.uuid4(), CANARY)
        shown = {column for field in record.public.fields for column in field.columns}
        table = declarations.checker.tables[record.table]
        fields = {column: field for field in record.fields for column in field.columns}
        kept = {"id", "platform_id", "phase", "step", "version", "home_id"} | shown
        values = {name: canary(record, fields.get(name), column) for name, column in table.columns.items() if name not in kept}
        values = {name: value for name, value in values.items() if value}
        assert values or all(field.public for field in record.fields), record.name
        if values:
            self.update(record, row, ", ".join(f"`{name}` = {value}" for name, value in values.items()))
        return row

    def update(self, record, row, change):
        self.installation.sql(f"UPDATE `{record.table}` SET {change} WHERE platform_id = {self.platform} AND id = {hexed(row)}")

    def satisfies(self, record, row):
        where = record.public.where
        return bool(self.installation.sql(f"SELECT 1 FROM `{record.table}` WHERE platform_id = {self.platform} AND id = {hexed(row)} AND ({where})"))

    def show(self, record):
        """Any phase, and any of its switches, that lets visitors see the row."""
        row = self.rows[record.name]
        switches = [field.column for field in record.fields if field.type == "bool" and field.column in record.public.where]
        for phase in [code for code, _, _ in record.phases] or [None]:
            for on in (1, 0):
                change = [f"`{name}` = {on}" for name in switches] + ([f"phase = '{phase}'"] if phase else []) or ["id = id"]
                self.update(record, row, ", ".join(change))
                if self.satisfies(record, row):
                    return row
        raise AssertionError(f"no phase of {record.name} satisfies {record.public.where}: plant a row by hand here")


@pytest.fixture(scope="module")
def place(make_installation):
    return Place(make_installation())


def test_there_is_something_to_look_at():
    assert RECORDS


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_guest_sees_exactly_the_public_fields(place, record):
    row = place.show(record)
    fields = {field.name for field in record.public.fields}
    if "get" in record.public.verbs:
        answer = place.visitor.get(f"/api/v1/portal/{record.plural}/{row}").expect(200)
        assert set(answer.json) == fields | {"id"}
        place.visitor.get(f"/api/v1/portal/{record.plural}/{row}", headers={"If-None-Match": answer.headers["ETag"]}).expect(304)
    if "list" in record.public.verbs:
        items = place.visitor.get(f"/api/v1/portal/{record.plural}").expect(200).json["items"]
        short = {field.name for field in record.public.fields if field.in_list}
        assert [set(item) for item in items if item["id"] == str(row)] == [short | {"id"}]


def test_no_public_answer_holds_what_is_not_public(place):
    for record in RECORDS:
        place.show(record)
    found = []
    for e in declarations.endpoints:
        if e.method == "GET" and declarations.allows(e, "public"):
            for record in RECORDS:
                answer = place.visitor.get(declarations.path(e, place.rows[record.name]))
                if CANARY in answer.text or str(NUMBER) in answer.text or answer.status >= 500:
                    found.append(f"{e.name} of {record.name}: {answer.status} {answer.text[:200]}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_what_no_longer_satisfies_it_is_gone(place, record):
    row = place.show(record)
    for phase in [code for code, _, _ in record.phases]:
        place.update(record, row, f"phase = '{phase}'")
        status = 200 if place.satisfies(record, row) else 404
        if "get" in record.public.verbs:
            assert place.visitor.get(f"/api/v1/portal/{record.plural}/{row}").status == status


def test_an_announcement_is_gone_from_the_kept_list_at_once(place):
    """Lists are kept by the server; a write of its own voids them."""
    admin = administrator(place.installation, lambda host: place.installation.servers[0].client(host), HOST, "lishui", "platform_admin", "public_admin")
    made = admin.post("/api/v1/announcements", {"title": "停机维护", "summary": "周日"}).expect(201)
    fire = lambda event: admin.post(f"{made.headers['Location']}/events", {"event": event}, if_match=admin.get(made.headers["Location"]).etag).expect(200)
    titles = lambda: [item["title"] for item in place.visitor.get("/api/v1/portal/announcements", query={"q": "维护"}).expect(200).json["items"]]
    for _ in range(5):
        assert titles() == []
        fire("publish")
        assert titles() == ["停机维护"] == titles()
        fire("withdraw")
