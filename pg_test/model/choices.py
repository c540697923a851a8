#!/usr/bin/env python3
"""Choices with any character: random definitions of select, multi_select and status columns whose names hold quotes, separators, blanks, control
characters, emoji, JSON and twins of one folded form, beside a model of them in Python. Records are written by INSERT, UPDATE and upsert_record, asked of
by validate_record and cast_record, and read by accessors; choices and statuses get other names, are archived and go. What is a choice is taken and comes
back byte for byte, what is none is refused with its place and code, and no value becomes another choice but by a rename, or by a cast to the one that it
names. ROWKIT_SEED chooses another seed, ROWKIT_SOAK=1 makes 400 tables.
"""

import json
import os
import random
import sys
import unicodedata
import uuid
from collections import Counter

from people import psycopg

TABLES = 400 if os.environ.get("ROWKIT_SOAK") else 14
STEPS = 120
SEED = int(os.environ.get("ROWKIT_SEED", "20261130"))
ORGANIZATION = "00000000-0000-4000-8000-0000000000a1"
ATOMS = [
    "a",
    "b",
    "Z",
    "ab",
    "É",
    "e\u0301",
    "é",
    "ß",
    "ẞ",
    "İ",
    "Σ",
    "ς",
    "ﬁ",
    "か",
    "ｶﾞ",
    "ガ",
    "カ\u3099",
    "髙",
    "株式会社",
    "㈱",
    "שלום",
    "مرحبا",
    "\u202e",
    "\u200b",
    "\u200d",
    "\ufeff",
    "👩\u200d👩\u200d👧",
    "🇯🇵",
    "☃\ufe0f",
    "Ａ",
    "ａ",
    "１",
    "1",
    "0",
    ",",
    ", ",
    "、",
    "，",
    ";",
    "；",
    "\n",
    "\r\n",
    "\t",
    "\x01",
    "\x1f",
    "\x7f",
    "\u0085",
    "\u2028",
    '"',
    '""',
    "'",
    "''",
    "\\",
    "\\n",
    "\\u0041",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ":",
    "/",
    "~",
    ".",
    "%",
    "%s",
    "$1",
    "$$",
    "@records@",
    "@tables@",
    " ",
    "  ",
    "\u00a0",
    "\u3000",
    "null",
    "true",
    "\U0010ffff",
    "\ue000",
    "\ufffd",
]
WHOLE = [
    "null",
    "NULL",
    "true",
    "false",
    "0",
    "1",
    "1.0",
    "-1",
    "1e5",
    "NaN",
    "{}",
    "[]",
    "[1]",
    '["a","b"]',
    '"a"',
    '"a","b"',
    "a",
    "b",
    "a, b",
    "b, a",
    "A",
    "Ａ",
    "ａ",
    "a b",
    " a",
    "a ",
    "choices",
    "name",
    "id",
    "data",
    "deleted_at",
    "'",
    '"',
    "\\",
    "' OR true --",
    "${x}",
    "{{name}}",
    " ",
    "\u3000",
    ",",
    '[{"$serde_json::private::Number": "1"}]',
    "{a,b}",
    "\u0301",
    "\u200b",
]
SEPARATORS = ",、，;；\n"
done = Counter()

owner = psycopg.connect(autocommit=True)
owner.execute("SET client_min_messages = error")
owner.execute("SET search_path = public, rowkit")
owner.execute("SELECT rowkit.install_blueprint('custom_tables', 'public')")
owner.execute("SELECT count(*) FROM unnest('{records,tables,table_columns,table_statuses}'::regclass[]) AS audited(name), rowkit.disable_audit(audited.name)")
owner.execute("INSERT INTO organizations (id, name) VALUES (%s, 'Acme')", [ORGANIZATION])


def ask(sql, *parameters):
    """The rows, or the SQLSTATE and what DETAIL says."""
    try:
        cursor = owner.execute(sql, parameters or None)
        return cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        if error.sqlstate is None or error.sqlstate.startswith("XX"):
            sys.exit(f"choices: {error.sqlstate} {error} in {sql} {parameters}")
        return error.sqlstate, error.diag.message_detail


def text(value):
    return json.dumps(value, ensure_ascii=False)


# What choice.rs means by one reading, written down once more.
INVISIBLE = set("\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
BLANKS = {"\u00a0", *map(chr, range(0x2000, 0x200B)), "\u202f", "\u205f", "\u3000"}
WHITE = " \t\n\r\x0b\x0c\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


def fold(name):
    while True:
        plain = "".join(" " if c in BLANKS else chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in name if c not in INVISIBLE)
        after = "".join(c.lower() for c in unicodedata.normalize("NFKC", plain))
        if after == name:
            break
        name = after
    return " ".join(word for word in "".join(" " if c in WHITE else c for c in name).split(" ") if word)


class Choice:
    def __init__(self, name, key=None, archived=False, plain=False):
        self.name, self.key, self.archived, self.plain = name, key, archived, plain and not archived

    def json(self):
        if self.plain:
            return self.name
        return {"name": self.name, **({"id": self.key} if self.key is not None else {}), **({"archived": True} if self.archived else {})}


class Choices:
    """What a list of choices takes, and what a text means by it."""

    def __init__(self, items):
        self.items = items
        self.live = [item.name for item in items if not item.archived]
        self.archived = {item.name for item in items if item.archived}
        self.ids, self.folded = {}, {}
        for item in items:
            if item.key is not None and not item.plain:
                self.ids.setdefault(item.key, item.name)
        for name in self.live:
            self.folded.setdefault(fold(name), []).append(name)

    def pick(self, given):
        """The choice that a text means: by its name, its id, or its folded name where no other has it; an archived one's name means none, nor do blanks."""
        if given in self.live:
            return given
        if given in self.archived or given == "":
            return None
        if given in self.ids:
            return self.ids[given] if self.ids[given] in self.live else None
        named = self.folded.get(fold(given), []) if fold(given) else []
        return named[0] if len(named) == 1 else None

    def is_sound(self):
        names = [item.name for item in self.items]
        return bool(self.live) and "" not in names and len(set(names)) == len(names)


def renamed(before, after):
    """New names by old ones: those of the same id, of which the first choice that has it counts."""
    keys = lambda items: {item.key: item.name for item in reversed(items) if item.key is not None and not item.plain}
    old, new = keys(before), keys(after)
    return {name: new[key] for key, name in old.items() if new.get(key, name) != name}


class Table:
    """A custom table as it should be."""

    def __init__(self, r, number):
        self.r, self.number, self.id = r, number, str(uuid.UUID(int=(0x4000 << 64) + (0x8 << 60) + number))
        self.columns = {
            name: str(uuid.UUID(int=(0x4000 << 64) + (0x8 << 60) + (number << 8) + place))
            for place, name in enumerate(("one", "many", "company", "phase", "label"), 1000)
        }
        self.records, self.statuses, self.count, self.last = {}, [], 0, None
        # Every other table has names that a list can be made of.
        self.has_plain_names = number % 2 == 0
        self.pool = [self.random_name() for _ in range(14)]
        self.pool += [twin for name in r.sample(self.pool, 5) for twin in self.twins(name)[: 0 if self.has_plain_names else 2]]
        self.lists = {name: self.random_list(name == "company") for name in ("one", "many", "company")}
        self.defaults = {"one": None, "many": None}
        self.labels = {name: name for name in self.columns}

    def random_name(self):
        r = self.r
        while self.has_plain_names:
            name = "".join(r.choice(ATOMS) for _ in range(r.randint(1, 4)))
            if fold(name) and name.strip(WHITE) == name and name[0] not in '"[' and not any(c in SEPARATORS for c in name):
                return name
        if r.random() < 0.35:
            return r.choice(WHOLE)
        if r.random() < 0.06:
            return "".join(r.choice(ATOMS) for _ in range(1000))[:1000]
        return "".join(r.choice(ATOMS) for _ in range(r.randint(1, 5)))

    def twins(self, name):
        """Texts that read like a name, or nearly so."""
        r = self.r
        all_of_them = [
            name.upper(),
            name.lower(),
            f" {name}",
            f"{name}\u3000",
            name + "\u200b",
            unicodedata.normalize("NFKC", name),
            unicodedata.normalize("NFD", name),
            fold(name),
            name.strip(),
            name + "x",
            name[:-1],
            json.dumps(name),
            json.dumps([name], ensure_ascii=False),
            '"' + name.replace('"', '""') + '"',
            name.replace("\\", "\\\\"),
            name + "," + name,
        ]
        r.shuffle(all_of_them)
        return [twin for twin in all_of_them if twin]

    def random_list(self, is_short):
        r = self.r
        while True:
            names = list(dict.fromkeys(r.sample(self.pool, r.randint(2, 8))))
            # Values of company are values of an index, which has no room for more.
            names = [name for name in names if not is_short or len(name.encode()) <= 2500]
            items = []
            for name in names:
                key = r.choice([None, f"c{len(items)}", f"c{len(items)}", f"c{len(items)}", "c0", r.choice(self.pool)])
                items.append(Choice(name, key, archived=r.random() < 0.15, plain=key is None and r.random() < 0.6))
            if Choices(items).is_sound():
                return items

    def choices(self, name):
        return Choices([Choice(status, key) for key, status, _, _ in self.statuses]) if name in ("phase", "status") else Choices(self.lists[name])

    def type(self, name):
        return {"one": "select", "many": "multi_select", "company": "select", "phase": "status", "label": "text"}[name]

    def options(self, name, items):
        return {"choices": [item.json() for item in items]}

    def schema(self):
        columns = []
        for name, key in self.columns.items():
            columns.append(
                {
                    "id": key,
                    "name": name,
                    "label": self.labels[name],
                    "type": self.type(name),
                    "required": False,
                    "indexed": False,
                    **({"options": self.options(name, self.lists[name])} if name in self.lists else {}),
                    **({"unique": True} if name == "label" else {}),
                    **({"default": self.defaults[name]} if self.defaults.get(name) is not None else {}),
                }
            )
        statuses = [
            {"id": key, "name": name, "color": color, "order": place} for key, name, color, place in sorted(self.statuses, key=lambda status: status[3])
        ]
        return {"columns": columns, "statuses": statuses}

    # --- what is right ---

    def errors_of(self, name, value):
        """The problems of one field, as place and code."""
        at = f"/{name}" if name in ("company", "status") else f"/data/{name}"
        kind = "status" if name == "status" else self.type(name)
        if value is None or value == "":
            return []
        if kind == "multi_select":
            if not isinstance(value, list):
                return [(at, "type")]
            problems, seen, live = [], set(), self.choices(name).live
            for place, item in enumerate(value):
                if not isinstance(item, str):
                    problems.append((f"{at}/{place}", "type"))
                elif item in seen:
                    problems.append((f"{at}/{place}", "multi_select.duplicate"))
                else:
                    seen.add(item)
                    problems += [] if item in live else [(f"{at}/{place}", "multi_select.unknown")]
            return problems
        if not isinstance(value, str):
            return [(at, "type")]
        if name == "status" and not self.statuses:
            return []
        return [] if value in self.choices(name).live else [(at, f"{'status' if kind == 'status' else 'select'}.unknown")]

    def errors(self, fields, before=None):
        return sorted(
            error
            for name, value in fields.items()
            if name != "label" and (before is None or before.get(name) != value)
            for error in self.errors_of(name, value)
        )

    # --- what is tried ---

    def random_value(self, name, only_text=False):
        r, choices = self.r, self.choices(name)
        pool = self.pool + [item.name for item in choices.items]
        if name in ("company", "status"):
            pool = [item for item in pool if len(item.encode()) <= 2500]
        near = lambda: r.choice(self.twins(r.choice(pool)))[:600]
        other = lambda: r.choice([r.choice(pool), near(), near(), self.random_name()[:600], "", *choices.ids, *choices.archived])
        one = lambda: r.choice(choices.live) if choices.live and r.random() < 0.6 else other()
        if not only_text and r.random() < 0.06:
            return r.choice([None, 1, 0, True, {"name": "a"}, {}, 1.5])
        if name != "many":
            return one() if only_text or r.random() < 0.96 else r.choice([[], [one()]])
        if r.random() < 0.1:
            return one()
        items = [r.choice(choices.live) if r.random() < 0.8 else one() for _ in range(r.randint(0, 4))]
        return [*dict.fromkeys(items)] if r.random() < 0.85 else items + r.choice([[], [1], [None], items[:1], [[]]])

    def random_fields(self, only_text=False):
        names = self.r.sample(["one", "many", "company", "phase", "status"], self.r.randint(1, 3))
        return {name: self.random_value(name, only_text and name in ("company", "status")) for name in names}

    def check(self, what, got, wanted):
        done["answers"] += 1
        if got != wanted:
            sys.exit(f"choices, seed {SEED}, table {self.id}: {what}\nis        {got!r}\nshould be {wanted!r}")

    def check_refused(self, what, answer, errors):
        """An error with these problems in DETAIL, or none."""
        if not errors:
            return self.check(what, answer[0] if isinstance(answer, tuple) else [], [])
        done["refused"] += 1
        self.check(what, answer[0] if isinstance(answer, tuple) else answer, "23514")
        self.check(what, sorted((problem["path"], problem["code"]) for problem in json.loads(answer[1])), errors)

    def ask_errors(self, fields):
        flat = text(fields)
        errors = self.errors(fields)
        [[answer, is_valid]] = ask("SELECT validate_record(%s, %s::jsonb)::text, is_valid_record(%s, %s::jsonb)", self.id, flat, self.id, flat)
        problems = json.loads(answer)
        self.check(f"validate_record {flat}", (sorted((problem["path"], problem["code"]) for problem in problems), is_valid), (errors, not errors))
        for problem in problems:
            # What the message names as the value is the value.
            if "value" in problem["params"]:
                name, *place = problem["path"].removeprefix("/data").lstrip("/").split("/")
                value = fields[name][int(place[0])] if place else fields[name]
                self.check("value of " + flat, problem["params"]["value"], value if len(value) <= 100 else value[:100] + "…")
        done["asked"] += 1

    def stored(self, fields):
        return {name: value for name, value in fields.items() if value is not None or name not in ("company", "status")}

    def insert(self):
        fields = self.random_fields(only_text=True)
        self.count += 1
        key = str(uuid.UUID(int=(self.number << 80) + (0x4000 << 64) + (0x8 << 60) + self.count))
        data = {name: value for name, value in fields.items() if name not in ("company", "status")} | {"label": f"r{self.count}"}
        answer = ask(
            "INSERT INTO records (id, table_id, company, status, data) VALUES (%s::uuid, %s, %s, %s, %s::jsonb)",
            key,
            self.id,
            fields.get("company"),
            fields.get("status"),
            text(data),
        )
        errors = self.errors(fields)
        self.check_refused(f"INSERT {text(fields)}", answer, errors)
        if not errors:
            defaults = {name: value for name, value in self.defaults.items() if value is not None and name not in data}
            self.records[key] = {"company": fields.get("company"), "status": fields.get("status"), **data, **defaults}
            done["inserted"] += 1

    def update(self):
        if not self.records:
            return
        key, fields = self.r.choice(list(self.records)), self.random_fields(only_text=True)
        before = self.records[key]
        data = {name: value for name, value in fields.items() if name not in ("company", "status")}
        after = {**before, **fields}
        errors = self.errors(fields, before)
        if self.r.random() < 0.5 and not any(name in ("company", "status") and value == "" for name, value in fields.items()):
            what = "upsert_record"
            answer = ask("SELECT is_new FROM upsert_record(%s, 'label', %s::jsonb)", self.id, text({**fields, "label": before["label"]}))
            answer = answer if isinstance(answer, tuple) else [] if answer == [(False,)] else answer
        else:
            what = "UPDATE"
            sets = "".join(f", {name} = %s" for name in ("company", "status") if name in fields)
            answer = ask(
                f"UPDATE records SET data = data || %s::jsonb{sets} WHERE id = %s",
                text(data),
                *[fields[name] for name in ("company", "status") if name in fields],
                key,
            )
        self.check_refused(f"{what} {text(fields)} of {text(before)}", answer, errors)
        if not errors:
            self.records[key] = after
            done["updated"] += 1

    def cast(self):
        """What a form or a file says, brought to the choices that it names; what it does not name stays, to be refused."""
        r, fields = self.r, {}
        for name in r.sample(["one", "company", "phase", "many", "status"], r.randint(1, 3)):
            fields[name] = self.random_value(name)
        wanted, lists = {}, {}
        for name, value in fields.items():
            choices = self.choices(name)
            if not self.errors_of(name, value) and not (name == "many" and value == ""):
                wanted[name] = value
            elif name == "status":
                # A common field without a column is left as it is.
                wanted[name] = value
            elif name == "many" and isinstance(value, str):
                lists[name] = value
            elif name == "many" and isinstance(value, list) and all(isinstance(item, (str, int, float)) and not isinstance(item, bool) for item in value):
                items = [item if isinstance(item, str) else json.dumps(item) for item in value]
                wanted[name] = [choices.pick(item) or item for item in items]
            elif name != "many" and (isinstance(value, str) or name != "phase" and isinstance(value, (int, float)) and not isinstance(value, bool)):
                picked = choices.pick(value if isinstance(value, str) else json.dumps(value))
                wanted[name] = value if picked is None else picked
            else:
                wanted[name] = value
        [[data, errors]] = ask("SELECT data::text, errors::text FROM cast_record(%s, %s::jsonb)", self.id, text(fields))
        data, errors = json.loads(data), json.loads(errors)
        self.check(f"cast_record {text(fields)}", {name: data[name] for name in wanted}, wanted)
        for name, value in lists.items():
            self.check_list(value, data[name])
        self.check(f"errors of cast_record {text(fields)}", sorted((problem["path"], problem["code"]) for problem in errors), self.errors(data))
        done["cast"] += 1
        done["cast to another"] += data != fields

    def check_list(self, given, found):
        """Each choice that a text was read as stands in it, by its name, its id or as it reads."""
        choices = self.choices("many")
        for item in found:
            if item in choices.live:
                names = {item, *(key for key, name in choices.ids.items() if name == item)}
                in_text = any(
                    name in given or json.dumps(name)[1:-1] in given or json.dumps(name, ensure_ascii=False)[1:-1] in given or name.replace('"', '""') in given
                    for name in names
                )
                self.check(f"{item!r} out of {given!r}", in_text or fold(item).replace(" ", "") in fold(given).replace(" ", ""), True)

    def cast_list(self):
        """A list in JSON, in CSV, with separators, and a name alone."""
        r, choices = self.r, self.choices("many")
        chosen = r.sample(choices.live, r.randint(1, min(3, len(choices.live))))
        form = r.choice(["json", "csv", "separated", "alone"])
        if form == "alone":
            chosen = chosen[:1]
        separator = r.choice([", ", ";", "、", "\n", "，"])
        given = {
            "json": lambda: r.choice([json.dumps(chosen), text(chosen), json.dumps(chosen, indent=1)]),
            "csv": lambda: ",".join('"' + name.replace('"', '""') + '"' for name in chosen),
            "separated": lambda: separator.join(chosen),
            "alone": lambda: chosen[0],
        }[form]()
        [[data]] = ask("SELECT data::text FROM cast_record(%s, %s::jsonb)", self.id, text({"many": given}))
        found = json.loads(data)["many"]
        self.check_list(given, found)
        names = {*choices.live, *choices.archived, *choices.ids}
        has_separator = lambda name: any(c in SEPARATORS for c in name)
        # A text that is also something else by itself, or made of other choices, is read as that.
        if form == "alone":
            self.check(f"{given!r} alone", found, chosen)
            done["list alone"] += 1
        elif choices.pick(given) or given in names or choices.pick(given.strip(WHITE)) or given.strip(WHITE) in names:
            done["list that is a choice"] += 1
        elif form == "separated":
            if not any(has_separator(name) or name.strip(WHITE) != name or not fold(name) or name[0] in '"[' for name in names):
                self.check(f"{given!r} with separators", found, chosen)
                done["list separated"] += 1
        else:
            pieces = [piece.strip(WHITE) for piece in "".join("\n" if c in SEPARATORS else c for c in given).split("\n")]
            if not any(choices.pick(piece) or piece in names for piece in pieces if piece) and not any(has_separator(name) or not fold(name) for name in names):
                self.check(f"{given!r} as {form}", found, chosen)
                done[f"list {form}"] += 1

    def read(self):
        """Every record is what it should be, to the byte, by all the ways of reading."""
        rows = ask(
            """SELECT id::text, company, status, data::text, field_text(data, 'one'), data ->> 'one', data ->> 'phase', field_text(data, 'many'),
            convert_to(data ->> 'one', 'UTF8'), transform_from_record(to_jsonb(records))::text FROM records WHERE table_id = %s""",
            self.id,
        )
        found = {}
        for key, company, status, data, one, plain, phase, many, octets, flat in rows:
            data = json.loads(data)
            found[key] = {"company": company, "status": status, **data}
            given = data.get("one")
            self.check(
                "accessors of " + text(data), (one, plain, phase, octets), (given, given, data.get("phase"), given.encode() if given is not None else None)
            )
            self.check("field_text of many", many, data["many"] if isinstance(data.get("many"), str) else None)
            self.check("the flat form of " + text(data), {name: json.loads(flat).get(name) for name in data}, data)
        differing = sorted(key for key in found.keys() | self.records.keys() if found.get(key) != self.records.get(key))
        self.check(f"records after {self.last}", {key: found.get(key) for key in differing}, {key: self.records.get(key) for key in differing})
        invalid = {key for key, fields in self.records.items() if self.errors(fields)}
        self.check("invalid_records", {key for [key] in ask("SELECT record_id::text FROM invalid_records(%s)", self.id)}, invalid)
        done["orphans"] += len(invalid)
        done["read"] += len(found)

    def check_schema(self):
        [[schema, document]] = ask("SELECT schema::text, table_json_schema(id)::text FROM tables WHERE id = %s", self.id)
        schema, document = json.loads(schema), json.loads(document)["properties"]
        schema.pop("version", None)
        self.check("tables.schema", schema, self.schema())
        self.check("sync_table_schema", ask("SELECT sync_table_schema(%s)", self.id), [(False,)])
        self.check("the JSON Schema of one", document["one"]["anyOf"][1]["enum"], self.choices("one").live)
        self.check("the JSON Schema of many", document["many"]["anyOf"][1]["items"]["enum"], self.choices("many").live)

    def carry(self, name, names):
        for fields in self.records.values():
            value = fields.get(name)
            if isinstance(value, str):
                fields[name] = names.get(value, value)
            elif isinstance(value, list) and any(item in names for item in value if isinstance(item, str)):
                fields[name] = list(dict.fromkeys(names.get(item, item) for item in value))
        done["renamed"] += len(names)

    def change_choices(self):
        """New names under the same ids, choices that swap theirs, others that go, come or are archived."""
        r, name = self.r, self.r.choice(["one", "many", "company"])
        items = [Choice(item.name, item.key, item.archived, item.plain) for item in self.lists[name]]
        kind = r.choice(["rename", "rename", "swap", "delete", "add", "archive", "order", "bad", "label"])
        fresh = [
            other
            for other in [*self.pool, self.random_name()]
            if other not in {item.name for item in items} and (name != "company" or len(other.encode()) <= 2500)
        ]
        keyed = [item for item in items if item.key is not None and not item.plain]
        if kind == "rename" and keyed and fresh:
            r.choice(keyed).name = r.choice(fresh)
        elif kind == "swap" and len(keyed) > 1:
            one, two = r.sample(keyed, 2)
            one.name, two.name = two.name, one.name
        elif kind == "delete" and len(items) > 1:
            items.remove(r.choice(items))
        elif kind == "add" and fresh:
            items.append(Choice(r.choice(fresh), f"d{r.randrange(100)}"))
        elif kind == "archive":
            item = r.choice(items)
            item.archived, item.plain = not item.archived, False
        elif kind == "order":
            r.shuffle(items)
        elif kind == "bad":
            items.append(Choice(r.choice(["", items[0].name]), plain=r.random() < 0.5))
        self.define(name, items, label=self.random_name() if kind == "label" else None)
        done[f"choices: {kind}"] += 1

    def define(self, name, items, label=None):
        names = renamed(self.lists[name], items)
        self.last = f"{name}: {text([item.json() for item in self.lists[name]])} to {text([item.json() for item in items])}"
        default, choices = self.defaults.get(name), Choices(items)
        follow = lambda value: names.get(value, value)
        after = None if default is None else follow(default) if isinstance(default, str) else [follow(item) for item in default]
        is_default = after is None or (after in choices.live if isinstance(after, str) else set(after) <= set(choices.live) and len(set(after)) == len(after))
        answer = ask(
            "UPDATE table_columns SET options = %s::jsonb, label = coalesce(%s, label) WHERE id = %s",
            text(self.options(name, items)),
            label,
            self.columns[name],
        )
        wanted = [] if choices.is_sound() and is_default else "22023"
        self.check(
            f"choices {text([item.json() for item in self.lists[name]])} to {text([item.json() for item in items])}, default {default!r}",
            answer[0] if isinstance(answer, tuple) else answer,
            wanted,
        )
        if wanted == []:
            self.lists[name] = items
            self.labels[name] = label or self.labels[name]
            if name in self.defaults:
                self.defaults[name] = after
            self.carry(name, names)

    def change_default(self):
        name = self.r.choice(["one", "many"])
        value = self.random_value(name)
        is_none = value is None
        answer = ask("UPDATE table_columns SET default_value = %s::jsonb WHERE id = %s", None if is_none else text(value), self.columns[name])
        errors = [] if is_none or value == "" and self.errors_of(name, "") else self.errors_of(name, value)
        # No value, as an empty text is, is no choice either.
        errors = errors or value == ""
        self.check(f"default {value!r}", answer[0] if isinstance(answer, tuple) else answer, "22023" if errors else [])
        if not errors:
            self.defaults[name] = value

    def change_statuses(self):
        r = self.r
        fresh = [name for name in [*self.pool, self.random_name()] if name not in {status[1] for status in self.statuses} and len(name.encode()) <= 2500]
        kind = r.choice(["add", "add", "rename", "rename", "swap", "delete", "bad"])
        if kind == "add" and fresh:
            key, name, place = str(uuid.UUID(int=r.getrandbits(128))), r.choice(fresh), len(self.statuses) + r.randrange(1000) * 100
            answer = ask("INSERT INTO table_statuses (id, table_id, name, position) VALUES (%s, %s, %s, %s)", key, self.id, name, place)
            is_blank = not name.strip(WHITE)
            self.check(f"status {name!r}", answer[0] if isinstance(answer, tuple) else answer, "22023" if is_blank else [])
            if not is_blank:
                self.statuses.append((key, name, "#6B7280", place))
        elif kind in ("rename", "swap") and self.statuses and fresh:
            changed = r.sample(self.statuses, min(len(self.statuses), 2 if kind == "swap" else 1))
            # Unique names cannot be swapped in one statement: both get others.
            names = dict(zip([status[1] for status in changed], r.sample(fresh, min(len(fresh), len(changed)))))
            answer = ask(
                "UPDATE table_statuses SET name = $new ->> name WHERE table_id = %s AND $new ? name".replace("$new", "%s::jsonb").replace(
                    " ? ", " OPERATOR(pg_catalog.?) "
                ),
                text(names),
                self.id,
                text(names),
            )
            is_blank = any(not name.strip(WHITE) for name in names.values())
            self.check(f"statuses {names!r}", answer[0] if isinstance(answer, tuple) else answer, "22023" if is_blank else [])
            if not is_blank:
                self.statuses = [(key, names.get(name, name), color, place) for key, name, color, place in self.statuses]
                self.carry("status", names)
                self.carry("phase", names)
        elif kind == "delete" and len(self.statuses) > 1:
            gone = r.choice(self.statuses)
            ask("DELETE FROM table_statuses WHERE id = %s", gone[0])
            self.statuses.remove(gone)
        elif kind == "bad" and self.statuses:
            name, state = r.choice([("", "22023"), ("  \u3000", "22023"), (self.statuses[0][1], "23505")])
            self.check(f"status {name!r}", ask("INSERT INTO table_statuses (table_id, name) VALUES (%s, %s)", self.id, name)[0], state)
        done[f"statuses: {kind}"] += 1

    def run(self):
        ask("INSERT INTO tables (id, organization_id, name) VALUES (%s, %s, 'T')", self.id, ORGANIZATION)
        for place, (name, key) in enumerate(self.columns.items()):
            options = text(self.options(name, self.lists[name])) if name in self.lists else "{}"
            self.check(
                f"column {options}",
                ask(
                    "INSERT INTO table_columns (id, table_id, name, label, type, is_unique, options, position) VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s)",
                    key,
                    self.id,
                    name,
                    name,
                    self.type(name),
                    name == "label",
                    options,
                    place,
                ),
                [],
            )
        for _ in range(4):
            self.change_statuses()
        kinds = (
            [self.insert] * 5
            + [self.update] * 4
            + [lambda: self.ask_errors(self.random_fields())] * 3
            + [self.cast] * 3
            + [self.cast_list] * 3
            + [self.change_choices] * 2
            + [self.change_statuses, self.change_default]
        )
        for step in range(STEPS):
            kind = self.r.choice(kinds)
            kind()
            if kind in (self.change_choices, self.change_statuses, self.change_default) or step == STEPS - 1:
                self.check_schema()
                self.read()


for number in range(TABLES):
    Table(random.Random(SEED + number), number + 1).run()
print("choices:", ", ".join(f"{what} {count}" for what, count in sorted(done.items())))
few = [
    what
    for what in (
        "inserted",
        "updated",
        "refused",
        "asked",
        "cast",
        "cast to another",
        "list alone",
        "list json",
        "list csv",
        "list separated",
        "renamed",
        "orphans",
        "choices: swap",
        "choices: bad",
        "choices: archive",
        "statuses: rename",
    )
    if done[what] < TABLES / 2
]
if few:
    sys.exit(f"choices: too little was done: {few}")
