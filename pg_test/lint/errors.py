#!/usr/bin/env python3
"""docs/errors.md lists every SQLSTATE that rowkit raises and every code of a problem in DETAIL, and lists no other: read out of the source, compared both ways. Conditions,
HTTP statuses and what the tests print are compared, too."""
import pathlib
import re
import sys

here = pathlib.Path(__file__).parent
sys.path[1:1] = [str(here.parent / "model")]
from people import psycopg  # noqa: E402

root = here.parent.parent
wrong = []


def rust_files():
    """Without the tests."""
    for file in sorted((root / "src").rglob("*.rs")):
        if "tests" not in file.parts and not file.stem.endswith("tests") and file.stem not in ("testing", "pg_test"):
            yield file, file.read_text().split("#[cfg(test)]\nmod tests {")[0]


sql_files = {file: file.read_text() for file in sorted((root / "sql").rglob("*.sql"))}
tables = {}
for title, rows in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", (root / "docs" / "errors.md").read_text(), re.M | re.S):
    cells = [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows.splitlines() if row.startswith("|")]
    tables[title] = cells[2:]
    wrong += [f"not all cells of the row are filled: {row}" for row in cells[2:] if len(row) != len(cells[0]) or "" in row]


def compare(what, raised, listed):
    wrong.extend(f"{what} {code} is raised in {raised[code]}, and not in docs/errors.md" for code in sorted(set(raised) - set(listed)))
    wrong.extend(f"{what} {code} is in docs/errors.md, and never raised" for code in sorted(set(listed) - set(raised)))
    wrong.extend(f"{what} {code} is in docs/errors.md twice" for code in sorted(set(listed)) if listed.count(code) > 1)


# --- codes of problems -----------------------------------------------------------------------------------------------

DOTTED = re.compile(r'"([a-z_]+\.[a-z_]+)"')
PARAMS = r'"([a-z_]+)",\s*(?:params|\w+::new\(\))'
BARE = [
    re.compile(r'\bcode: "([a-z_]+)"'),
    re.compile(rf'\.add\(\s*{PARAMS}'),
    re.compile(rf'\badd_at\((?:[^()"]|\([^()]*\)|"[^"]*")*?,\s*{PARAMS}'),
    re.compile(r'\bpush_named\([^;"]*"([a-z_]+)"'),
    re.compile(r'\badd\(faults, name, "([a-z_]+)"'),
]
IN_JSON = re.compile(r'''["']code["'](?:: ?|, )["'](?!params["'])([a-z_.]+)["']''')
codes = {}
for file, text in rust_files():
    found = IN_JSON.findall(text)
    if re.search(r"\b[Ff]aults?\b|\b\w*Problem\b|\b[Vv]iolations?\b|\b[Rr]ecord_?[Ee]rrors?\b", text):
        found += [code for pattern in BARE for code in pattern.findall(text)]
        found += [code for code in DOTTED.findall(text) if (code == "import.json" or code.rsplit(".", 1)[1] not in ("tsv", "sql", "json", "rs", "com", "xml")) and "rowkit." not in code]
    codes.update({code: file.relative_to(root) for code in found})
for file, text in sql_files.items():
    codes.update({code: file.relative_to(root) for code in IN_JSON.findall(text)})
compare("code", codes, [row[0] for row in tables["Problems in DETAIL"]])
# Whatever form a code has in the source, the tests print it.
for file in sorted((here.parent / "regress" / "expected").glob("*.out")):
    for line in file.read_text().splitlines():
        if '"params"' in line and '"message"' in line and not line.startswith(("SELECT", "INSERT")):
            wrong.extend(f"code {code} is printed in {file.name}, and not found in the source" for code in IN_JSON.findall(line) if code not in codes)

# --- SQLSTATEs -------------------------------------------------------------------------------------------------------

with psycopg.connect(autocommit=True) as connection:
    def sqlstate_of(condition):
        try:
            connection.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{condition}'; END $$")
        except psycopg.Error as error:
            if "unrecognized" in str(error):
                wrong.append(f"{condition} is no condition that the server knows")
            return error.sqlstate

    states = {}
    # The constructors in src/pg/error.rs choose the SQLSTATE. Other files name an SQLSTATE only to recognize an error.
    for file, text in rust_files():
        for macro in re.findall(r"Error(?:Report)?::new\(\s*(?:Code|PgSqlErrorCode)::ERRCODE_(\w+)", text) + re.findall(r"=> Code::ERRCODE_(\w+)", text):
            if macro != "SUCCESSFUL_COMPLETION":  # a notice's
                states[sqlstate_of(re.sub("^(t_r|e_r_i_e)_", "", macro.lower()))] = file.relative_to(root)
        http = {state: file.relative_to(root) for state in re.findall(r'"(PT[0-9]{3})"', text)}
        if http:
            compare("SQLSTATE", http, [row[0] for row in tables["HTTP"]])
    error_rs = next(text for file, text in rust_files() if file.name == "error.rs" and file.parent.name in ("src", "pg"))
    for state in re.findall(r"/// ([0-9A-Z]{5})[:,] ", error_rs):
        if state not in states:
            wrong.append(f"a constructor in error.rs says {state}, and none raises it")
    for file, text in sql_files.items():
        for statement in re.findall(r"RAISE (?:EXCEPTION|USING).*?;\n", text, re.S):
            found = re.search(r"ERRCODE = (?:'([0-9A-Z]{5})'|rowkit_internal\._error_sqlstate\('\w+'\))", statement)
            if not found:
                wrong.append(f"raised without an SQLSTATE in {file.relative_to(root)}: {statement.splitlines()[0]}")
            elif found[1] and f"WHEN SQLSTATE '{found[1]}'" not in text:
                states[found[1]] = file.relative_to(root)
    compare("SQLSTATE", states, [row[0] for row in tables["SQLSTATEs"]])
    for state, condition, *_ in tables["SQLSTATEs"]:
        if sqlstate_of(condition) != state:
            wrong.append(f"{condition} is not {state}")


def http_status(state):
    """As PostgREST answers; see the table "HTTP Status Codes" in its reference."""
    # 21000 is 400 only for what pg-safeupdate raises.
    exact = {"21000": 500, "23503": 409, "23505": 409, "25006": 405, "53400": 500, "42883": 404, "42P01": 404, "42P17": 500, "42501": 403, "P0001": 400}
    classes = {"08": 503, "53": 503, "0L": 403, "0P": 403, "28": 403} | dict.fromkeys("09 25 2D 38 39 3B 40 54 55 57 58 F0 HV P0 XX".split(), 500)
    return int(state[2:]) if state.startswith("PT") else exact.get(state, classes.get(state[:2], 400))


for state, second, status, *_ in tables["SQLSTATEs"] + tables["HTTP"]:
    if str(http_status(state)) != status:
        wrong.append(f"PostgREST answers {http_status(state)} to {state}, not {status}")
    if state.startswith("PT") and second not in states:
        wrong.append(f"{state} comes instead of {second}, which is never raised")

print(f"errors: {len(states)} SQLSTATEs, {len(codes)} codes, {len(wrong)} wrong")
if wrong or len(states) < 25 or len(codes) < 50:
    sys.exit("\n".join(wrong) or "too few were found in the source")
