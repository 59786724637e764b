"""Files: an id is taken only where the caller may use that very file for that purpose; what is in use stays; what is shown in public is shown through
the record that shows it; and copies go with their originals."""

import threading
import time
import uuid
from contextlib import contextmanager

import pytest

from harness import ROOT, eventually, together
from network import Network
from test_institutions import png

PRODUCT = {"name": "附件测试服务", "category": "innovation", "pricing": "negotiable", "summary": "带图片"}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
FORM = """
forms:
  institution:
    extra:
      licence: {type: file, zh: 执照, en: Licence}
      proofs: {type: list, item: file, zh: 证明, en: Proofs}
"""


def upload(visitor, record, id, purpose="picture", body=None, kind="image/png"):
    return visitor.put("/api/v1/attachments", body=body or png(), content_type=kind, query={
        "record_type": record, "record_id": id, "purpose": purpose, "file_name": "文件"}).expect(201).json["id"]


class World:
    """Two institutions of Lishui, one of them on Hangzhou too, and files of every purpose."""

    def __init__(self, network):
        self.network = network
        self.a, self.b = network.member("lishui", "331102"), network.member("lishui", "331102")
        network.join(self.a, "hangzhou")
        self.admin = network.desk("lishui", "platform_admin")
        self.product = self.a.post("/api/v1/products", PRODUCT).expect(201).json
        foreign = self.b.post("/api/v1/products", PRODUCT).expect(201).json
        ours = self.a.post("/api/v1/qualifications", {"kind": "iso", "name": "资质"}).expect(201).json
        self.notice = self.admin.post("/api/v1/announcements", {"title": "公告标题"}).expect(201).json
        other = self.admin.post("/api/v1/announcements", {"title": "另一公告"}).expect(201).json
        self.picture, self.second = upload(self.a, "product", self.product["id"]), upload(self.a, "product", self.product["id"])
        self.logo = upload(self.a, "institution", self.a.institution_id, "logo")
        self.paper = upload(self.a, "institution", self.a.institution_id, "material", PDF, "application/pdf")
        self.poster = upload(self.admin, "announcement", self.notice["id"])
        self.wrong = {
            "nobody's": str(uuid.uuid4()),
            "another institution's picture": upload(self.b, "product", foreign["id"]),
            "another institution's logo": upload(self.b, "institution", self.b.institution_id, "logo"),
            "an own certificate": upload(self.a, "qualification", ours["id"], "certificate"),
            "evidence as a picture": upload(self.a, "institution", self.a.institution_id, "evidence"),
            "another announcement's": upload(self.admin, "announcement", other["id"]),
        }

    def path(self, kind):
        return {"institution": f"/api/v1/institutions/{self.a.institution_id}", "product": f"/api/v1/products/{self.product['id']}",
                "announcement": f"/api/v1/announcements/{self.notice['id']}"}[kind]

    def change(self, visitor, kind, **values):
        return visitor.patch(self.path(kind), values, if_match=visitor.get(self.path(kind)).etag)


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui"))


@pytest.fixture(scope="module")
def world(network):
    return World(network)


def image(file):
    return [{"type": "paragraph", "text": "一"}, {"type": "image", "file": file}]


# Each field that holds a file: whose record, what a value with a file looks like, where the fault is named, and what may be there.
FIELDS = {
    "logo": ("institution", lambda id: {"logo": id}, "/logo", "logo"),
    "pictures": ("product", lambda id: {"pictures": [{"id": id, "size": "small"}]}, "/pictures/0", "picture"),
    "pictures by id alone": ("product", lambda id: {"pictures": [id]}, "/pictures/0", "picture"),
    "rich text": ("product", lambda id: {"description": image(id)}, "/description/1/file", "picture"),
    "an announcement": ("announcement", lambda id: {"body": image(id)}, "/body/1/file", "poster"),
    "a form's file": ("institution", lambda id: {"extra": {"licence": id}}, "/extra/licence", "paper"),
    "a form's list of files": ("institution", lambda id: {"extra": {"proofs": [id]}}, "/extra/proofs/0", "paper"),
}


@pytest.fixture
def with_form(network, tmp_path):
    file, changed = ROOT / "config" / "platforms" / "lishui.yaml", tmp_path / "lishui.yaml"
    changed.write_text(file.read_text(encoding="utf-8") + FORM, encoding="utf-8")
    network.installation.ctl("platform", "update", changed)
    meta = lambda: "licence" in network.visit("lishui").get("/api/v1/meta").text
    eventually(meta)
    yield
    network.installation.ctl("platform", "update", file)


def put(visitor, record, id, purpose):
    return visitor.put("/api/v1/attachments", body=png(), content_type="image/png",
                       query={"record_type": record, "record_id": id, "purpose": purpose, "file_name": "图.png"})


def test_to_read_a_record_is_not_to_upload_to_it(world):
    reviewer = world.network.desk("lishui", "reviewer")
    reviewer.get(f"/api/v1/products/{world.product['id']}").expect(200)
    put(reviewer, "product", world.product["id"], "picture").refused(403, "forbidden")
    put(reviewer, "announcement", world.notice["id"], "picture").refused(403, "forbidden")
    reviewer.delete(f"/api/v1/attachments/{world.picture}").refused(403, "forbidden")
    put(reviewer, "institution", world.a.institution_id, "evidence").expect(201)
    for record, id in (("product", world.product["id"]), ("institution", world.a.institution_id)):
        fault, = put(world.a, record, id, "certificate").refused(422, "invalid").json["errors"]
        assert fault["pointer"] == "/purpose" and fault["zh"] and fault["en"]
    put(world.b, "product", world.product["id"], "picture").refused(404)
    declared = {record["name"]: record for record in world.a.get("/api/v1/meta").expect(200).json["records"]}
    pictures = next(one for one in declared["product"]["files"] if one["purpose"] == "picture")
    assert pictures["kinds"] == ["image"] and pictures["megabytes"] == 5 and pictures["open_to_me"]


@pytest.mark.parametrize("name", FIELDS)
def test_only_the_callers_own_file_for_that_very_purpose(world, name, with_form):
    kind, value, pointer, good = FIELDS[name]
    visitor = world.admin if kind == "announcement" else world.a
    swapped = {"own, of another purpose": world.logo if good != "logo" and kind != "institution" else world.picture}
    any_own = ("an own certificate", "evidence as a picture") if name.startswith("a form's") else ()
    for what, file in {**world.wrong, **swapped}.items():
        if what == "evidence as a picture" and any_own:
            continue  # of the institution itself: a form takes any purpose
        answer = world.change(visitor, kind, **value(file))
        assert answer.status == 422 and [(e["pointer"], e["code"]) for e in answer.json["errors"]] == [(pointer, "file")], (what, answer)
    world.change(visitor, kind, **value(getattr(world, good))).expect(200)
    # What is there stays good, whatever else changes.
    world.change(visitor, kind, **({"title": "公告标题二"} if kind == "announcement" else {"name": "附件测试服务二"} if kind == "product" else {"address": "一号"})).expect(200)


def test_a_new_record_takes_no_foreign_file_either(world):
    for file in world.wrong.values():
        world.a.post("/api/v1/products", {**PRODUCT, "pictures": [{"id": file, "size": "small"}]}).refused(422)
        world.a.post("/api/v1/products", {**PRODUCT, "description": image(file)}).refused(422)
    world.a.post("/api/v1/products", {**PRODUCT, "pictures": {"id": world.picture}}).refused(422)
    cover = upload(world.a, "product", world.product["id"])
    made = world.a.post("/api/v1/products", {**PRODUCT, "pictures": [{"id": cover, "size": "small"}]}).expect(201).json
    world.a.post(f"/api/v1/products/{made['id']}/copy").expect(201)


def test_no_file_by_way_of_a_correction(world, network):
    network.desk("hangzhou").post("/api/v1/corrections", {"institution_id": world.a.institution_id, "reason": "换标志",
                                                          "changes": {"logo": world.wrong["another institution's logo"]}}).refused(422)


@contextmanager
def readers_held(network, seconds=3):
    """No platform comes on in another's log meanwhile."""
    thread = threading.Thread(target=network.installation.sql, args=(
        f"START TRANSACTION; SELECT * FROM log_cursor FOR UPDATE; SELECT SLEEP({seconds}); COMMIT",))
    thread.start()
    eventually(lambda: network.installation.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'") == [["1"]])
    yield
    assert thread.is_alive(), "the machine was too slow for this"
    thread.join()


def test_a_file_in_use_stays_and_says_where(world, network):
    world.change(world.a, "product", pictures=[{"id": world.picture, "size": "small"}], description=image(world.second)).expect(200)
    world.change(world.a, "institution", logo=world.logo).expect(200)
    name = world.a.get(world.path("product")).json["name"]
    for file, where in ((world.picture, name), (world.second, name), (world.logo, "机构")):
        answer = world.a.delete(f"/api/v1/attachments/{file}", key=None).refused(409)
        assert answer.json["code"] == "file-in-use" and where in answer.json["detail"], answer
    # Live on a shelf in an older version: still in use there.
    world.a.post("/api/v1/products/publish", {"products": [world.product["id"]], "platforms": ["hangzhou"]}).expect(200)
    shown = eventually(lambda: (found := listing(world, "hangzhou")) and found["live"] and found)
    visitor = network.visit("hangzhou")
    address = lambda file: f"/api/v1/portal/listings/{shown['id']}/pictures/{file}/small"
    for file in (world.picture, world.second):
        answer = visitor.get(address(file)).expect(200)
        assert "immutable" not in answer.headers["Cache-Control"]
        network.desk("hangzhou").get(f"/api/v1/attachments/{file}/content").expect(200)
    with readers_held(network):
        world.change(world.a, "product", pictures=[], description=None).expect(200)
        answer = world.a.delete(f"/api/v1/attachments/{world.picture}", key=None).refused(409)
        assert "上架" in answer.json["detail"], answer  # no product holds it any more
    eventually(lambda: visitor.get(address(world.picture)).status == 404)
    eventually(lambda: world.a.delete(f"/api/v1/attachments/{world.picture}", key=None).status == 204)
    eventually(lambda: network.installation.sql(f"SELECT COUNT(*) FROM attachment WHERE id = UNHEX('{world.picture.replace('-', '')}')") == [["0"]])
    world.change(world.a, "product", summary="删除图片之后仍能保存").expect(200)
    world.picture = upload(world.a, "product", world.product["id"])


def listing(world, slug):
    rows = world.network.desk(slug).get("/api/v1/listings", query={"product_id": world.product["id"]}).expect(200).json["items"]
    return rows[0] if rows else None


def test_taken_and_removed_at_the_same_time(world):
    """Either the record holds it or it is gone, never both."""
    for _ in range(6):
        file = upload(world.a, "product", world.product["id"])
        etag = world.a.get(world.path("product")).etag
        take = lambda: world.a.copy().patch(world.path("product"), {"pictures": [{"id": file, "size": "small"}]}, if_match=etag)
        drop = lambda: world.a.copy().delete(f"/api/v1/attachments/{file}", key=None)
        taken, dropped = together(2, lambda i: (take, drop)[i]())
        assert (taken.status, dropped.status) in ((200, 409), (422, 204)), (taken, dropped)
    world.change(world.a, "product", pictures=[]).expect(200)


def test_public_only_while_and_where_a_record_shows_it(world, network):
    world.change(world.a, "institution", logo=world.logo).expect(200)
    visitor = network.visit("hangzhou")
    logo = f"/api/v1/portal/institutions/{world.a.institution_id}/logo/small"
    eventually(lambda: visitor.get(logo).status == 200)
    shown = listing(world, "hangzhou")
    row = shown["id"].replace("-", "")
    # A home that lies: the shelf shows nothing but pictures of that institution, whatever a listing or a profile names.
    for file in world.wrong.values():
        for content in (f'{{"name":"x","pictures":["{file}"]}}', f'{{"name":"x","description":[{{"type":"image","file":"{file}"}}]}}'):
            for slug in ("hangzhou",):
                network.installation.sql(f"UPDATE listing SET content = '{content}', live = 1, phase = 'active' WHERE id = UNHEX('{row}') AND home_id = platform_id")
                network.visit(slug).get(f"/api/v1/portal/listings/{shown['id']}/pictures/{file}/small").refused(404)
        network.installation.sql(f"UPDATE institution SET logo = UNHEX('{file.replace('-', '')}') WHERE id = UNHEX('{world.a.institution_id.replace('-', '')}') "
                                 f"AND home_id <> platform_id")
        visitor.get(logo).refused(404)


def test_an_announcements_picture_is_public_with_it(world, network):
    visitor, id = network.visit("lishui"), world.notice["id"]
    world.change(world.admin, "announcement", body=image(world.poster)).expect(200)
    address = f"/api/v1/portal/announcements/{id}/pictures/{world.poster}/medium"
    visitor.get(address).refused(404)
    fire = lambda event: world.admin.post(f"{world.path('announcement')}/events", {"event": event}, if_match=world.admin.get(world.path("announcement")).etag).expect(200)
    fire("publish")
    visitor.get(address).expect(200)
    other = world.wrong["another announcement's"]
    visitor.get(f"/api/v1/portal/announcements/{id}/pictures/{other}/medium").refused(404)
    world.admin.delete(f"/api/v1/attachments/{world.poster}", key=None).refused(409)
    fire("withdraw")
    visitor.get(address).refused(404)


@pytest.mark.parametrize("many", [1, 10])
def test_copies_of_a_deleted_qualification_go_with_it(world, network, many):
    """many: so many edits before a reader comes that the copies are applied in bulk."""
    made = [world.a.post("/api/v1/qualifications", {"kind": "iso", "name": f"待删资质{n}"}).expect(201).json for n in range(2)]
    files = [upload(world.a, "qualification", one["id"], "certificate") for one in made]
    count = lambda table, ids: int(network.installation.sql(f"SELECT COUNT(*) FROM {table} WHERE id IN ({','.join(hexed(i) for i in ids)})")[0][0])
    ids = [one["id"] for one in made]
    eventually(lambda: count("qualification", ids) == 6 and count("attachment", files) == 6)
    assert network.desk("zhejiang").get(f"/api/v1/attachments/{files[0]}/content").status == 200
    gone = world.a.get(f"/api/v1/qualifications/{ids[0]}")
    if many == 1:
        world.a.delete(f"/api/v1/qualifications/{ids[0]}", if_match=gone.etag).expect(204)
    else:
        with readers_held(network):
            world.b.post("/api/v1/qualifications", {"kind": "iso", "name": "先到的一条"}).expect(201)
            time.sleep(0.3)  # it is under way alone; what follows comes in one go
            world.a.delete(f"/api/v1/qualifications/{ids[0]}", if_match=gone.etag).expect(204)
            for n in range(many):
                world.b.post("/api/v1/qualifications", {"kind": "iso", "name": f"批量{n}"}).expect(201)
            assert count("qualification", ids) == 5
    eventually(lambda: count("qualification", ids) == 3 and count("attachment", files) == 3)
    for slug in ("hangzhou", "zhejiang"):
        desk = network.desk(slug)
        desk.get(f"/api/v1/qualifications/{ids[0]}").refused(404)
        desk.get(f"/api/v1/attachments/{files[0]}/content").refused(404)
        desk.get(f"/api/v1/qualifications/{ids[1]}").expect(200)


def hexed(id):
    return "0x" + id.replace("-", "")


@pytest.mark.parametrize("name,kept", [("图" * 200 + ".jpeg", "图" * 155 + ".jpeg"), ("a" * 1000, "a" * 160), ("x." + "y" * 400, "x." + "y" * 158),
                                       ("𠮷" * 161 + ".p", "𠮷" * 158 + ".p"), ("短.png", "短.png")], ids=range(5))
def test_long_names_are_shortened(world, name, kept):
    made = world.a.put("/api/v1/attachments", body=png(), content_type="image/png", query={
        "record_type": "institution", "record_id": world.a.institution_id, "purpose": "evidence", "file_name": name}).expect(201).json
    assert made["file_name"] == kept
