"""Nobody judges their own case (tenants/account/person.h): a person is recognised by account, mobile and external identity, whatever the kind
of account and wherever it is. A platform's staff never have the account that applied or recommended, so it is always another one."""

import pytest

import people
from harness import eventually
from network import PLATFORMS, Network

MOBILES = iter(range(13700000001, 13700001000))


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, (*PLATFORMS, "hunan", "changsha"))


def reviewer(network, slug, user_name, mobile):
    """One of the platform's desk, with a mobile that an administrator knows."""
    made = network.desk(slug, "system_admin").post("/api/v1/accounts", {"user_name": user_name, "name": "审核员", "mobile": mobile}).expect(201).json
    network.desk(slug, "security_admin").put(f"/api/v1/accounts/{made['id']}/roles", {"roles": ["reviewer"]}).expect(200)
    visitor = network.visit(slug)
    visitor.post("/api/v1/auth/link", {"token": people.token_of(made["link"]), "password": people.PASSWORD}).expect(200)
    return visitor


def account_of(visitor):
    return visitor.get("/api/v1/account").expect(200).json["id"]


def waiting(visitor, row):
    """Whether it is among what waits for them; the badge counts what the list shows."""
    shown = visitor.get("/api/v1/workbench/todo", query={"limit": 100}).expect(200).json["items"]
    counted = visitor.get("/api/v1/workbench/counts").expect(200).json["waiting"]
    assert counted == len(shown), (counted, shown)
    return row["id"] in [one["id"] for one in shown]


def must_not_judge(network, slug, person, case):
    """Neither claims nor decides, in any way; nor may somebody give the case to them, nor is it shown as theirs to do. Others may."""
    assert not waiting(person, case) and waiting(network.desk(slug), case)
    path = f"/api/v1/cases/{case['id']}"
    told = person.post(f"{path}/claim").refused(403).json
    assert "回避" in str(told), told
    version = person.get(path).expect(200).etag
    for event in ("approve", "refuse"):
        network.fire(slug, case, event, person, reason="理由").refused(403)
    for condition in person.get(f"{path}/detail").expect(200).json["conditions"]:
        person.post(f"{path}/judge", {"condition": condition["id"], "result": "met", "reason": "可以"}, if_match=version).refused(403)
    person.post(f"{path}/supplement", {"items": [{"addressee": "institution", "item": "年报", "question": "请说明"}]},
                if_match=version).refused(403)
    batch = person.post("/api/v1/cases/decide", {"event": "approve", "items": [{"id": case["id"]}]}).expect(200).json["results"]
    assert batch[0]["problem"]["code"] == "forbidden", batch
    admin = network.desk(slug, "platform_admin")
    fault = admin.post(f"{path}/reassign", {"account_id": account_of(person), "reason": "请办理"}).refused(422).json["errors"]
    assert [one["pointer"] for one in fault] == ["/account_id"], fault
    shown = person.get(path).expect(200).json
    assert shown["phase"] == "waiting" and not shown.get("claimed_by"), shown
    network.desk(slug).post(f"{path}/claim").expect(200)
    network.approve(slug, case)


def test_who_recommended_in_the_city_does_not_decide_in_the_province(network):
    mobile = str(next(MOBILES))
    network.desks["lishui", "reviewer", ""] = reviewer(network, "lishui", "in_the_city", mobile)
    person = reviewer(network, "zhejiang", "in_both", mobile)
    institution, other = network.member("lishui", "331102"), network.member("hangzhou", "330106")
    network.recommend("lishui", institution).expect(201)
    network.recommend("hangzhou", other).expect(201)
    must_not_judge(network, "zhejiang", person, network.case("zhejiang", institution.uscc))
    # What somebody else recommended is theirs to judge.
    network.fire("zhejiang", network.case("zhejiang", other.uscc), "approve", person).expect(200)


def test_an_external_identity_tells_as_much(network, installation):
    city, person = network.desk("hangzhou"), network.desk("zhejiang", "reviewer", "by_identity")
    for slug, visitor in (("hangzhou", city), ("zhejiang", person)):
        installation.sql("INSERT INTO external_identity (platform_id, provider, subject, account_id, bound_at) "
                         f"SELECT id, 'zj96871', 'person-7', UNHEX(REPLACE('{account_of(visitor)}', '-', '')), NOW(3) "
                         f"FROM tenant WHERE slug = '{slug}'")
    institution = network.member("hangzhou", "330106")
    network.recommend("hangzhou", institution).expect(201)
    must_not_judge(network, "zhejiang", person, network.case("zhejiang", institution.uscc))


def test_an_institutions_person_does_not_decide_its_case_here_or_above(network):
    institution = network.register("lishui", "331102")
    person = reviewer(network, "lishui", "of_it", institution.mobile)
    institution.post("/api/v1/applications", {"platform": "lishui", "statement": "申请入驻", "consent": True}).expect(201)
    must_not_judge(network, "lishui", person, network.case("lishui", institution.uscc))
    above = reviewer(network, "zhejiang", "of_it", institution.mobile)
    network.recommend("lishui", institution).expect(201)
    must_not_judge(network, "zhejiang", above, network.case("zhejiang", institution.uscc))


def test_nor_puts_its_listings_on_the_shelf(network):
    institution = network.member("changsha", "430102")
    person = reviewer(network, "changsha", "of_its_shelf", institution.mobile)
    product = institution.post("/api/v1/products", {"name": "技术咨询服务", "category": "innovation", "pricing": "fixed", "price": 250000,
                                                    "summary": "为中小企业提供技术咨询"}).expect(201).json
    institution.post("/api/v1/products/publish", {"products": [product["id"]], "platforms": ["changsha"]}).expect(200)
    row = eventually(lambda: person.get("/api/v1/listings", query={"product_id": product["id"]}).expect(200).json["items"])[0]
    assert not waiting(person, row) and waiting(network.desk("changsha"), row)
    path = f"/api/v1/listings/{row['id']}"
    version = person.get(path).expect(200).etag
    for event in ("approve", "return", "refuse"):
        person.post(f"{path}/events", {"event": event, "reason": "理由"}, if_match=version).refused(403)
    network.desk("changsha").post(f"{path}/events", {"event": "approve"}, if_match=version).expect(200)


def test_marks_tell_nothing_outside_their_request(network, installation):
    marks = [row[0] for row in installation.sql("SELECT author_marks FROM case_source WHERE author_marks <> ''")]
    single = [mark for row in marks for mark in row.split(",")]
    assert len(single) > 3 and len(set(single)) == len(single), single
