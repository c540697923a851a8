#!/usr/bin/env python3
"""What a plan says is what the import does, at once or in batches of the usual size, whatever the file and the options; what is wrong with some rows stops no others, and mended they
come in; an undo makes the table what it was, but for the records that were edited since, which it lists and keeps. ROWKIT_SEED chooses the files,
ROWKIT_SOAK=1 makes 2,000 in place of 30.
"""
import collections
import csv
import io
import json
import random

import workbooks
from importing import SEED, SOAK, Imports, begin, call, counts, errors, psycopg

FILES = 2_000 if SOAK else 30
chance = random.Random(SEED)
tests = Imports("import_outcomes")
STATE = "SELECT id::text, name, email, company, status, data FROM app.records WHERE table_id = %s AND deleted_at IS NULL"


def partial():
    """10,000 rows, of which three are wrong and one has a key that is taken: 9,996 come in, the four others are a file, and mended they come in, too."""
    table = tests.table(("key", "text", {"required": True, "is_unique": True}), ("n", "integer"), ("day", "date"), ("note", "text"))
    tests.records(table, [{"key": "K 5000"}])
    rows = [["key", "n", "day", "note"]] + [[f"k{n}", str(n), f"2024-{1 + n % 12:02}-{1 + n % 28:02}", f"note, {n}"] for n in range(10_000)]
    rows[101][1], rows[2001][2], rows[9001][0], rows[5001][0] = "many", "2024-02-30", "", "k　5000"
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    file = out.getvalue().encode()
    with tests.ann() as ann:
        before = tests.checksum(table)
        import_id = begin(ann, table, file)
        plan = call(ann, "plan_import", import_id)
        answer = call(ann, "run_import", import_id)
        tests.check("the plan of 10,000", counts(plan), counts(answer))
        tests.check("9,996 of 10,000", counts(answer), {"created": 9996, "updated": 0, "unchanged": 0, "skipped": 0, "failed": 4})
        tests.check("what is wrong", [(row, column, code) for row, column, code, _ in errors(ann, import_id)],
                    [(102, "n", "import.no_number"), (2002, "day", "date.invalid"), (5002, "key", "unique"), (9002, "key", "required")])
        sheet = list(csv.reader(io.StringIO(call(ann, "import_error_file", import_id).removeprefix("\ufeff"))))
        tests.check("the error file", ([row[:4] for row in sheet], [row[4] for row in sheet[1:]]),
                    ([rows[0], rows[101], rows[2001], rows[5001], rows[9001]], ["102", "2002", "5002", "9002"]))
        sheet[1][1], sheet[2][2], sheet[3][0], sheet[4][0] = "100", "2024-02-29", "k5000", "k9000"
        out = io.StringIO()
        csv.writer(out).writerows(sheet)
        mended = call(ann, "import_records", table, out.getvalue().encode())
        tests.check("the mended file", counts(mended), {"created": 4, "updated": 0, "unchanged": 0, "skipped": 0, "failed": 0})
        there = ann.execute("SELECT count(*), count(DISTINCT data -> 'key') FROM records WHERE table_id = %s AND data ? 'n'", [table]).fetchone()
        tests.check("10,000 are there", there, (10_000, 10_000))
        tests.check("both are taken back", [call(ann, "undo_import", id)["deleted"] for id in (mended["import_id"], import_id)], [4, 9996])
        tests.check("the table is what it was", tests.checksum(table), before)
    tests.drop(table)


def choose(*values):
    return chance.choice(values)


class World:
    """A table with records, another that it refers to, and a file about them."""

    def __init__(self):
        self.firms = tests.table(("code", "text", {"is_unique": True}))
        tests.records(self.firms, [{"name": name, "code": code} for name, code in [("Acme", "F1"), ("Beta", "F2"), ("Gamma", "F3"), ("Gamma", "F4")]])
        self.table = tests.table(
            ("key", "text", {"is_unique": True, "required": chance.random() < 0.3}), ("n", "integer", {"options": {"max": 900}}), ("day", "date"),
            ("stage", "select", {"options": {"choices": ["open", "won"]}}), ("tags", "multi_select", {"options": {"choices": ["a", "b"]}}),
            ("firm", "reference", {"options": {"table_id": self.firms}}), ("mail", "email"), ("price", "currency", {"options": {"currency": "EUR"}}), ("yes", "boolean"))
        full = [{"name": f"Name {number}", "key": f"k{number}", "mail": f"m{number % 35}@example.com", "n": number, "stage": "open"} for number in range(40)]
        tests.records(self.table, [{name: value for name, value in row.items() if name in ("name", "key") or chance.random() < 0.7} for row in full])
        self.header = ["name", *chance.sample(["key", "n", "day", "stage", "tags", "firm", "mail", "price", "yes"], chance.randrange(3, 10))]
        self.header = list(dict.fromkeys(["name", "key", *self.header[1:]]))
        self.rows = [[self.cell(name) for name in self.header] for _ in range(chance.randrange(5, 120))]

    def cell(self, name):
        if chance.random() < 0.1:
            return ""
        number = chance.randrange(80)
        return {
            "name": lambda: f"Name {number}", "key": lambda: choose(f"k{number}", f"K{number}", f"ｋ{number}", f"x{chance.randrange(10_000)}"),
            "n": lambda: choose(str(number), str(number), "1,000", "many", f"{number}.5"),
            "day": lambda: choose("2024-01-05", "2024/2/29", "31.12.2024", "01/02/2024", "2023-02-29"), "stage": lambda: choose("open", "Won", "won", "lost", "new one"),
            "tags": lambda: choose("a", "a, b", "B", "c", "a;d"), "firm": lambda: choose("Acme", "acme", "Beta", "Gamma", "Nobody", "F1", "f2", "F4"),
            "mail": lambda: choose(f"m{number}@example.com", f"M{number}@Example.com", f"m{number}@"), "price": lambda: choose("12.50", "1,234.56", "12,50", "free", "€ 5"),
            "yes": lambda: choose("yes", "no", "true", "maybe"),
        }[name]()

    def options(self):
        options = {"mapping": {name: name for name in self.header}}
        if chance.random() < 0.6:
            options["match_on"] = choose("key", "mail", ["key"], "name") if "mail" in self.header else "key"
            options["on_match"] = choose("fill", "replace", "replace_nonblank", "skip", "refuse")
            options["on_new"] = choose("create", "create", "skip")
        options["on_problem"] = choose("skip_row", "skip_row", "skip_cell", "refuse") if chance.random() < 0.7 else "skip_row"
        if chance.random() < 0.5:
            options |= {"date_order": choose("dmy", "mdy"), "decimal_mark": choose(".", ",")}
        if chance.random() < 0.4:
            options["create_choices"] = True
        if chance.random() < 0.4 and "firm" in self.header:
            options["link_by"] = {"firm": "code"}
        return options

    def file(self):
        kind = choose("csv", "csv", "xlsx", "json")
        if kind == "csv":
            out = io.StringIO()
            csv.writer(out, delimiter=choose(",", ";", "\t")).writerows([self.header, *self.rows])
            return out.getvalue().encode()
        if kind == "xlsx":
            return workbooks.xlsx([self.header] + [[cell or None for cell in row] for row in self.rows])
        return json.dumps([{name: cell for name, cell in zip(self.header, row)} for row in self.rows]).encode()


def attempt(work):
    """The answer, or what the refusal says."""
    try:
        return work()
    except psycopg.Error as error:
        return (error.sqlstate, error.diag.message_primary, error.diag.message_detail)


def in_batches(ann, import_id, size, options):
    """The same import another way: each call its own transaction."""
    while not (answer := call(ann, "continue_import", import_id, size, options))["is_done"]:
        pass
    return answer


def state(table):
    return {id: values for id, *values in tests.owner.execute(STATE, [table]).fetchall()}


def columns(table):
    return tests.owner.execute("SELECT name, options FROM app.table_columns WHERE table_id = %s ORDER BY position", [table]).fetchall()


def one(number, ann):
    world = World()
    options, file, table = world.options(), world.file(), world.table
    about = f"file {number} of seed {SEED}, {options}"
    before, columns_before = state(table), columns(table)
    import_id = begin(ann, table, file, part=choose(50, 1000, 1 << 20))
    plan = attempt(lambda: call(ann, "plan_import", import_id, options))
    tests.check(f"{about}: a plan changes nothing", (state(table), columns(table)), (before, columns_before))
    # At once, in batches of the usual size, or in small ones: then a row is not compared with rows of other batches that failed. A refusal in batches would come
    # after the batches before it.
    size = None if isinstance(plan, tuple) else choose(None, None, 1000, 1, 7, 50)
    answer = attempt(lambda: call(ann, "run_import", import_id, options) if size is None else in_batches(ann, import_id, size, options))
    if isinstance(plan, tuple):
        tests.check(f"{about}: the refusal", answer, plan)
        tests.check(f"{about}: a refusal changes nothing", (state(table), columns(table)), (before, columns_before))
        return "refused"
    if not tests.check(f"{about}: the answer", isinstance(answer, dict) or answer, True):
        return "wrong"
    after, found = state(table), errors(ann, import_id)
    tests.check(f"{about}: all rows", (answer["rows"], plan["rows"], sum(counts(answer).values())), (answer["rows"],) * 3)
    if size in (None, 1000):
        told = [(problem["row_number"], problem["column"], problem["code"], problem["message"]) for problem in plan["problems"]]
        tests.check(f"{about}: the counts", counts(answer), counts(plan))
        tests.check(f"{about}: the problems", found[:20], told)
        tests.check(f"{about}: the counts of problems", dict(collections.Counter((column or "", code) for _, column, code, _ in found)),
                    {(group["column"], group["code"]): group["count"] for group in plan["problem_counts"]})
    made = {name: [choice for choice in options.get("choices", []) if choice not in dict(columns_before)[name].get("choices", [])] for name, options in columns(table)}
    names = {name: [choice["name"] if isinstance(choice, dict) else choice for choice in choices] for name, choices in made.items() if choices}
    tests.check(f"{about}: the new choices", names, plan["new_choices"])
    tests.check(f"{about}: what was created", len(after.keys() - before.keys()), answer["created"])
    changed = {id for id in before if before[id] != after.get(id)}
    tests.check(f"{about}: what was changed", len(changed), answer["updated"])
    for change in plan["changes"] if size in (None, 1000) else []:
        flat = [({"name": row[0], "email": row[1], "company": row[2], "status": row[3]} | row[4]) for row in (before[change["record_id"]], after[change["record_id"]])]
        tests.check(f"{about}: a change from and to", [{name: row.get(name) for name in change["to"]} for row in flat], [change["from"], change["to"]])

    # Some of them are edited, and others, too.
    touched = sorted(changed | (after.keys() - before.keys()))
    edited = set(chance.sample(touched, min(len(touched), chance.choice([0, 0, 1, 3]))))
    for id in edited | set(chance.sample(sorted(before), 2)) - (set(touched) - edited):
        tests.owner.execute("UPDATE app.records SET data = data || '{\"edited\": true}' WHERE id = %s", [id])
    kept = state(table)
    expected = {id: values for id, values in kept.items() if id in edited or (id in before and id not in touched)} | {id: before[id] for id in changed - edited}
    if answer["created"] + answer["updated"] == 0:
        tests.check(f"{about}: an undo of nothing", attempt(lambda: call(ann, "undo_import", import_id))["deleted"], 0)
        return "nothing"
    if edited:
        refusal = attempt(lambda: call(ann, "undo_import", import_id))
        tests.check(f"{about}: the undo is refused", (refusal[0], set(json.loads(refusal[2]))), ("55000", edited))
        tests.check(f"{about}: and has done nothing", state(table), kept)
    undone = call(ann, "undo_import", import_id, "keep")
    tests.check(f"{about}: the undo", (undone["deleted"], undone["restored"], undone["kept"], set(undone["kept_ids"])),
                (len(after.keys() - before.keys() - edited), len(changed - edited), len(edited), edited))
    tests.check(f"{about}: the table", state(table), expected)
    return "undone"


partial()
outcomes = collections.Counter()
with tests.ann() as connection:
    for number in range(FILES):
        outcomes[one(number, connection)] += 1
print(f"import_outcomes: {dict(outcomes)}")
tests.check("files of all kinds", outcomes["undone"] * 2 >= FILES and outcomes["refused"] > 0, True)
tests.end(7 * FILES)
