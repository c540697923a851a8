#!/usr/bin/env python3
"""What search finds against what it should: Japanese names and places, made up (Faker) and real (JMnedict, out of the PyPI package
jamdict-data), and the example telephone numbers of the PyPI package phonenumbers.

The truth is told by plain Python: a record should be found when its folded text holds the folded query. Recall must be 1 and
precision 0.95 at least; PostgreSQL's parser and pg_trgm stand beside them. ROWKIT_SOAK=1 asks ten times as many queries.
"""
import lzma
import os
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import tarfile
import unicodedata

PYTHON = pathlib.Path(os.environ["ROWKIT_PYTHON"])
sys.path.insert(0, str(PYTHON / "packages"))
import faker  # noqa: E402
import phonenumbers  # noqa: E402

RECORDS = 20_000
QUERIES = 3_000 if os.environ.get("ROWKIT_SOAK") else 300
# The others are only shown, and read every row for each query: they are asked each 20th.
STEP = 20
r = random.Random(20241115)
failures = []
COMMON = {old: common for old, common in "髙高 﨑崎 邊辺 邉辺 齋斎 齊斉 濱浜 濵浜 澤沢 廣広 國国 德徳 彌弥 櫻桜 嶋島 瀧滝 眞真 惠恵 龍竜 榮栄 藏蔵 萬万 學学 會会 實実 壽寿 靜静 條条".split()}
OLD = {common: old for old, common in COMMON.items()}
HALF = {}
for code in range(0xFF66, 0xFF9E):
    HALF[unicodedata.normalize("NFKC", chr(code))] = chr(code)
    for mark in "ﾞﾟ":
        whole = unicodedata.normalize("NFKC", chr(code) + mark)
        if len(whole) == 1:
            HALF[whole] = chr(code) + mark


def sql(script):
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-F", "\t"], input=script, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[:2000])
    return done.stdout


def katakana(text):
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)


def hiragana(text):
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in text)


def half(text):
    return "".join(HALF.get(c, c) for c in text)


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def fold(text):
    text = katakana(unicodedata.normalize("NFKC", text).lower())
    text = "".join(COMMON.get(c, c) for c in text)
    text = re.sub(r"(.)々", r"\1\1", text).replace("(株)", "株式会社")
    return re.sub(r"[\s・]", "", text)


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def database():
    path = PYTHON / "jamdict.db"
    if not path.exists():
        with tarfile.open(next(PYTHON.glob("jamdict_data-*.tar.gz"))) as archive:
            member = next(member for member in archive.getmembers() if member.name.endswith(".xz"))
            with lzma.open(archive.extractfile(member)) as packed, open(path.with_suffix(".part"), "wb") as out:
                while block := packed.read(1 << 20):
                    out.write(block)
        path.with_suffix(".part").rename(path)
    return sqlite3.connect(path)


def made_up():
    fake = faker.Faker("ja_JP")
    faker.Faker.seed(20241115)
    for _ in range(RECORDS):
        yield f"{fake.last_name()} {fake.first_name()}", fake.company(), f"{fake.last_kana_name()} {fake.first_kana_name()}", fake.city() + fake.town()


def real():
    db = database()

    def names(kinds):
        marks = ",".join("?" * len(kinds))
        rows = db.execute(f"""SELECT DISTINCT k.text, a.text FROM NETransType AS t JOIN NETranslation AS n ON n.ID = t.tid
            JOIN NEKanji AS k ON k.idseq = n.idseq JOIN NEKana AS a ON a.idseq = n.idseq WHERE t.text IN ({marks}) ORDER BY 1, 2""", kinds).fetchall()
        return r.sample(rows, min(len(rows), RECORDS))

    types = [row[0] for row in db.execute("SELECT DISTINCT text FROM NETransType")]
    pick = lambda *words: [name for name in types if any(word in name for word in words)]
    families, given, places, companies = (names(kinds) for kinds in (pick("surname"), pick("given", "fem", "masc"), pick("place"), pick("company", "organization")))
    for n in range(RECORDS):
        family, first, place, company = families[n % len(families)], given[n % len(given)], places[n % len(places)], companies[n % len(companies)]
        form = r.choice(["株式会社{}", "{}株式会社", "㈱{}", "{}(株)", "{}"])
        yield f"{family[0]} {first[0]}", form.format(company[0]), f"{family[1]} {first[1]}", place[0]


def parts(text):
    """A name's parts, from one character to all of it."""
    pieces = text.split()
    joined = "".join(pieces)
    start = r.randrange(len(joined))
    return [*pieces, joined, joined[0], joined[:2], joined[-2:], joined[-1], joined[start:start + r.randint(1, 4)]]


def queries(records):
    found = set()
    while len(found) < QUERIES:
        name, company, kana, place = r.choice(records)
        found.update(r.sample([*parts(name), *parts(place), "".join(OLD.get(c, c) for c in name), "".join(COMMON.get(c, c) for c in name)], 3))
        reading = r.choice(parts(kana))
        found.add(r.choice([katakana, hiragana, lambda text: half(katakana(text))])(reading))
        bare = re.sub(r"株式会社|㈱|\(株\)|有限会社|合同会社", "", company).strip()
        found.add(r.choice([bare, "㈱" + bare, "株式会社" + bare, wide(bare), bare[:2]]))
    # Minus, quotes and "or" have a meaning of their own.
    return sorted(query for query in found if fold(query) and not re.search(r'["\'-]|\bor\b', query, re.I) and " " not in query.strip())


def matches(wanted, texts):
    if "株式会社" in wanted and wanted != "株式会社":
        bare = wanted.replace("株式会社", "")
        return any("株式会社" in text and bare in text for text in texts)
    # Words are looked for from their beginning; only scripts without blanks from anywhere.
    if re.fullmatch(r"[0-9a-z]+", wanted):
        return any(re.search(f"(?<![0-9a-z]){wanted}", text) for text in texts)
    return any(wanted in text for text in texts)


def measure(label, records):
    values = ",\n".join(f"({n},{','.join(literal(text) for text in record)})" for n, record in enumerate(records))
    asked = queries(records)
    sql(f"""SET client_min_messages = warning; DROP TABLE IF EXISTS person, asked;
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE TABLE person (id integer PRIMARY KEY, name text, company text, kana text, place text, v tsvector);
    CREATE TRIGGER person_v BEFORE INSERT OR UPDATE ON person FOR EACH ROW
        EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'name:A', 'company:B', 'kana:A', 'place:C');
    INSERT INTO person VALUES {values};
    CREATE INDEX ON person USING gin (v rowkit.search_ops);
    CREATE TABLE asked (n integer, query text);
    INSERT INTO asked VALUES {",".join(f"({n},{literal(query)})" for n, query in enumerate(asked))};
    ANALYZE;""")
    folded = [[fold(text) for text in record] for record in records]
    should = {n: {i for i, texts in enumerate(folded) if matches(wanted, texts)} for n, wanted in enumerate(map(fold, asked))}
    everything = "concat_ws(' ', name, company, kana, place)"
    ways = {
        "rowkit": "v OPERATOR(rowkit.@~) rowkit.search_query(query)",
        "PostgreSQL simple": f"to_tsvector('simple', {everything}) @@ plainto_tsquery('simple', query)",
        "pg_trgm": f"query <% {everything}",
    }
    for way, condition in ways.items():
        found = {n: set() for n in should}
        subset = "" if way == "rowkit" else f"WHERE n % {STEP} = 0"
        for line in sql(f"SELECT n, id FROM (SELECT * FROM asked {subset} OFFSET 0) AS asked JOIN person ON {condition};").splitlines():
            n, i = line.split("\t")
            found[int(n)].add(int(i))
        judged = [n for n in should if way == "rowkit" or n % STEP == 0]
        right = sum(len(should[n] & found[n]) for n in judged)
        wanted, told = sum(len(should[n]) for n in judged), sum(len(found[n]) for n in judged)
        recall, precision = right / wanted, right / max(told, 1)
        print(f"search: {label:9} {way:18} {len(judged):5} queries   recall {recall:.4f}   precision {precision:.4f}")
        if way == "rowkit" and (right < wanted or precision < 0.95):
            failures.append(label)
            for n in judged:
                if should[n] - found[n] or len(found[n] - should[n]) > 3:
                    lost, more = sorted(should[n] - found[n])[:2], sorted(found[n] - should[n])[:2]
                    print("   ", asked[n], "misses", [records[i] for i in lost], "tells too much", [records[i] for i in more], file=sys.stderr)


def telephones():
    numbers = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in range(11):
            number = phonenumbers.example_number_for_type(region, kind)
            if number:
                numbers.append(number)
    form = phonenumbers.format_number
    kinds = phonenumbers.PhoneNumberFormat
    stored = [form(number, kinds.INTERNATIONAL) for number in numbers] + [form(number, kinds.NATIONAL) for number in numbers]
    sql(f"""DROP TABLE IF EXISTS telephone, asked; CREATE TABLE telephone (id integer PRIMARY KEY, number text, v tsvector);
    CREATE TRIGGER telephone_v BEFORE INSERT ON telephone FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'number:A:phone');
    INSERT INTO telephone VALUES {",".join(f"({n},{literal(text)})" for n, text in enumerate(stored))};""")
    asked = []
    for n, number in enumerate(numbers):
        national, international = form(number, kinds.NATIONAL), form(number, kinds.INTERNATIONAL)
        digits = re.sub(r"\D", "", national)
        for style, text in {"international": international, "E.164": form(number, kinds.E164), "national": national, "digits": digits,
                            "spaced": re.sub(r"\D+", " ", national).strip(), "full width": wide(national), "last 4": digits[-4:]}.items():
            if len(re.sub(r"\D", "", text)) >= 4:
                asked += [(n, style, text), (n + len(numbers), style, text)]
    sql(f"CREATE TABLE asked (id integer, style text, query text); INSERT INTO asked VALUES {','.join(f'({n},{literal(style)},{literal(text)})' for n, style, text in asked)};")
    lost = sql("""SELECT style, number, query FROM asked JOIN telephone USING (id)
        WHERE NOT v OPERATOR(rowkit.@~) rowkit.search_query(query);""").splitlines()
    print(f"search: {len(numbers)} telephone numbers of {len(phonenumbers.SUPPORTED_REGIONS)} regions, stored in 2 forms, {len(asked)} queries, {len(lost)} not found")
    if lost:
        failures.append("telephone numbers")
        print("\n".join(lost[:40]), file=sys.stderr)


measure("made up", list(made_up()))
measure("real", list(real()))
telephones()
sys.exit(1 if failures else 0)
