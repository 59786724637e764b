"""qiliand killed with -9 in the middle of a transfer, at each side and at several of its steps: it has not moved, or it moves whole; nothing is
there twice and nothing is lost."""

import pytest

from harness import eventually
from network import Network
from test_institutions import png
from test_publication import create
from test_transfer import arrived, ask, at, fire, nothing_parked, user_name

# Where the database is slowed so that the kill meets it: at the old home what goes is written and then dropped, at the new one it is taken.
STEPS = (("log_entry", "INSERT", "NEW.kind = 'transfer.content'"), ("transfer", "UPDATE", "NEW.moved_at IS NOT NULL"), ("account", "UPDATE", "NEW.state = 'closed'"),
         ("product", "DELETE", "TRUE"), ("attachment", "INSERT", "TRUE"), ("product", "INSERT", "TRUE"), ("account", "INSERT", "TRUE"))


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui"))


def rows(network, institution, table, more="TRUE"):
    """[platform, id] of all there is of it, on any platform that has it as its own."""
    raw = institution.institution_id.replace("-", "")
    return network.installation.sql(f"SELECT t.slug, HEX(r.id) FROM {table} r JOIN tenant t ON t.id = r.platform_id WHERE r.institution_id = UNHEX('{raw}') AND {more} ORDER BY 1, 2")


OWN = (("product", "TRUE"), ("account", "r.state <> 'closed'"), ("attachment", "r.home_id = r.platform_id"), ("qualification", "r.home_id = r.platform_id"))


def belongings(network, institution):
    return {table: rows(network, institution, table, more) for table, more in OWN}


def register_says(network, institution):
    raw = institution.institution_id.replace("-", "")
    return network.installation.sql(f"SELECT t.slug FROM identity i JOIN tenant t ON t.id = i.home WHERE i.institution_id = UNHEX('{raw}')")[0][0]


def entries(network, institution):
    """How often the log says that it went, and that it arrived."""
    raw = institution.institution_id.replace("-", "")
    return dict(network.installation.sql("SELECT kind, COUNT(*) FROM log_entry WHERE kind IN ('transfer.moved', 'transfer.arrived') "
                                         f"AND (record_id = UNHEX('{raw}') OR payload LIKE '%{institution.institution_id}%') GROUP BY kind"))


@pytest.mark.parametrize("table,change,when", STEPS)
def test_not_moved_or_moved_whole(network, server, table, change, when):
    sql = network.installation.sql
    institution = network.register("lishui", "331102")
    products = [create(institution, name=f"随迁产品 {n}") for n in range(2)]
    institution.put("/api/v1/attachments", body=png(8, 8), content_type="image/png", query={
        "record_type": "product", "record_id": products[0]["id"], "purpose": "picture", "file_name": "a.png"}).expect(200, 201)
    institution.post("/api/v1/qualifications", {"kind": "licence", "name": "营业执照", "number": "X1"}).expect(201)
    name, before = user_name(network, institution), belongings(network, institution)
    assert [len(before[table]) for table, _ in OWN] == [2, 1, 1, 1], before
    sent = ask(institution, "hangzhou").expect(201).json
    arrived(network.desk("hangzhou"), sent["id"])
    sql(f"CREATE TRIGGER slow BEFORE {change} ON `{table}` FOR EACH ROW DO IF({when}, SLEEP(0.8), 0)")
    try:
        fire(network.desk("hangzhou"), sent["id"], "accept").expect(200)
        eventually(lambda: sql("SELECT 1 FROM information_schema.processlist WHERE state = 'User sleep'"), 15)
        server.kill()
        eventually(lambda: not sql("SELECT 1 FROM information_schema.innodb_trx"), 30, 0.3)  # the table is not renewed while it is read more often
        home, left = register_says(network, institution), belongings(network, institution)
        if home == "lishui":  # not moved: all of it is where it was, and no log says otherwise
            assert left == before and not entries(network, institution)
        else:  # it is on its way: the old home has nothing of it, the new one all or nothing
            moved = {key: [["hangzhou", id] for _, id in value] for key, value in before.items()}
            assert left in (moved, {key: [] for key in moved}), left
    finally:
        sql("DROP TRIGGER slow")
        if server.killed:
            server.start()
    eventually(lambda: network.desk("hangzhou").get(f"/api/v1/transfers/{sent['id']}").expect(200).json["phase"] == "moved", 30)
    eventually(lambda: belongings(network, institution) == {key: [["hangzhou", id] for _, id in value] for key, value in before.items()}, 15)
    assert register_says(network, institution) == "hangzhou" and entries(network, institution) == {"transfer.moved": "1", "transfer.arrived": "1"}
    there = at(network, "hangzhou", institution, name)
    items = there.get("/api/v1/products").expect(200).json["items"]
    assert sorted((one["id"], one["number"]) for one in items) == sorted((one["id"], one["number"]) for one in products)
    titles = [message["title"] for message in there.get("/api/v1/messages").expect(200).json["items"]]
    assert titles.count("机构已迁入") == 1, titles
    nothing_parked(network)
