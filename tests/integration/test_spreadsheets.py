"""Lists that come in as .xlsx: the same rows as CSV, the same file back with the faulty cells marked, and what is no honest spreadsheet refused in
words by a process that can do nothing else."""

import io
import re
import struct
import subprocess
import time
import zipfile

import pytest

from harness import BUILD
from network import Network, uscc
from spreadsheet import TYPE, Book, book

HEADS = ["统一社会信用代码", "机构名称", "联系人", "手机", "邮箱", "附言"]
HELPER = BUILD / "tools" / "qilian-sheet"
TOO_LARGE, BROKEN, ENCRYPTED, MACROS, TOO_LONG, TOO_WIDE = 10, 11, 12, 13, 14, 15


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "lishui"))


def send(network, body, **query):
    return network.desk("zhejiang").post("/api/v1/invitations/import", body=body, content_type=TYPE, query=query, key=None)


def row(name, code=None, mobile="13900000001"):
    return [code or uscc(), name, "王五", mobile, "", "欢迎"]


def test_a_list_is_checked_and_sent_and_comes_back_with_its_codes(network):
    rows = [["二〇二六年邀约名单"], HEADS, row("甲机构"), row("𠮷龘〇机构（丽水）"), row("丙机构")]
    assert send(network, book(rows), dry_run="true").expect(200).json == {"rows": 3, "faults": 0, "encoding": "Excel"}
    answer = send(network, book(rows)).expect(201)
    assert answer.headers["Content-Type"] == TYPE
    back = Book(answer.body)
    assert back.rows[0][0] == "二〇二六年邀约名单" and back.rows[1][:6] == HEADS and len(back.rows) == 5
    assert [line[1] for line in back.rows[2:]] == ["甲机构", "𠮷龘〇机构（丽水）", "丙机构"] and all(line[6] and "http" in line[7] for line in back.rows[2:]), back.rows
    # Sent again, nobody gets a second one.
    again = Book(send(network, answer.body).expect(200).body)
    assert all("已有有效邀约" in line[-1] for line in again.rows[2:]), again.rows


def test_faulty_cells_come_back_marked_and_corrected_they_mean_the_same(network):
    good, bad = row("戊机构"), row("己机构", mobile="12345")
    answer = send(network, book([HEADS, good, bad]))
    assert answer.status == 422 and answer.headers["Content-Type"] == TYPE, answer
    back = Book(answer.body)
    assert back.rows[0] == HEADS + ["问题"] and back.rows[2][1] == "己机构" and "手机" in back.rows[2][6], back.rows
    assert back.styles[2][3][1] and "FFD7D7" in back.styles[2][3][1] and not (back.styles[1][3] or (0, None))[1], back.styles[2]
    assert list(back.comments) == ["D3"] and "手机" in back.comments["D3"], back.comments
    corrected = [line[:] for line in back.rows]
    corrected[2][3] = "13900000005"
    sent = Book(send(network, book(corrected)).expect(201).body)
    assert sent.rows[0][:6] == HEADS and "问题" not in sent.rows[0] and len(sent.rows) == 3, sent.rows
    # The page asks for the faults in the other format.
    plain = send(network, book([HEADS, bad]), answer="csv", dry_run="true")
    assert plain.status == 422 and plain.body.startswith(b"\xef\xbb\xbf") and "手机" in plain.body.decode("utf-8-sig"), plain


def test_a_code_that_became_a_number_is_told_and_not_guessed(network):
    answer = send(network, book([HEADS, [913311021234567890, "庚机构", "", "13900000001"]]))
    back = Book(answer.body)
    assert answer.status == 422 and "数值格式" in back.rows[1][-1] and "A2" in back.comments, back.rows


def test_the_template_keeps_what_is_typed_as_text(network):
    answer = network.desk("zhejiang").get("/api/v1/invitations/template.xlsx").expect(200)
    empty = Book(answer.body)
    assert empty.rows == [HEADS], empty.rows
    columns = empty.zip.read("xl/worksheets/sheet1.xml").decode()
    style = int(re.search(r'<col min="1"[^>]* style="(\d+)"', columns)[1])
    assert empty.looks[style][0] == "@", empty.looks[style]
    assert send(network, answer.body).refused(422).json["code"] == "invalid"
    assert network.desk("zhejiang").get("/api/v1/invitations/template.csv").expect(200).body.decode("utf-8-sig").split("\r\n")[0].split(",") == HEADS


# ---- Hostile and odd files ----

def run(body, rows=1000, columns=200):
    began = time.monotonic()
    done = subprocess.run([HELPER, str(rows), str(columns)], input=body, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    assert time.monotonic() - began < 40
    return done.returncode, done.stdout


def cells(body):
    code, out = run(body)
    assert code == 0 and out[:4] == b"QSHT", code
    at, found = 4, {}
    while (number := struct.unpack_from(">I", out, at)[0]) != 0xFFFFFFFF:
        count, at, line = struct.unpack_from(">I", out, at + 4)[0], at + 8, []
        for _ in range(count):
            size = struct.unpack_from(">I", out, at + 1)[0]
            line.append(out[at + 5:at + 5 + size].decode())
            at += 5 + size
        found[number] = line
    return found


def sheet(inside, **entries):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return book([], {"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}"><sheetData>{inside}</sheetData></worksheet>', **entries})


def encrypted():
    body = bytearray(book([["a"]]))
    for sign, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = body.find(sign)
        while place >= 0:
            body[place + at] |= 1
            place = body.find(sign, place + 4)
    return bytes(body)


LOL = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(8)) + "]>"
SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HOSTILE = {
    "a bomb": (lambda: sheet("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>" + "a" * (60 << 20) + "</t></is></c></row>"), TOO_LARGE),
    "a larger bomb": (lambda: book([], {"xl/sharedStrings.xml": "a" * (80 << 20)}), TOO_LARGE),
    "entities": (lambda: book([], {"xl/worksheets/sheet1.xml": f'{LOL}<worksheet xmlns="{SPACE}"><sheetData><row><c t="str"><v>&i;</v></c></row></sheetData></worksheet>'}), BROKEN),
    "an outer entity": (lambda: book([], {"xl/worksheets/sheet1.xml": f'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet xmlns="{SPACE}"><sheetData><row><c t="str"><v>&x;</v></c></row></sheetData></worksheet>'}), BROKEN),
    "half of it": (lambda: book([["a"] * 50] * 50)[:3000], BROKEN),
    "a damaged entry": (lambda: (body := bytearray(book([["a" * 300]] * 40)), body.__setitem__(slice(1200, 1260), b"\0" * 60), bytes(body))[2], BROKEN),
    "macros": (lambda: book([["a"]], {"xl/vbaProject.bin": "x"}), MACROS),
    "a password": (encrypted, ENCRYPTED),
    "a million columns": (lambda: sheet("<row r=\"1\">" + "<c t=\"str\"><v>a</v></c>" * 16384 + "</row>"), TOO_WIDE),
    "no such column": (lambda: sheet("<row r=\"1\"><c r=\"ZZZZZ1\" t=\"str\"><v>a</v></c></row>"), BROKEN),
    "too many rows": (lambda: book([["a"]] * 1001), TOO_LONG),
    "too many entries": (lambda: book([["a"]], {f"x/{i}": "" for i in range(2001)}), TOO_LARGE),
    "a text that is not there": (lambda: sheet("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>7</v></c></row>"), BROKEN),
    "no workbook": (lambda: book([["a"]], without=("xl/workbook.xml",)), BROKEN),
    "no sheet": (lambda: book([["a"]], without=("xl/worksheets/sheet1.xml",)), BROKEN),
    "another ZIP": (lambda: (out := io.BytesIO(), zipfile.ZipFile(out, "w").writestr("a.txt", "a"), out.getvalue())[2], BROKEN),
    "nothing": (lambda: b"", BROKEN),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_honest_spreadsheet_is_refused(name):
    make, code = HOSTILE[name]
    assert run(make())[0] == code


def test_a_million_empty_cells_are_nothing(network):
    code, out = run(sheet("".join(f'<row r="{i}">' + f'<c s="1"/>' * 100 + "</row>" for i in range(1, 10001))))
    assert code == 0 and out == b"QSHT" + b"\xff" * 4


def test_cells_say_what_a_person_sees():
    values = [("s=\"1\"", "<v>45000</v>"), ("s=\"2\"", "<v>45000.5</v>"), ("s=\"3\"", "<v>571</v>"), ("t=\"str\"", "<f>1+1</f><v>合计</v>"),
              ("t=\"inlineStr\"", "<is><r><t>行</t></r><r><t>内</t></r><rPh sb=\"0\" eb=\"1\"><t>ぎょう</t></rPh></is>"), ("t=\"b\"", "<v>1</v>"), 0.1, 1234.5, 123456789012,
              ("t=\"e\"", "<v>#N/A</v>"), ("", "<f>A1</f>"), "a_x000D_\nb", "=1+1", " 两端 "]
    found = cells(book([values]))[1]
    assert found[0] == "2023-03-15" and found[1] == "2023-03-15 12:00:00" and found[2:11] == ["00000000571", "合计", "行内", "TRUE", "0.1", "1234.5", "123456789012", "#N/A", ""], found
    assert found[11:] == ["a\n\nb", "=1+1", "两端"], found
    assert cells(book([["a"], [], [None, "b"]])) == {1: ["a"], 3: ["", "b"]}
    link = {"xl/externalLinks/externalLink1.xml": "<x/>", "xl/externalLinks/_rels/externalLink1.xml.rels":
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="x" Target="http://127.0.0.1:1/" TargetMode="External"/></Relationships>'}
    assert cells(book([["a", ("t=\"str\"", "<f>[1]x!A1</f><v>值</v>")]], link)) == {1: ["a", "值"]}
    assert cells(book([[("s=\"1\"", "<v>1</v>")]], without=("xl/sharedStrings.xml", "xl/styles.xml"))) == {1: ["1"]}


def test_refusals_are_words(network):
    for body, words in ((b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xls"), (encrypted(), "密码"), (HOSTILE["macros"][0](), "宏"),
                        (HOSTILE["half of it"][0](), "损坏"), (book([["a"]] * 1200), "行")):
        answer = send(network, body)
        assert answer.status in (400, 413) and words in answer.json["detail"], answer
