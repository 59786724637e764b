"""Spreadsheets as people's programs write and show them: enough of .xlsx (ECMA-376) for the tests, written here so that the server's own reader and
writer are not judged by themselves."""

import datetime
import io
import re
import xml.etree.ElementTree as xml
import zipfile
from xml.sax.saxutils import escape

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def letters(column):
    out = ""
    while column >= 0:
        out, column = chr(65 + column % 26) + out, column // 26 - 1
    return out


def place(reference):
    column = 0
    for letter in re.match(r"[A-Z]+", reference)[0]:
        column = column * 26 + ord(letter) - 64
    return column - 1


class Book:
    """What a file that the server wrote shows: rows of texts, and how its cells look."""

    def __init__(self, body):
        self.zip = zipfile.ZipFile(io.BytesIO(body))
        self.names = self.zip.namelist()
        self.sheet = xml.fromstring(self.zip.read("xl/worksheets/sheet1.xml"))
        styles = xml.fromstring(self.zip.read("xl/styles.xml"))
        codes = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(MAIN + "numFmt")}
        fills = [next(iter([c.get("rgb") for c in fill.iter(MAIN + "fgColor")]), None) for fill in styles.find(MAIN + "fills")]
        self.looks = [(codes.get(xf.get("numFmtId"), xf.get("numFmtId")), fills[int(xf.get("fillId"))]) for xf in styles.find(MAIN + "cellXfs")]
        self.strings = ["".join(t.text or "" for t in one.iter(MAIN + "t")) for one in xml.fromstring(self.zip.read("xl/sharedStrings.xml"))] \
            if "xl/sharedStrings.xml" in self.names else []
        self.rows, self.styles = self.read()
        self.frozen = [pane.get("ySplit") for pane in self.sheet.iter(MAIN + "pane")]
        self.comments = self.read_comments()

    def read(self):
        rows, styles = [], []
        for row in self.sheet.iter(MAIN + "row"):
            cells, looks = {}, {}
            for cell in row.iter(MAIN + "c"):
                at, look = place(cell.get("r")), self.looks[int(cell.get("s") or 0)]
                looks[at] = look
                cells[at] = self.text(cell, look[0])
            width = max(cells, default=-1) + 1
            rows.append([cells.get(i, "") for i in range(width)])
            styles.append([looks.get(i) for i in range(width)])
        return rows, styles

    def text(self, cell, code):
        value = cell.find(MAIN + "v")
        if cell.get("t") == "inlineStr":
            return "".join(t.text or "" for t in cell.iter(MAIN + "t"))
        if value is None:
            return ""
        if cell.get("t") == "s":
            return self.strings[int(value.text)]
        if code and "yyyy" in code:
            at = datetime.datetime(1899, 12, 30) + datetime.timedelta(days=float(value.text))
            at += datetime.timedelta(microseconds=500000)
            return at.strftime("%Y-%m-%d %H:%M:%S" if "hh" in code else "%Y-%m-%d")
        if code and "0.00" in code:
            digits = f"{float(value.text):.6f}"
            return re.sub(r"(\.\d\d)(\d*?)0*$", r"\1\2", digits)
        return value.text

    def read_comments(self):
        found = {}
        for name in self.names:
            if re.match(r"xl/comments\d+\.xml", name):
                for one in xml.fromstring(self.zip.read(name)).iter(MAIN + "comment"):
                    found[one.get("ref")] = "".join(t.text or "" for t in one.iter(MAIN + "t"))
        return found


CONTENT = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>"""
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>"""
ROOT = RELS % f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
BOOK = f"""<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>"""
BOOK_RELS = RELS % (f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
                    f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
                    f'<Relationship Id="r3" Type="{OFFICE}/styles" Target="styles.xml"/>')
STYLES = """<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/>
<numFmt numFmtId="165" formatCode="00000000000"/></numFmts><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>"""


def cell_xml(reference, value, strings):
    if value is None or value == "":
        return ""
    if isinstance(value, tuple): # raw: attributes and inside
        return f'<c r="{reference}" {value[0]}>{value[1]}</c>'
    if isinstance(value, (int, float)):
        return f'<c r="{reference}"><v>{value}</v></c>'
    strings.append(value)
    return f'<c r="{reference}" t="s"><v>{len(strings) - 1}</v></c>'


def book(rows, entries=None, without=(), method=zipfile.ZIP_DEFLATED):
    """An .xlsx with these rows: texts, numbers, or (attributes, inside) of a cell. entries: others to add or put in the place of its own."""
    strings, body = [], []
    for number, row in enumerate(rows, 1):
        body.append(f'<row r="{number}">' + "".join(cell_xml(f"{letters(i)}{number}", value, strings) for i, value in enumerate(row)) + "</row>")
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts = {"[Content_Types].xml": CONTENT, "_rels/.rels": ROOT, "xl/workbook.xml": BOOK, "xl/_rels/workbook.xml.rels": BOOK_RELS, "xl/styles.xml": STYLES,
             "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{"".join(body)}</sheetData></worksheet>',
             "xl/sharedStrings.xml": f'<?xml version="1.0"?><sst xmlns="{space}">' + "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings) + "</sst>"}
    parts.update(entries or {})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, text in parts.items():
            if name not in without:
                file.writestr(name, text)
    return out.getvalue()
