#!/usr/bin/env python3
"""docs/blueprints: every row of their tables is full, names objects that are there, and tests that are there."""
import os
import re
import subprocess
import sys

os.chdir(os.path.join(os.path.dirname(__file__), "../.."))
BLUEPRINTS = ["custom_tables", "customer_accounts", "lead_intelligence", "data_catalog", "studio_crm"]
# Tests by name: golden tests, isolation specs, scripts. Unit tests are named by their folder.
TESTS = {"pg_test/regress/sql": (".sql",), "pg_test/isolation/specs": (".spec",), "pg_test/model": (".py", ".sh"), "pg_test/dump": (".sh",), "benches": (".sh",)}
WORD = r"[a-z_][a-z0-9_]*"
problems = []


def ask(sql):
    return subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql], check=True, capture_output=True, text=True).stdout.splitlines()


def names(blueprint):
    """Everything that a name in this blueprint's document can mean: its own objects, and those of rowkit."""
    homes = f"'{blueprint}', 'rowkit'"
    own = ask(f"""
        SELECT relname FROM pg_class WHERE relnamespace::regnamespace::text IN ({homes})
        UNION SELECT attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace::regnamespace::text IN ({homes}) AND attnum > 0
        UNION SELECT conname FROM pg_constraint WHERE connamespace::regnamespace::text IN ({homes})
        UNION SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE relnamespace::regnamespace::text IN ({homes})
        UNION SELECT polname FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid WHERE relnamespace::regnamespace::text IN ({homes})
        UNION SELECT typname FROM pg_type WHERE typnamespace::regnamespace::text IN ({homes})
        UNION SELECT proname FROM pg_proc WHERE pronamespace::regnamespace::text IN ({homes})
        UNION SELECT opcname FROM pg_opclass WHERE opcnamespace::regnamespace::text IN ({homes})
        UNION SELECT nspname FROM pg_namespace WHERE nspname IN ({homes})
        UNION SELECT enumlabel FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid WHERE typnamespace::regnamespace::text IN ({homes})
        UNION SELECT unnest(proargnames) FROM pg_proc WHERE pronamespace::regnamespace::text IN ({homes})""")
    types = ask("SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace")
    return set(own) | set(types) | {"auth", "authenticated", "anon", "service_role", "pg_catalog"}


def functions(blueprint):
    return set(ask(f"SELECT proname FROM pg_proc WHERE pronamespace::regnamespace::text IN ('{blueprint}', 'rowkit', 'pg_catalog')"))


def unknown(cell, blueprint, known, callable_names):
    """The names in code that mean nothing. SQL is searched for calls alone."""
    for code in re.findall(r"`([^`]+)`", cell):
        if re.fullmatch(r"[\w/]+\.(sql|spec|py|sh)|src/[\w/.]+", code):
            places = [code, f"sql/blueprints/{blueprint}/{code}", f"pg_test/isolation/specs/{code}"]
            if not any(os.path.exists(place) for place in places):
                yield code
        elif re.fullmatch(rf"(?:{WORD}\.)*(?:{WORD}|[…<>a-z0-9_]+)(?:\(.*\))?", code):
            for name in code.split("(")[0].split("."):
                # `<table>_updated_at` and `…_fkey` stand for several.
                pattern = re.compile(re.sub(r"<\w+>|…", r".+", name))
                if not name.strip("…") or not any(pattern.fullmatch(one) for one in known):
                    yield code
                    break
        else:
            yield from (call for call in re.findall(rf"\b({WORD})\(", code) if call not in callable_names)


def tests_of(cell, headings):
    """What a test cell names that is not there. Plain text is a comment of the blueprint's own golden test."""
    cell = re.sub(r"\([^)]*\)", "", cell)  # what to look at in it
    for code in re.findall(r"`([^`]+)`", cell):
        places = [code] + [f"{folder}/{code}{ending}" for folder, endings in TESTS.items() for ending in ("", *endings)]
        if not any(os.path.exists(place) for place in places):
            yield code
    for part in re.sub(r"`[^`]+`", "", cell).split(";"):
        part = part.replace("unit tests of", "").strip(" ,")
        if part and not any(part.lower() in heading for heading in headings):
            yield part


for blueprint in BLUEPRINTS:
    ask(f"SELECT count(*) FROM rowkit.install_blueprint('{blueprint}', '{blueprint}')")
for blueprint in BLUEPRINTS:
    path, rows = f"docs/blueprints/{blueprint}.md", 0
    known, callable_names = names(blueprint), functions(blueprint)
    golden = "blueprint" if blueprint == "custom_tables" else blueprint
    headings = [line[2:].strip().lower() for line in open(f"pg_test/regress/sql/{golden}.sql") if line.startswith("--")]
    text = open(path).read()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|") or re.fullmatch(r"[|-]+", line):
            continue
        # A bar in code is escaped.
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells == ["seed item", "object", "test"]:
            continue
        rows += 1
        if len(cells) != 3 or not all(cells):
            problems.append(f"{path}:{number}: a cell is empty or missing")
            continue
        item, made, test = cells
        # "that index" and "the same" mean what the item names.
        said = made + (" " + item if re.match(r"(that|the same|kept)\b", made) else "")
        if re.match(r"(that|the same|kept)\b", made) and "`" not in said:
            problems.append(f"{path}:{number}: names nothing")
        problems += [f"{path}:{number}: there is no {name}" for name in unknown(said, blueprint, known, callable_names)]
        problems += [f"{path}:{number}: there is no test {name}" for name in tests_of(test, headings)]
    if rows < 20:
        problems.append(f"{path}: {rows} rows")
    # A document that leaves a table out is not whole; parts of the log come and go.
    problems += [f"{path}: nothing about {name}" for name in ask(
        f"SELECT relname FROM pg_class WHERE relnamespace = '{blueprint}'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition "
        "UNION ALL SELECT DISTINCT proname FROM pg_proc "
        f"WHERE pronamespace = '{blueprint}'::regnamespace") if name not in re.findall(r"\w+", text) and name != "rowkit_objects"]
print("\n".join(problems))
sys.exit(1 if problems else 0)
