"""What is counted before it is added (tenants/platform/limit.h, limit_line_up): of many at once no more get in than one after the other would."""

import pytest

from harness import together
from network import Network
from test_hostile import png


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "lishui"))


@pytest.fixture(scope="module")
def owner(network):
    return network.member("lishui", "331102")


def at_once(visitor, count, ask):
    copies = [visitor.copy() for _ in range(count)]
    return [answer.status for answer in together(count, lambda i: ask(copies[i], i))]


def until_full(visitor, ask, most):
    """How many get in at once, and what one more is told."""
    made = 0
    for _ in range(most):
        statuses = at_once(visitor, 8, lambda copy, i: ask(copy, made * 100 + i))
        assert set(statuses) <= {201, 409, 503}, statuses
        made += statuses.count(201)
        if 409 in statuses:
            return made
    return made


def test_api_keys(network, owner):
    assert until_full(owner, lambda copy, i: copy.post("/api/v1/api-keys", {"name": f"key {i}"}), 20) == 20


def test_files_of_a_record(network, owner):
    product = owner.post("/api/v1/products", {"name": "许多图片的产品", "category": "policy", "pricing": "negotiable"}).expect(201).json
    query = {"record_type": "product", "record_id": product["id"], "purpose": "picture", "file_name": "a.png"}
    send = lambda copy, i: copy.put("/api/v1/attachments", body=png(8, 8), content_type="image/png", query=query)  # noqa: E731
    send(owner, 0).expect(201)
    id_sql = f"UNHEX('{product['id'].replace('-', '')}')"
    columns = [name for name, in network.installation.sql("SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
               " AND table_name = 'attachment' AND column_name <> 'id' AND extra NOT LIKE '%GENERATED%'")]
    network.installation.sql(f"INSERT INTO attachment (id, {', '.join(columns)}) SELECT UNHEX(MD5(seq)), {', '.join('a.' + c for c in columns)}"
                             f" FROM attachment a JOIN seq_1_to_55 WHERE a.record_id = {id_sql}")
    until_full(owner, send, 8)
    assert int(network.installation.sql(f"SELECT COUNT(*) FROM attachment WHERE record_id = {id_sql}")[0][0]) == 60


def test_sub_accounts(network, owner):
    ask = lambda copy, i: copy.post("/api/v1/sub-accounts", {"user_name": f"sub_of_many_{i}", "mobile": f"1371{i:07d}", "permissions": []})  # noqa: E731
    made = until_full(owner, ask, 20)
    rows = network.installation.sql("SELECT COUNT(*) FROM account WHERE user_name LIKE 'sub_of_many_%'")
    assert made == int(rows[0][0]) == LIMIT


LIMIT = 20
