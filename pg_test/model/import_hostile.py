#!/usr/bin/env python3
"""Files made to hurt, against the server: far cells, bombs, a cell of a gigabyte, a million columns, quotes that never close, encrypted, cut, damaged and random
files of every format. Each is refused with an SQLSTATE of its own and a sentence, or read with its problems told; within seconds, in less than 256 MB of the
backend, and the server is never restarted. ROWKIT_SEED chooses the damage, ROWKIT_SOAK=1 makes sixty times as much of it, and is optimized: it keeps
the usual limits.
"""
import json
import random
import re
import threading
import time

import workbooks
from importing import SEED, SOAK, Imports, begin, call, psycopg
from workbooks import Squeezed, archive, cell12, compound, ods_of, row12, xlsb_of, xlsx_of

DAMAGES = 60 if SOAK else 1
# The tests of each change run code that is not optimized, beside others.
SECONDS = 10 if SOAK else 60
MEGABYTES = 256
MB = 1 << 20
# What a file may be refused with: limits, what is not read, encodings, what cannot be read, texts and numbers that the server does not hold.
STATES = {"54000", "0A000", "22021", "22023", "22P02", "22P05", "22003"}
chance = random.Random(SEED)
tests = Imports("import_hostile")
table = tests.table(("a", "text"), ("b", "number"), ("c", "long_text"))
started = tests.owner.execute("SELECT pg_postmaster_start_time()").fetchone()
peak, slowest, outcomes = (0, ""), (0, ""), {}


class Watch(threading.Thread):
    """The most memory of its own that a backend has, in MB: without what it reads of the server's shared buffers."""

    def __init__(self, connection):
        super().__init__()
        self.status, self.peak, self.over = f"/proc/{connection.info.backend_pid}/status", 0, threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.005):
            with open(self.status) as status:
                self.peak = max(self.peak, int(re.search(r"RssAnon:\s+(\d+)", status.read())[1]) // 1024)

    def end(self):
        self.over.set()
        self.join()
        return self.peak


def outcome(name, work):
    """The SQLSTATE, or none; an error is a sentence."""
    try:
        work()
        return None
    except psycopg.Error as error:
        said = error.diag.message_primary or str(error)
        tests.check(f"{name}: a sentence", bool(re.fullmatch(r"(?s)[^\n]{10,400}", said)) and not re.search(r"panicked|unwrap|index out of|\.rs:", said) or said, True)
        return error.sqlstate


def attempt(name, file, *wanted, options=None, **settings):
    """A file that comes in parts, previewed, planned and imported; or, of most of the small ones, at hand. `wanted`: the SQLSTATEs that it may end with, None for none."""
    global peak, slowest
    options = {"mapping": {"a": "a"}, "has_header": True} if options == "mapped" else options or {}
    with tests.ann(**settings) as connection:
        connection.execute("SET statement_timeout = '100s'")
        begun, watch = time.monotonic(), Watch(connection)
        if len(file) > MB or chance.random() < 0.2:
            made = []
            found = seen = outcome(name, lambda: made.append(begin(connection, table, file, name[:50])))
            if found is None:
                seen = outcome(name, lambda: call(connection, "preview_import", made[0], options=options))
                found = outcome(name, lambda: call(connection, "plan_import", made[0], options))
                again = outcome(name, lambda: call(connection, "run_import", made[0], options))
                tests.check(f"{name}: what the plan says", again, found)
        else:
            seen = outcome(name, lambda: call(connection, "preview_import", table, file, options))
            found = outcome(name, lambda: call(connection, "import_records", table, file, options))
        took, used = time.monotonic() - begun, watch.end()
        wanted = wanted or (*STATES, None)
        tests.check(f"{name}: the answer", found if found not in wanted else "as wanted", "as wanted")
        # A preview reads the beginning only.
        tests.check(f"{name}: the preview's answer", seen if seen not in (*wanted, None) else "as wanted", "as wanted")
        tests.check(f"{name}: memory", used if used >= MEGABYTES else "bounded", "bounded")
        tests.check(f"{name}: time", took if took >= SECONDS else "short", "short")
        peak, slowest = max(peak, (used, name)), max(slowest, (round(took, 1), name))
        outcomes[found] = outcomes.get(found, 0) + 1


# Cells as far away as there are any.
far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
attempt("xlsx: XFD1048576", xlsx_of(far), "54000")
attempt("xlsx: A1048576", xlsx_of('<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>'), None)
attempt("xlsx: a place that is none", xlsx_of('<row r="1"><c r="ZZZZ1"><v>1</v></c></row>'), "22023")
attempt("xlsb: XFD1048576", xlsb_of(row12(1_048_575) + cell12(16_383, 1.0)), "54000")
attempt("xlsb: column 4294967295", xlsb_of(row12(0) + cell12(0xFFFFFFFF, 1.0)), "54000")
one = '<table:table-cell office:value-type="float" office:value="1"'
attempt("ods: a cell 2^64 times", ods_of(f'<table:table><table:table-row>{one} table:number-columns-repeated="18446744073709551615"/></table:table-row></table:table>'), "54000")
attempt("ods: 16384 cells a million times", ods_of(f'<table:table><table:table-row table:number-rows-repeated="1048576">{one} table:number-columns-repeated="16384"/></table:table-row></table:table>'), "54000")
attempt("ods: 900 cells a million times", ods_of(f'<table:table><table:table-row table:number-rows-repeated="1048576">{one} table:number-columns-repeated="900"/></table:table-row></table:table>'),
        "54000", import_cells="300000")
attempt("ods: empty rows and cells", ods_of(f'<table:table><table:table-row>{one}/><table:table-cell table:number-columns-repeated="16383"/></table:table-row>'
                                            '<table:table-row table:number-rows-repeated="1048575"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'), None, "22023")
attempt("ods: spaces", ods_of('<table:table><table:table-row><table:table-cell office:value-type="string"><text:p><text:s text:c="4294967295"/></text:p></table:table-cell></table:table-row></table:table>'), "54000")

# Bombs: flat, nested, overlapping, of entities, of texts that cells share.
SMALL = {"import_expanded_bytes": "2GB" if SOAK else "1MB"}
attempt("xlsx: three gigabytes of spaces", xlsx_of(Squeezed(b"<worksheet><sheetData>", b" " * MB, 3000, b"</sheetData></worksheet>")), "54000", **SMALL)
attempt("xlsx: three gigabytes of rows", xlsx_of(Squeezed(b"<worksheet><sheetData>", b"<row/>" * 170_000, 3000, b"</sheetData></worksheet>")), "54000", "22023", **SMALL)
attempt("xlsx: three gigabytes of cells", xlsx_of(Squeezed(b"<worksheet><sheetData>", b"<row><c><v>1</v></c></row>" * 40_000, 3000, b"</sheetData></worksheet>")), "54000", "22023", **SMALL)
attempt("xlsx: shared strings without end", xlsx_of('<row><c t="s"><v>99999999</v></c></row>', Squeezed(b"<sst>", b"<si><t>x</t></si>" * 60_000, 3000, b"</sst>")), "54000", **SMALL)
attempt("xlsx: empty shared strings without end", xlsx_of('<row><c t="s"><v>0</v></c></row>', Squeezed(b"<sst>", b"<si/>" * 200_000, 3000, b"</sst>")), None, "22023", "54000", **SMALL)
attempt("xlsx: one text of 15 MB in many cells", xlsx_of('<row><c t="s"><v>0</v></c></row>' * 5000, f"<si><t>{'x' * 15 * MB}</t></si>"), "54000", **SMALL)
attempt("ods: three gigabytes of spaces", ods_of(Squeezed(b"<office:document-content><office:body><office:spreadsheet><table:table>", b" " * MB, 3000, b"")), "54000", **SMALL)
inner = xlsx_of(Squeezed(b"<worksheet><sheetData>", b" " * MB, 3000, b"</sheetData></worksheet>"))
attempt("zip: a workbook in an archive", archive([("book.xlsx", inner)]), "0A000")
attempt("zip: archives in archives", archive([(f"{n}.zip", archive([("book.xlsx", inner)] * 3)) for n in range(10)]), "0A000")
attempt("xlsx: its sheet is a workbook", xlsx_of(Squeezed(inner, b"", 0, b"")), "22023")
laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10)) + "]>"
attempt("xlsx: entities", xlsx_of(Squeezed(f"{laughs}<worksheet><sheetData><row><c t=\"str\"><v>&k;</v></c></row></sheetData></worksheet>".encode(), b"", 0, b"")), "22023")
whole = xlsx_of('<row><c t="str"><v>a</v></c></row>')
entries = whole[whole.index(b"PK\1\2"):whole.index(b"PK\5\6")]
start = whole.index(b"PK\1\2")
crowded = whole[:start] + entries * 9000 + b"PK\5\6" + b"\0" * 4 + (63_000).to_bytes(2, "little") * 2 + (len(entries) * 9000).to_bytes(4, "little") + start.to_bytes(4, "little") + b"\0\0"
attempt("zip: 63,000 entries of one place", crowded, "22023", "54000", "0A000", None)

# A cell of a gigabyte, of which the file holds a thousandth.
GIGABYTE = 1 << 10
attempt("xlsx: a cell of 1 GB", xlsx_of(Squeezed(b'<worksheet><sheetData><row><c t="inlineStr"><is><t>', b"x" * MB, GIGABYTE, b"</t></is></c></row></sheetData></worksheet>")), "54000")
attempt("xlsx: a number of 1 GB", xlsx_of(Squeezed(b"<worksheet><sheetData><row><c><v>", b"9" * MB, GIGABYTE, b"</v></c></row></sheetData></worksheet>")), "54000")
attempt("xlsx: a shared string of 1 GB", xlsx_of('<row><c t="s"><v>0</v></c></row>', Squeezed(b"<sst><si><t>", b"x" * MB, GIGABYTE, b"</t></si></sst>")), "54000")
attempt("xlsx: an attribute of 1 GB", xlsx_of(Squeezed(b'<worksheet><sheetData><row x="', b"x" * MB, GIGABYTE, b'"/></sheetData></worksheet>')), "54000", "22023")
attempt("xlsx: a name of 1 GB", xlsx_of(Squeezed(b"<worksheet><sheetData><row", b"x" * MB, GIGABYTE, b"/></sheetData></worksheet>")), "54000", "22023")
attempt("xlsx: a comment of 1 GB", xlsx_of(Squeezed(b"<worksheet><!--", b"x" * MB, GIGABYTE, b"--></worksheet>")), "54000", "22023")
attempt("xlsx: elements in elements", xlsx_of(Squeezed(b"<worksheet>", b"<a>" * 300_000, GIGABYTE, b"</worksheet>")), "54000", "22023")
attempt("ods: a cell of 1 GB", ods_of(Squeezed(b'<office:document-content><office:body><office:spreadsheet><table:table><table:table-row><table:table-cell office:value-type="string"><text:p>',
                                              b"x" * MB, GIGABYTE, b"</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>")), "54000")
attempt("xlsx: 1,001 sheets", xlsx_of("", workbook='<workbook xmlns:r="r"><sheets>' + '<sheet name="x" r:id="r1"/>' * 1001 + "</sheets></workbook>"), "54000")

# Texts.
attempt("csv: 2^20 names", (",".join(f"c{n}" for n in range(1 << 20)) + "\n").encode(), "54000")
attempt("csv: 2^20 commas", b"," * (1 << 20), "54000")
attempt("csv: 2^20 commas in the last of many rows", b"a,b\n" + b"1,2\n" * 50 + b"1," * (1 << 20), "54000", options="mapped")
attempt("csv: 1,001 columns", b"a," + b"x," * 1000 + b"y\n1\n", "54000", options="mapped")
attempt("csv: a quote that is never closed, and 20 MB", b"a,b\n1,\"2\n" + b"3,4\n" * (5 * MB), "54000", options={"quote": '"'})
attempt("csv: a quote that is none", b"a,b\n1,\"2\n" + b"3,4\n" * 500, None)
attempt("csv: a quote that is never closed", b"a,b\n1,\"2\n3,4\n5,6\n", None)
attempt("csv: a quote that is never closed in the header", b"a,\"b\n1,2\n3,4\n", None, "22023")
attempt("csv: a quote that another would close", b'a,c\n1,"x' + b'"y' * 500_000 + b"\n", None, options="mapped")
attempt("csv: a cell of 17 MB", b"a,c\n1," + b"x" * (17 * MB) + b"\n", "54000")
if SOAK:
    attempt("csv: cells of 70 MB in a row", b"a,c\n" + (b"x" * (7 * MB) + b",") * 10 + b"\n", "54000")
attempt("csv: a name of 10 MB", b"x" * (10 * MB) + b",a\n1,2\n", None, options="mapped")
attempt("csv: two million empty lines", b"a\n" + b"\n" * (2 * MB) + b"1\n", None)
attempt("csv: a header again and again", b"a,b\n" * 200_000, None, options="mapped")
attempt("csv: names alike", b"a," + b"x," * 900 + b"x\n1\n", None, options="mapped")
attempt("csv: rows beyond the limit", b"a\n" + b"1\n" * 3000, "54000", import_rows="2000")
attempt("csv: parts beyond the limit", b"a\n" + b"1\n" * MB, "54000", import_file_bytes="1MB")
attempt("csv: a file beyond the limit", b"a\n" + b"1\n" * 100_000, "54000", import_file_bytes="100kB")
attempt("csv: NUL", bytes(100_000), *STATES)
attempt("csv: nothing", b"", "22023", "55000")
attempt("csv: a byte order mark", b"\xEF\xBB\xBF", "22023")
attempt("csv: blanks", b" \n" * 1000, "22023", None)
attempt("utf-16: half a character", "a,c\n1,é".encode("utf-16")[:-1], None, "22021", "22023")
attempt("utf-16: without pairs", b"\xFF\xFE" + "a,c\n1,".encode("utf-16-le") + b"\x00\xD8" * 100, None)
attempt("utf-32", "a,c\n1,2\n".encode("utf-32"), "22021")
attempt("iso-2022-jp: escapes alone", b"a,c\n1," + b"\x1B$B\x1B(B" * 100_000, *STATES, None, options="mapped")
attempt("json: brackets", b"[" * MB, "22023", "54000")
attempt("json: objects in objects", b'{"a":' * 200_000, "22023", "54000")
attempt("json: objects in an object that end", b'{"a":' * 5_000 + b"1" + b"}" * 5_000, None, "22023", "54000")
attempt("json: a text without an end", b'[{"a":"' + b"x" * (20 * MB), "54000", "22023")
attempt("json: a number of a million digits", b'[{"a":1,"b":2},{"a":1,"b":' + b"9" * MB + b"}]", None)
attempt("json: an exponent", b'[{"a":1,"b":1e999999999}]', None)
attempt("json: 100,000 nulls", b"[{}," + b"null," * 100_000 + b"null]", "22023")
attempt("json: a key of 10 MB", b'[{"' + b"x" * (10 * MB) + b'":1,"a":2}]', "54000")
attempt("json: 100,000 keys", json.dumps([{f"k{n}": n for n in range(100_000)}]).encode(), "54000")
attempt("json: other keys in each row", b"".join(b'{"k%d":1}\n' % n for n in range(5000)), "54000")
attempt("json: half a pair", b'[{"a":"\\ud800"}]', None, "22023")

# What is no file to import, and what somebody has locked.
attempt("xls: encrypted", compound("EncryptedPackage", bytes(5000)), "0A000")
attempt("xls: encrypted information", compound("EncryptionInfo", bytes(5000)), "0A000")
attempt("ods: encrypted", archive([("mimetype", workbooks.ODS), ("META-INF/manifest.xml", '<m:manifest xmlns:m="m"><m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>'),
                                   ("content.xml", bytes(100))]), "0A000")
attempt("doc", compound("WordDocument", bytes(5000)), "0A000")
attempt("xls: 17 MB", compound("Workbook", bytes(17 * MB)), "54000")
for kind, beginning in {"pdf": b"%PDF-1.7\n", "gzip": b"\x1F\x8B\x08", "png": b"\x89PNG\r\n", "jpeg": b"\xFF\xD8\xFF\xE0", "7z": b"7z\xBC\xAF\x27\x1C", "rar": b"Rar!\x1A", "html": b"<!DOCTYPE html><table>"}.items():
    attempt(kind, beginning + bytes(range(256)) * 10, "0A000")

# Options that no file has.
for options in ({"skip_lines": 4_000_000_000}, {"sheet": "gone"}, {"encoding": "klingon"}, {"delimiter": "é"}, {"match_on": "gone"}, {"mapping": {"a": "gone"}}, {"format": "json"},
                {"quote": None, "delimiter": "tab"}, {"has_header": False}, {"mapping": "x" * 100_000}, {"nothing": 1}):
    attempt(f"options: {str(options)[:60]}", b"a,b\n1,2\n", *STATES, None, options=options)
attempt("options: a sheet that is not there", workbooks.xlsx([["a"], ["1"]]), "22023", options={"sheet": "gone"})

# Cut and damaged files of each format, and noise behind the beginnings of each.
rows = [["a", "b", "c"]] + [[f"t{n}", n * 1.5, "é髙" * (n % 7)] for n in range(60)]
lines = "\n".join(",".join(f'"{value}"' for value in row) for row in rows)
SAMPLES = {
    "xlsx": workbooks.xlsx(rows), "xlsb": workbooks.xlsb(rows), "ods": workbooks.ods(rows), "xls": workbooks.xls(rows),
    "csv": lines.encode(), "cp932": lines.replace("é", "①").encode("cp932"), "utf-16": lines.encode("utf-16"),
    "json": json.dumps([dict(zip("abc", row)) for row in rows[1:]]).encode(), "lines": "\n".join(json.dumps(dict(zip("abc", row)), ensure_ascii=False) for row in rows[1:]).encode(),
}
for kind, sample in SAMPLES.items():
    attempt(f"{kind}: whole", sample, None)
    for _ in range(5 * DAMAGES):
        cut = chance.randrange(len(sample))
        attempt(f"{kind}: cut at {cut}", sample[:cut])
    for number in range(7 * DAMAGES):
        damaged = bytearray(sample)
        for _ in range(chance.choice([1, 1, 3, 20])):
            place, what = chance.randrange(len(damaged)), chance.randrange(5)
            if what == 0:
                damaged[place] ^= 1 << chance.randrange(8)
            elif what == 1:
                damaged[place] = chance.randrange(256)
            elif what == 2:
                del damaged[place:place + chance.randrange(40)]
            elif what == 3:
                damaged[place:place] = damaged[chance.randrange(len(damaged)):][:chance.randrange(40)]
            else:
                damaged[place:place + 4] = chance.choice([b"\xFF" * 4, bytes(4), b"\x7F" + b"\xFF" * 3, b"\0\0\0\x80"])
            damaged = damaged or bytearray(b"\0")
        attempt(f"{kind}: damaged, number {number} of seed {SEED}", bytes(damaged))
for number in range(15 * DAMAGES):
    beginning = chance.choice([b"", b"PK\3\4", b"PK\5\6", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF", b"{", b"[", b'"', b"sep=;\n", b"<?xml "])
    alphabet = chance.choice([bytes(range(256)), b'ab,"\n\r;\t', b'{}[]",:1', b"\x1B$B(J\n,", bytes(range(0x81, 0x100)) + b"\n,"])
    attempt(f"noise {number} of seed {SEED}", beginning + bytes(chance.choices(alphabet, k=chance.choice([1, 20, 1000, 20_000]))))

tests.check("the server's start", tests.owner.execute("SELECT pg_postmaster_start_time()").fetchone(), started)
print(f"import_hostile: at most {peak[0]} MB ({peak[1]}) and {slowest[0]} s ({slowest[1]}); answers {dict(sorted(outcomes.items(), key=str))}")
tests.end(800)
