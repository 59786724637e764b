"""Invitations (ZJ-6): issued one by one or by a list, delivered, redeemed once, told apart only to whom they are meant for."""

import csv
import io
import re

import pytest

from harness import eventually, together
from network import Network, uscc


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


def invite(network, institution, **more):
    values = {"uscc": institution.uscc, "name": "受邀机构", "contact_name": "王联系", "contact_mobile": institution.mobile, **more}
    return network.desk("zhejiang").post("/api/v1/invitations", values)


def redeem(visitor, code):
    return visitor.post("/api/v1/invitations/redeem", {"code": code, "consent": True})


def test_a_code_admits_at_once_without_a_city(network, sms):
    institution = network.register("lishui", "331102")
    sms.clear()
    issued = invite(network, institution).expect(201).json
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}", issued["code"]) and issued["code"] in issued["link"]
    assert issued["qr"].startswith("<svg ") and issued["qr"].endswith("</svg>") and issued["code"] not in issued["qr"]
    assert issued["code"] in sms.wait(institution.mobile).fields["text"]
    listed = network.desk("zhejiang").get(f"/api/v1/invitations/{issued['id']}").expect(200)
    assert issued["code"] not in listed.text and issued["code"].replace("-", "") not in listed.text
    done = redeem(institution, issued["code"].lower().replace("-", " ")).expect(200).json
    assert done["state"] == "redeemed" and done["platform"] == "zhejiang"
    eventually(lambda: network.standing(institution, "zhejiang") == "active")
    again = redeem(institution, issued["code"]).refused(409)
    assert again.json["outcome"] == "used"


def test_the_delivery_state_follows_the_notice(network):
    institution = network.register("lishui", "331102")
    issued = invite(network, institution).expect(201).json
    shown = eventually(lambda: (row := network.desk("zhejiang").get(f"/api/v1/invitations/{issued['id']}").json)["delivery"] == "sent" and row, 15)
    assert shown["phase"] == "delivered"


def test_a_wrong_check_character_is_told_at_once(network):
    institution = network.register("lishui", "331102")
    code = invite(network, institution).expect(201).json["code"]
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    redeem(institution, wrong).refused(422, "invite-code-check")
    redeem(institution, "12").refused(422, "invite-code-check")


def test_all_but_the_owner_get_one_answer(network):
    owner, other = network.register("lishui", "331102"), network.register("lishui", "331102")
    issued = invite(network, owner).expect(201).json
    foreign = redeem(other, issued["code"]).refused(422, "invite-code")
    desk = network.desk("zhejiang")
    version = desk.get(f"/api/v1/invitations/{issued['id']}").etag
    desk.post(f"/api/v1/invitations/{issued['id']}/events", {"event": "revoke", "reason": "不再需要"}, if_match=version).expect(200)
    revoked = redeem(other, issued["code"]).refused(422, "invite-code")
    assert {k: v for k, v in foreign.json.items() if k != "request_id"} == {k: v for k, v in revoked.json.items() if k != "request_id"}
    assert redeem(owner, issued["code"]).refused(409).json["outcome"] == "revoked"


def test_a_code_is_bound_to_its_institution_on_the_inviting_platform_too(network):
    """Where the institution is at home on the platform that invites there is no log between, and a second way to look the code up."""
    owner, other = network.register("zhejiang", "331102"), network.register("zhejiang", "331102")
    code = invite(network, owner).expect(201).json["code"]
    redeem(other, code).refused(422, "invite-code")
    assert not other.get("/api/v1/memberships").expect(200).json["items"]
    redeem(owner, code).expect(200)
    assert redeem(owner, code).refused(409).json["outcome"] == "used"
    redeem(other, code).refused(422, "invite-code")


def test_reissuing_voids_the_old_code(network):
    institution = network.register("lishui", "331102")
    desk = network.desk("zhejiang")
    first = invite(network, institution).expect(201).json
    invite(network, institution).refused(422)
    institution.post("/api/v1/invitations/request-again", {}).expect(202)
    eventually(lambda: desk.get(f"/api/v1/invitations/{first['id']}").json["requested_again_at"])
    second = desk.post(f"/api/v1/invitations/{first['id']}/reissue").expect(201).json
    assert second["code"] in second["link"] and second["qr"].startswith("<svg ") and second["qr"] != first["qr"]
    assert redeem(institution, first["code"]).refused(409).json["outcome"] == "void"
    assert redeem(institution, second["code"]).expect(200).json["state"] == "redeemed"
    old = desk.get(f"/api/v1/invitations/{first['id']}").json
    assert old["phase"] == "void" and old["replaced_by"] == second["id"]


def test_a_code_asked_for_anew_where_nobody_was_invited(network):
    """The desk hears who would like one, once however often that asks; and may invite."""
    institution, desk = network.register("lishui", "331102"), network.desk("zhejiang")
    mine = lambda: [one for one in desk.get("/api/v1/messages", query={"limit": 200}).expect(200).json["items"] if institution.uscc in one["body"]]
    for _ in range(3):
        institution.post("/api/v1/invitations/request-again", {}).expect(202)
    told = eventually(mine)
    redeem(institution, invite(network, institution).expect(201).json["code"]).expect(200)  # what was asked is read by now
    assert len(mine()) - len([one for one in mine() if "已使用" in one["body"]]) == 1, mine()
    assert told[0]["title"] == "机构希望获得邀约" and "没有为其签发" in told[0]["body"] and "no open invitation" in told[0]["body_en"]
    assert not told[0]["record_id"], told[0]


def test_an_expired_code(network, installation):
    institution = network.register("lishui", "331102")
    issued = invite(network, institution).expect(201).json
    installation.sql(f"UPDATE invitation SET expires_at = '2020-01-01' WHERE id = UNHEX(REPLACE('{issued['id']}', '-', ''))")
    assert redeem(institution, issued["code"]).refused(409).json["outcome"] == "expired"
    eventually(lambda: network.desk("zhejiang").get(f"/api/v1/invitations/{issued['id']}").json["phase"] == "expired", 15)


def test_guesses_are_limited(network):
    institution = network.register("lishui", "331102")
    other = network.register("lishui", "331102")
    code = invite(network, other).expect(201).json["code"]
    answers = [redeem(institution, code) for _ in range(12)]
    assert answers[0].status == 422 and answers[-1].status == 429 and int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize("home", ["lishui", "zhejiang"])
def test_redeemed_once_by_two_hundred_at_once(network, home):
    """Through the log from a city, and directly on the platform that gave it."""
    institution = network.register(home, "331102" if home == "lishui" else "330102")
    code = invite(network, institution).expect(201).json["code"]
    answers = together(200, lambda i: redeem(institution.copy(), code))
    states = [answer.json.get("state") or answer.json.get("outcome") or answer.code for answer in answers]
    assert states.count("redeemed") == 1, {state: states.count(state) for state in set(states)}
    assert set(states) <= {"redeemed", "used", "member", "sent", "unavailable", "busy", "queue-full"}, set(states)
    eventually(lambda: network.standing(institution, "zhejiang") == "active")
    entries = network.installation.sql("SELECT COUNT(*) FROM log_entry e JOIN membership m ON m.platform_id = e.platform_id AND m.id = e.record_id "
                                       f"WHERE e.kind = 'membership.admit' AND m.uscc = '{institution.uscc}' AND m.home_id = m.platform_id")
    assert entries == [["1"]]


def test_lists_find_as_the_portal_does(network):
    """By eye: width, case, accents and order of the words make no difference, rare characters and signs do; blanks ask for nothing."""
    tag = f"寻{uscc('330106')[-6:]}"
    names = ("𠮷祥", "𠮸祥", "🚀营", "🎉营", "ISO9001所", "Café館", "阿不都·热合曼", "100%_服务")
    desk = network.desk("zhejiang")
    for name in names:
        desk.post("/api/v1/invitations", {"uscc": uscc("330106"), "name": f"{tag} {name}", "contact_mobile": "13800000009"}).expect(201)
    for text, want in ((f"{tag} 𠮷", ["𠮷祥"]), (f"{tag}\u3000𠮸", ["𠮸祥"]), (f"🚀 {tag}", ["🚀营"]), (f"{tag} ＩＳＯ９００１", ["ISO9001所"]), (f"{tag.lower()} iso", ["ISO9001所"]), (f"{tag} cafe", ["Café館"]),
                       (f"{tag} CAFÉ", ["Café館"]), (f"{tag} 館", ["Café館"]), (f"\u202d{tag}\u202c 阿不都热合曼\ufeff", ["阿不都·热合曼"]), (f"{tag} 100%", ["100%_服务"]), (f"{tag} 1%服", []), (f"{tag} 0__", []),
                       (f"{tag} nothing", []), (f" {tag} \u00a0", list(names)), (f"{tag} a b c d e f g h i", [])):
        found = desk.get("/api/v1/invitations", query={"q": text, "limit": 100}).expect(200).json["items"]
        assert sorted(item["name"].split(" ", 1)[1] for item in found) == sorted(want), text
    for path, name in (("invitations", "q"), ("case-queue", "q"), ("certified-institutions", "q"), ("workbench/todo", "name"), ("memberships", "q")):
        every = desk.get(f"/api/v1/{path}", query={"limit": 100}).expect(200).json["items"]
        for blank in (" ", "\u3000", "\u200b", "\u00a0\ufeff"):
            assert len(desk.get(f"/api/v1/{path}", query={name: blank, "limit": 100}).expect(200).json["items"]) == len(every), (path, ascii(blank))
        assert desk.get(f"/api/v1/{path}", query={name: "𠮷🚀 不存在 é"}).expect(200).json["items"] == [], path


def sheet(rows, encoding="utf-8"):
    head = "统一社会信用代码,机构名称,联系人,手机,邮箱,附言\r\n"
    return (head + "".join(",".join(row) + "\r\n" for row in rows)).encode(encoding)


def upload(network, body, **query):
    return network.desk("zhejiang").post("/api/v1/invitations/import", body=body, content_type="text/csv", query=query, key=None)


def faults_of(answer):
    """The last column of each row of a list that came back."""
    assert answer.status == 422 and answer.headers["Content-Type"].startswith("text/csv"), answer
    return [row[-1] for row in csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))][1:]


def test_a_list_with_faults_comes_back_marked_and_stores_nothing(network):
    good = uscc("330106")
    rows = [(good, "好机构", "张三", "13800000001", "", ""), ("91330106MA27XXXXX0", "坏代码", "李四", "13800000002", "", ""),
            (good, "重复机构", "王五", "13800000003", "", ""), (uscc("330106"), "无联系方式", "赵六", "", "", "")]
    for encoding in ("utf-8", "gb18030"):
        answer = upload(network, sheet(rows, encoding))
        assert answer.status == 422 and answer.headers["Content-Type"].startswith("text/csv"), answer
        lines = answer.body.decode("utf-8-sig").splitlines()
        assert lines[0].endswith("问题") and lines[1].endswith(",") and "重复" in lines[3] and not lines[4].endswith(","), lines
    found = network.desk("zhejiang").get("/api/v1/invitations", query={"uscc": good}).expect(200).json["items"]
    assert found == []


def test_every_fault_of_a_row_is_marked(network):
    good = uscc("330106")
    rows = [(good, "好机构", "张" * 61, "1380000", "bad", "言" * 501), ("", "甲" * 300, "李四", "13800000002", "", ""), (good, "", "王五", "138 0000 0003", "", "")]
    first, second, third = faults_of(upload(network, sheet(rows, "gb18030")))
    assert all(word in first for word in ("联系人：", "手机", "邮箱", "附言")), first
    assert "统一社会信用代码：必填" in second and "机构名称：" in second, second
    assert "机构名称：必填" in third and "与第 2 行重复" in third, third


FILES = {
    "utf-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "GB18030": lambda text: text.encode("gb18030"),
    "Unicode text": lambda text: text.replace(",", "\t").encode("utf-16"),
    "sep=": lambda text: ("sep=;\r\n" + text.replace(",", ";")).encode("gb18030"),
    "CR": lambda text: text.replace("\r\n", "\r").encode(),
    "texts of digits": lambda text: text.replace("13800002001", '="13800002001"').encode(),
    "a title above": lambda text: ("2026 年邀约名单,,,,,\r\n" + text).encode(),
    "blank rows": lambda text: text.replace("\r\n", "\r\n,,\u3000,,\u200b,\r\n\r\n").encode(),
    "another column": lambda text: "\r\n".join(line and f"{i},{line},备" for i, line in enumerate(text.split("\r\n"))).encode(),
}
TITLES = ["*统一社会信用代码,*机构名称,联系人（选填）,手机号码：,电子邮箱,附 言", "统一社会信用代码（必填）,机构名称*,联系人姓名,联系人手机,邮箱(选填),附言【500 字内】",
          "USCC,Name,Contact,Mobile,E-mail,Message", "1.统一社会信用代码,2、单位名称,3. 联系人,4 手机,邮箱,附言", "\ufeff信用代码\u3000, 企业名称 ,联系人\u200b,＊手机,邮箱,留言",
          '"统一社会信用代码\n（18 位）",机构名称,联系人,"手机\n(11 位)",邮箱,附言']


@pytest.mark.parametrize("kind", FILES)
def test_lists_are_read_as_programs_write_them(network, kind):
    for head in TITLES:
        text = f"{head}\r\n{uscc('330106')},甲机构服务中心,钱工,13800002001,qian@example.cn,您好\r\n"
        if head.startswith('"') and kind == "another column":
            continue
        answer = upload(network, FILES[kind](text), dry_run="true")
        assert answer.status == 200 and answer.json["rows"] == 1 and not answer.json["faults"], (kind, head, answer.body.decode())


def test_cells_are_read_as_they_look(network):
    for before, behind in (("\u00a0", "\u00a0"), ("\u3000", "\u3000"), ("\u200b", "\u200b"), ("\u202d", "\u202c"), ("\u200e", "\u200e"), ("\ufeff", ""), ("\u2060", "\u2060")):
        row = [before + cell + behind for cell in (uscc("330106"), "丑机构服务中心", "钱工", "138 0000 2002", "qian@example.cn", "")]
        answer = upload(network, sheet([row]), dry_run="true")
        assert answer.status == 200, (ascii(before), answer.body.decode())
    wide = str.maketrans({chr(c): chr(c + 0xfee0) for c in range(0x21, 0x7f)})
    row = [uscc("330106").translate(wide), "丑机构", "钱工", "13800002002".translate(wide), "qian@example.cn".translate(wide), ""]
    assert upload(network, "\r\n".join(["统一社会信用代码,机构名称,联系人,手机,邮箱,附言", ",".join(row)]).encode(), dry_run="true").status == 200
    for blank in ("\u3000\u3000", "\u200b", "\u3164", "\u2800", "\u0301"):
        faults = faults_of(upload(network, sheet([(uscc("330106"), blank, "钱工", "13800002002", "", "")])))
        assert "机构名称：必填" in faults[0], ascii(blank)
    twice = "统一社会信用代码,机构名称,企业名称,手机\r\n" + f"{uscc('330106')},甲机构,乙机构,13800002003\r\n"
    assert "两列" in upload(network, twice.encode()).expect(422).json["errors"][0]["zh"]


def test_a_list_that_came_back_means_the_same_when_sent_again(network):
    """Corrected where it was marked, nothing else touched, the marks still in it."""
    rows = [[uscc("330106"), "甲机构服务中心", "钱工", f"1380000300{i}", "", message, "不要的列", f"{i}", f"9144030019220382{i}1"]
            for i, message in enumerate(["-请于周五前回复", "=1+1", "''引''", "+1+1", "@某某", '他说"好"', "逗号,分号;", "007", "9144030070846113E6"])]
    rows[0][3], message_of = "12345", {row[0]: row[5] for row in rows}
    out = io.StringIO()
    csv.writer(out).writerows([["*统一社会信用代码", "机构名称（必填）", "联系人", "手机", "邮箱", "附言", "备注"], [], *rows])
    text = out.getvalue()
    for mobile in ("1234", "13800003000", None):  # sent twice with a fault, then without
        answer = upload(network, text.encode("utf-8-sig"))
        back = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
        if answer.status == 201:
            break
        assert answer.status == 422 and [row[:5] + row[6:8] for row in back[1:]] == [row[:5] + row[6:8] for row in rows], back
        assert back[0].count("问题") == 1, back[0]
        back[1][3] = rows[0][3] = mobile
        out = io.StringIO()
        csv.writer(out).writerows(back)
        text = out.getvalue()
    assert answer.status == 201, answer.body.decode()
    for code, message in message_of.items():
        found = network.desk("zhejiang").get("/api/v1/invitations", query={"uscc": code}).expect(200).json["items"]
        assert [row["message"] for row in found] == [message]


def test_a_good_list_is_checked_and_then_issued(network):
    rows = [(uscc("330106"), f"机构{i}", "张三", f"1380001{i:04d}", "", "=1+1") for i in range(3)]
    assert upload(network, sheet(rows, "gb18030"), dry_run="true").expect(200).json == {"rows": 3, "faults": 0, "encoding": "GB18030"}
    issued = upload(network, sheet(rows, "gb18030")).expect(201)
    lines = issued.body.decode("utf-8-sig").splitlines()
    assert len(lines) == 4 and "邀约码" in lines[0] and "'=1+1" in lines[1]
    found = network.desk("zhejiang").get("/api/v1/invitations", query={"uscc": rows[0][0]}).expect(200).json["items"]
    assert len(found) == 1 and found[0]["batch_id"]


def valid(network, code):
    rows = network.desk("zhejiang").get("/api/v1/invitations", query={"uscc": code, "limit": 100}).expect(200).json["items"]
    return [row for row in rows if row["phase"] in ("issued", "delivered", "opened")]


def test_of_many_at_once_one_code_is_valid(network):
    """Two desks, two clicks, a list sent three times, a reissue clicked five times."""
    code = uscc("330106")
    values = {"uscc": code, "name": "受邀机构", "contact_email": "guest@example.cn"}
    answers = together(6, lambda i: network.desk("zhejiang").copy().post("/api/v1/invitations", values))
    assert sorted(answer.status for answer in answers) == [201] + [422] * 5 and len(valid(network, code)) == 1
    row, = valid(network, code)
    answers = together(5, lambda i: network.desk("zhejiang").copy().post(f"/api/v1/invitations/{row['id']}/reissue"))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 4 and len(valid(network, code)) == 1
    rows = [(uscc("330106"), f"名单{i}", "张三", f"1380002{i:04d}", "", "") for i in range(5)]
    answers = together(3, lambda i: network.desk("zhejiang").copy().post("/api/v1/invitations/import", body=sheet(rows), content_type="text/csv", key=None))
    assert sorted(answer.status for answer in answers) == [200, 200, 201]
    assert [len(valid(network, row[0])) for row in rows] == [1] * 5
    again = next(answer for answer in answers if answer.status == 200)
    assert all("已有有效邀约" in line for line in again.body.decode("utf-8-sig").splitlines()[1:])


def test_a_list_sent_again_invites_whom_it_has_not_yet(network):
    rows = [(uscc("330106"), f"续发{i}", "张三", f"1380003{i:04d}", "", "") for i in range(3)]
    upload(network, sheet(rows[:2])).expect(201)
    assert upload(network, sheet(rows), dry_run="true").expect(200).json == {"rows": 3, "faults": 0, "invited": 2, "encoding": "UTF-8"}
    issued = upload(network, sheet(rows)).expect(201)
    lines = list(csv.DictReader(io.StringIO(issued.body.decode("utf-8-sig"))))
    assert [bool(line["邀约码"]) for line in lines] == [False, False, True] and [bool(line["说明"]) for line in lines] == [True, True, False]
    assert [len(valid(network, row[0])) for row in rows] == [1] * 3


def test_what_has_run_out_does_not_stand_in_the_way(network, installation):
    code = uscc("330106")
    values = {"uscc": code, "name": "受邀机构", "contact_email": "guest@example.cn"}
    first = network.desk("zhejiang").post("/api/v1/invitations", values).expect(201).json
    installation.sql(f"UPDATE invitation SET expires_at = '2020-01-01' WHERE id = UNHEX(REPLACE('{first['id']}', '-', ''))")
    network.desk("zhejiang").post("/api/v1/invitations", values).expect(201)
    assert len(valid(network, code)) == 1


def soft(code):
    """The same code with a check digit that does not hold, as some early firms have it."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return code[:-1] + alphabet[(alphabet.index(code[-1]) + 1) % 31]


def test_a_code_accepted_in_spite_of_its_check_digit_is_invited_as_any(network):
    desk = network.desk("zhejiang")
    one, two = soft(uscc("330106")), soft(uscc("330106"))
    values = {"uscc": one, "name": "老牌机构", "contact_mobile": "13800009001"}
    assert desk.post("/api/v1/invitations", values).refused(422).json["errors"][0]["pointer"] == "/uscc"
    for code in (one, two):
        desk.post("/api/v1/institutions/accept-uscc", {"uscc": code, "reason": "经核对营业执照原件"}).expect(204)
    desk.post("/api/v1/invitations", values).expect(201)
    upload(network, sheet([(two, "老牌机构二", "张三", "13800009002", "", "")])).expect(201)
    assert len(valid(network, one)) == len(valid(network, two)) == 1
    row, = valid(network, one)
    desk.post(f"/api/v1/invitations/{row['id']}/reissue").expect(201)


def test_a_wrong_code_sends_nothing_of_the_profile(network, installation):
    institution, other = network.register("lishui", "331102"), network.register("lishui", "331102")
    secret = "不应送出的简介"
    row = institution.get(f"/api/v1/institutions/{institution.institution_id}").expect(200)
    institution.patch(f"/api/v1/institutions/{institution.institution_id}", {"introduction": secret}, if_match=row.etag).expect(200)
    code = network.desk("hangzhou").post("/api/v1/invitations", {"uscc": other.uscc, "name": "另一机构", "contact_mobile": other.mobile}).expect(201).json["code"]
    ask = lambda: institution.post("/api/v1/invitations/redeem", {"code": code, "platform": "hangzhou", "consent": True})
    ask().refused(422, "invite-code")
    # An edit afterwards goes where it is known, and nowhere else.
    row = institution.get(f"/api/v1/institutions/{institution.institution_id}").expect(200)
    institution.patch(f"/api/v1/institutions/{institution.institution_id}", {"address": "新街 1 号"}, if_match=row.etag).expect(200)
    sent = ("SELECT COUNT(*) FROM log_entry e JOIN log_address a ON a.platform_id = e.platform_id AND a.seq = e.seq JOIN tenant t ON t.id = a.reader "
            f"WHERE t.slug = 'hangzhou' AND (e.payload LIKE '%{secret}%' OR e.payload LIKE '%{institution.mobile}%')")
    assert installation.sql(sent) == [["0"]]
    held = (f"SELECT COUNT(*) FROM institution i JOIN tenant t ON t.id = i.platform_id WHERE t.slug = 'hangzhou' "
            f"AND i.id = UNHEX(REPLACE('{institution.institution_id}', '-', ''))")
    assert installation.sql(held) == [["0"]]
    code = network.desk("hangzhou").post("/api/v1/invitations", {"uscc": institution.uscc, "name": "机构", "contact_mobile": institution.mobile}).expect(201).json["code"]
    assert ask().expect(200).json["state"] == "redeemed"
    eventually(lambda: installation.sql(held) == [["1"]])


def test_the_note_is_delivered(network, sms, smtp):
    institution = network.register("lishui", "331102")
    sms.clear()
    invite(network, institution, message="请于本周内办理，联系王科长").expect(201)
    assert "附言：请于本周内办理，联系王科长" in sms.wait(institution.mobile).fields["text"]
    network.desk("zhejiang").post("/api/v1/invitations", {"uscc": uscc("330106"), "name": "受邀机构", "contact_email": "note@example.cn", "message": "欢迎加入"}).expect(201)
    assert "附言：欢迎加入" in smtp.wait("note@example.cn").text
