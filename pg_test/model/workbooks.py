"""Small workbooks of each format from rows of texts and numbers, and the containers and compressed parts that hostile ones are made of."""
import io
import struct
import zlib
from xml.sax.saxutils import escape

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


class Squeezed:
    """A part of an archive that expands to a beginning, a piece so many times, and an end. It is never whole in memory."""

    def __init__(self, beginning, piece, times, end):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.data = packer.compress(beginning) + packer.flush(zlib.Z_FULL_FLUSH)
        # Behind a full flush nothing refers to what came before: the same block may come again.
        repeated = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
        self.data += repeated * times + packer.compress(end) + packer.flush()
        self.size = len(beginning) + len(piece) * times + len(end)
        # The checksum of so many bytes is not worth the time: what is refused is refused before.
        self.crc = 0


def archive(parts):
    """A zip archive of parts: texts, bytes or Squeezed."""
    out, directory = io.BytesIO(), io.BytesIO()
    for name, part in parts:
        if isinstance(part, Squeezed):
            method, data, size, crc = 8, part.data, part.size, part.crc
        else:
            part = part.encode() if isinstance(part, str) else part
            packer = zlib.compressobj(6, zlib.DEFLATED, -15)
            method, data, size, crc = 8, packer.compress(part) + packer.flush(), len(part), zlib.crc32(part)
        if name == "mimetype":
            method, data = 0, part
        head = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 33, crc, len(data), min(size, 0xFFFFFFFE), len(name), 0)
        directory.write(b"PK\1\2\x14\0" + head + struct.pack("<HHHII", 0, 0, 0, 0, out.tell()) + name.encode())
        out.write(b"PK\3\4" + head + name.encode() + data)
    start, entries = out.tell(), directory.getvalue()
    return out.getvalue() + entries + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, len(parts), len(parts), len(entries), start, 0)


def package(workbook, sheet, strings, styles, kind="xml"):
    """An Office Open XML package of one sheet."""
    types = {"xml": "application/xml", "bin": "application/vnd.ms-excel"}[kind]
    return archive([
        ("[Content_Types].xml", f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="{kind}" ContentType="{types}"/></Types>'),
        ("_rels/.rels", f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.{kind}"/></Relationships>'),
        (f"xl/workbook.{kind}", workbook),
        (f"xl/_rels/workbook.{kind}.rels", f'<Relationships xmlns="{PACKAGE}">' + "".join(
            f'<Relationship Id="r{number}" Type="{RELATIONS}/{name}" Target="{target}.{kind}"/>'
            for number, (name, target) in enumerate([("worksheet", "sheet1"), ("styles", "styles"), ("sharedStrings", "sharedStrings")], 1)) + "</Relationships>"),
        (f"xl/styles.{kind}", styles), (f"xl/sharedStrings.{kind}", strings), (f"xl/sheet1.{kind}", sheet)])


def xlsx_of(sheet, strings="", workbook=None):
    """An xlsx file of a worksheet's XML, or of a Squeezed one; shared strings are their elements."""
    workbook = workbook or f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>'
    if not isinstance(sheet, Squeezed):
        sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
    if not isinstance(strings, Squeezed):
        strings = f'<sst xmlns="{MAIN}">{strings}</sst>'
    return package(workbook, sheet, strings, f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/></cellXfs></styleSheet>')


def column_name(number):
    """The letters of a column, counted from 0."""
    name = ""
    while number >= 0:
        name, number = chr(65 + number % 26) + name, number // 26 - 1
    return name


def xlsx(rows):
    """An xlsx file of rows of texts, numbers and None."""
    def cell(row, column, value):
        place = f'{column_name(column)}{row}'
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value, {chr(13): "&#13;"})}</t></is></c>'
        return "" if value is None else f'<c r="{place}"><v>{value}</v></c>'

    return xlsx_of("".join(f'<row r="{row}">' + "".join(cell(row, column, value) for column, value in enumerate(cells)) + "</row>"
                           for row, cells in enumerate(rows, 1)))


def record12(number, data=b""):
    """A record of xlsb."""
    out = bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])
    length = len(data)
    while length >= 128:
        out, length = out + bytes([length & 127 | 128]), length >> 7
    return out + bytes([length]) + data


def wide(text):
    """A text of xlsb."""
    encoded = text.encode("utf-16-le")
    return struct.pack("<I", len(encoded) // 2) + encoded


def xlsb_of(records):
    """An xlsb file of the records of a sheet."""
    workbook = record12(131) + record12(143) + record12(156, struct.pack("<II", 0, 1) + wide("r1") + wide("Data")) + record12(144) + record12(132)
    styles = record12(278) + record12(617, struct.pack("<I", 1)) + record12(47, bytes(16)) + record12(618) + record12(279)
    sheet = record12(129) + record12(145) + records + record12(146) + record12(130)
    return package(workbook, sheet, record12(159, struct.pack("<II", 0, 0)) + record12(160), styles, "bin")


def row12(row):
    return record12(0, struct.pack("<I", row) + bytes(13))


def cell12(column, value):
    head = struct.pack("<II", column, 0)
    return record12(6, head + wide(value)) if isinstance(value, str) else record12(5, head + struct.pack("<d", value))


def xlsb(rows):
    return xlsb_of(b"".join(row12(row) + b"".join(cell12(column, value) for column, value in enumerate(cells) if value is not None) for row, cells in enumerate(rows)))


def ods_of(tables):
    """An ods file of the XML of its tables, or of a Squeezed content."""
    spaces = " ".join(f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text"))
    content = tables if isinstance(tables, Squeezed) else \
        f"<office:document-content {spaces}><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    manifest = f'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/></manifest:manifest>'
    return archive([("mimetype", ODS.encode()), ("content.xml", content), ("META-INF/manifest.xml", manifest)])


def ods(rows):
    def cell(value):
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string" office:string-value="{escape(value, {chr(34): "&quot;", chr(10): "&#10;", chr(13): "&#13;", chr(9): "&#9;"})}"/>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'

    return ods_of('<table:table table:name="Data">' + "".join(
        "<table:table-row>" + "".join(map(cell, cells)) + "</table:table-row>" for cells in rows) + "</table:table>")


def compound(name, stream):
    """An OLE2 compound file of one stream, in sectors of 512 bytes: the table of sectors, the directory, the stream."""
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    tables = -(-(count + 2) // 127)
    header = bytearray(512)
    header[:8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
    header[24:34] = struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<II", header, 44, tables, tables)
    struct.pack_into("<III", header, 56, 4096, end, 0)
    struct.pack_into("<II", header, 68, end, 0)
    struct.pack_into("<109I", header, 76, *[table if table < tables else free for table in range(109)])
    first = tables + 1
    sectors = [0xFFFFFFFD] * tables + [end] + [first + at + 1 for at in range(count - 1)] + [end]
    sectors += [free] * (tables * 128 - len(sectors))

    def entry(name, kind, child, start, size):
        data = bytearray(name.encode("utf-16-le").ljust(128, b"\0"))
        struct.pack_into("<HBB", data, 64, 2 * len(name) + 2, kind, 1)
        struct.pack_into("<III", data, 68, free, free, child)
        struct.pack_into("<II", data, 116, start, size)
        return bytes(data)

    directory = entry("Root Entry", 5, 1, end, 0) + entry(name, 2, free, first, len(stream))
    return bytes(header) + struct.pack(f"<{len(sectors)}I", *sectors) + directory.ljust(512, b"\0") + stream


def record8(number, data=b""):
    """A record of xls."""
    return struct.pack("<HH", number, len(data)) + data


def xls(rows):
    def cell(row, column, value):
        head = struct.pack("<HHH", row, column, 0)
        if isinstance(value, str):
            text = value.encode("utf-16-le")
            return record8(0x204, head + struct.pack("<HB", len(text) // 2, 1) + text)
        return record8(0x203, head + struct.pack("<d", value))

    begin = struct.pack("<HHHHHH", 0x0600, 5, 0, 0, 0, 0) + bytes(4)
    sheet = begin[:2] + struct.pack("<H", 0x10) + begin[4:]

    def book(place):
        return record8(0x809, begin) + record8(0x85, struct.pack("<IBBBB", place, 0, 0, 4, 0) + b"Data") + record8(0x0A)

    cells = b"".join(cell(row, column, value) for row, values in enumerate(rows) for column, value in enumerate(values) if value is not None)
    return compound("Workbook", book(len(book(0))) + record8(0x809, sheet) + cells + record8(0x0A))
