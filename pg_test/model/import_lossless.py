#!/usr/bin/env python3
"""Texts that spreadsheets and importers eat come back byte for byte: from files of every format into records, and out as CSV, JSON lines and xlsx, which Python
reads; an import of the export changes nothing. Blanks around a text fall, as in cast_record. ROWKIT_SEED chooses further texts, ROWKIT_SOAK=1 makes 20,000 of them.
"""
import csv
import io
import json
import random
import re
import xml.etree.ElementTree as ElementTree
import zipfile

import workbooks
from importing import SEED, SOAK, Imports, call, counts, errors

chance = random.Random(SEED)
tests = Imports("import_lossless")
TEXTS = [
    "007", "0", "00", "-0", "+5", "12345678901234567890", "0.10", "1.0", "1,5", "1.234,56", "1E5", "1e-7", "2E+3", "0x1F", "1_000", "१२", "１２３", "vmx-15", "MAR1", "SEPT2", "1-2", "3/4", "2024-01-05",
    "01/02/2024", "令和6年4月1日", "12:30", "TRUE", "false", "yes", "NULL", "null", "None", "NaN", "Infinity", "#N/A", "#REF!", "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "'=1", "''", "'quoted'",
    'say "hi"', '"', '""', '"""', "a,b", "a;b", "a\tb", "a|b", "\\", "\\n", "\\\"", "a\nb", "a\r\nb", "a\rb", "line\n\nline", "髙橋 ㈱ ① ～ 﨑", "é", "e\u0301", "ﬁ", "ß", "İ", "𠮟る", "👩‍👩‍👧", "\u200bx", "x\ufeffy", "a\u00a0b",
    "<b>&amp;</b>", "&#10;", "]]>", "_x000D_", "_x0041_", "_x005F_", "{}", "[]", '{"a": 1}', "[1, 2]", "sep=;", "%", "50 %", "$5", "¥1,000", "'", "`", "~", "^", "//", "--", "/*", "x" * 5_000, "あ" * 3_000,
]
PIECES = ["0", "1", "9", ".", ",", ";", "=", "+", "-", "@", "'", '"', "\\", "\n", "\r\n", "\t", " ", "e", "E", "/", ":", "%", "#", "あ", "髙", "é", "_x0041_", "&", "<", "{", "[", "null", "TRUE", "|", "😀"]
TEXTS += [text for _ in range(20_000 if SOAK else 60) if (text := "".join(chance.choices(PIECES, k=chance.randrange(1, 12))).strip())]
LINE = re.compile(r"[\n\r\x85\u2028\u2029]")


def quoted(cell, delimiter, always=False):
    return '"' + cell.replace('"', '""') + '"' if always or re.search(f'[{delimiter}"\r\n]', cell) else cell


def as_csv(rows, delimiter=",", end="\n", always=False):
    return end.join(delimiter.join(quoted(cell, delimiter, always) for cell in row) for row in rows) + end


def from_xlsx(file):
    """The rows of a workbook, as texts."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    sheet = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(file)).read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.iter(space + "row"):
        cells = {}
        for cell in row.iter(space + "c"):
            letters = re.match("[A-Z]+", cell.get("r"))[0]
            text = "".join(part.text or "" for part in cell.iter(space + ("t" if cell.get("t") == "inlineStr" else "v")))
            place = sum(26 ** power * (ord(letter) - 64) for power, letter in enumerate(reversed(letters))) - 1
            cells[place] = re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
        rows.append([cells.get(place, "") for place in range(max(cells) + 1)])
    return rows


header = ["key", "line", "lines"]
# Column "line" is of the type text, which holds one line.
rows = [[f"k{number}", "" if LINE.search(text) else text, text] for number, text in enumerate(TEXTS)]
wanted = {key: (line or None, lines) for key, line, lines in rows}
objects = [dict(zip(header, row)) for row in rows]
FILES = {
    "csv": as_csv([header, *rows]).encode(),
    "csv with CRLF, quoted": as_csv([header, *rows], end="\r\n", always=True).encode("utf-8-sig"),
    "csv with semicolons": as_csv([header, *rows], ";").encode("utf-16"),
    "pasted": as_csv([header, *rows], "\t").encode(),
    "json": json.dumps(objects).encode(),
    "json lines": "\n".join(json.dumps(row, ensure_ascii=False) for row in objects).encode(),
    "xlsx": workbooks.xlsx([header] + [[cell.replace("_x", "_x005F_x") for cell in row] for row in rows]),
    "xlsb": workbooks.xlsb([header, *rows]),
    "ods": workbooks.ods([header, *rows]),
    "xls": workbooks.xls([header] + [row for row in rows if len(row[2]) < 4_000]),
}
for kind, file in FILES.items():
    table = tests.table(("key", "text", {"is_unique": True}), ("line", "text"), ("lines", "long_text"))
    expected = {key: values for key, values in wanted.items() if kind != "xls" or len(values[1]) < 4_000}
    with tests.ann() as ann:
        answer = call(ann, "import_records", table, file, {"mapping": {name: name for name in header}})
        tests.check(f"{kind}: nothing failed", (answer["created"], errors(ann, answer["import_id"])[:5]), (len(expected), []))
        found = {key: tuple(values) for key, *values in ann.execute(
            "SELECT data ->> 'key', data ->> 'line', data ->> 'lines' FROM records WHERE table_id = %s", [table]).fetchall()}
        tests.check(f"{kind}: the records", [(key, found.get(key), values) for key, values in expected.items() if found.get(key) != values][:5], [])
        before = tests.checksum(table)

        # Out: what other programs read is the same.
        sheet = call(ann, "export_records", table, {}, "csv", header)
        read = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"), newline="")))
        tests.check(f"{kind}: the header of the CSV", read[0], ["_record_id", *header])
        tests.check(f"{kind}: the rows of the CSV", {key: (line or None, lines) for _, key, line, lines in read[1:]}, expected)
        out = [json.loads(line) for line in call(ann, "export_records", table, {}, "json", header).decode().split("\n") if line]
        tests.check(f"{kind}: the JSON lines", {row["key"]: (row.get("line"), row["lines"]) for row in out}, expected)
        book = from_xlsx(call(ann, "export_records", table, {}, "xlsx", header))
        tests.check(f"{kind}: the rows of the xlsx", {key: (line or None, lines) for _, key, line, lines in book[1:]}, expected)

        # In again.
        for form in ("csv", "json", "xlsx"):
            for way in ("fill", "replace"):
                again = call(ann, "import_records", table, call(ann, "export_records", table, {}, form), {"on_match": way})
                tests.check(f"{kind}: the {form} again, {way}", counts(again), {"created": 0, "updated": 0, "unchanged": len(expected), "skipped": 0, "failed": 0})
        tests.check(f"{kind}: nothing changed", tests.checksum(table), before)

        # Rows that fail, out as an error file and in again: the cells are what they were.
        answer = call(ann, "import_records", table, file, {"match_on": "key", "on_match": "refuse", "mapping": {name: name for name in header}})
        tests.check(f"{kind}: all are there already", answer["failed"], len(expected))
        sheet = call(ann, "import_error_file", answer["import_id"])
        again = call(ann, "import_records", table, sheet.encode(), {"match_on": "key", "on_match": "replace", "mapping": {name: name for name in header}})
        tests.check(f"{kind}: the error file again", counts(again), {"created": 0, "updated": 0, "unchanged": len(expected), "skipped": 0, "failed": 0})
    tests.drop(table)

# Digits of a workbook's or of JSON's numbers, in a column of texts, and numbers that no float holds.
table = tests.table(("key", "text"), ("line", "text"), ("lines", "decimal"))
with tests.ann() as ann:
    answer = call(ann, "import_records", table, b'[{"key": "a", "line": 12345678901234567890.10, "lines": 12345678901234567890.10}, {"key": "b", "line": -0.50, "lines": 0.1}]')
    tests.check("numbers of JSON", errors(ann, answer["import_id"]), [])
    tests.check("their digits", ann.execute("SELECT data ->> 'line', data ->> 'lines' FROM records WHERE table_id = %s ORDER BY data ->> 'key'", [table]).fetchall(),
                [("12345678901234567890.10", "12345678901234567890.10"), ("-0.50", "0.1")])
    answer = call(ann, "import_records", table, workbooks.xlsx([["key", "line", "lines"], ["c", "00123", 12345678901234567]]))
    tests.check("numbers of a workbook", ann.execute("SELECT data ->> 'line', data ->> 'lines' FROM records WHERE table_id = %s AND data ->> 'key' = 'c'", [table]).fetchall(),
                [("00123", "12345678901234567")])
# Blanks around a text fall, and what is nothing else is no value; within it they stay.
with tests.ann() as ann:
    answer = call(ann, "import_records", table, 'key,line\nd,"  a  b\t"\ne,"   "\n'.encode())
    tests.check("blanks", ann.execute("SELECT data ->> 'key', data ->> 'line' FROM records WHERE table_id = %s AND data ->> 'key' IN ('d', 'e') ORDER BY 1", [table]).fetchall(),
                [("d", "a  b"), ("e", None)])
tests.end(130)
