#!/usr/bin/env python3
"""What PostgreSQL's own specs ask of DELETE and foreign keys (fk-snapshot-2, fk-partitioned-2 and the like), asked of soft_delete: every
order of a delete and a write below it, both ways to end, at every isolation level, for each action, by one column and by two, on plain and
partitioned tables.
isolationtester runs each permutation with DELETE and with soft_delete; who waits, who is refused and what lives at the end must agree. A run takes every third permutation, another third for
each action and shape; ROWKIT_SOAK=1 takes all 2,592.
"""
import itertools
import os
import re
import subprocess
import sys

SOAK = bool(os.environ.get("ROWKIT_SOAK"))
THIRDS = 3
LEVELS = {"c": "READ COMMITTED", "r": "REPEATABLE READ", "s": "SERIALIZABLE"}
STATES = {"violates foreign key|which is deleted|cannot be deleted": "23503", "could not serialize": "40001"}
ORDERS = ["delete dend write wend", "delete write dend wend", "write delete wend dend", "write wend delete dend"]


KEYS = {"plain": ("id integer PRIMARY KEY", "parent_id integer DEFAULT 3 REFERENCES parent", ""),
        # Two columns refer; SET NULL changes one of them.
        "pair": ("area integer DEFAULT 0, id integer, PRIMARY KEY (area, id)",
                 "area integer DEFAULT 0, parent_id integer DEFAULT 3, FOREIGN KEY (area, parent_id) REFERENCES parent", " (parent_id)")}


def make(action, shape, enable):
    """The tables, once for all permutations."""
    partitions = "".join(f"CREATE TABLE {name}_{n} PARTITION OF {name} FOR VALUES IN ({n});" for name in ("parent", "child") for n in (1, 2, 3))
    key, foreign_key, column = KEYS["pair" if shape == "pair" else "plain"]
    sql = f"""
        DROP TABLE IF EXISTS child, parent, deletions, deletion_references CASCADE;
        CREATE TABLE parent ({key}) {'PARTITION BY LIST (id)' if shape == 'partitioned' else ''};
        CREATE TABLE child (id integer PRIMARY KEY, {foreign_key} ON DELETE {action}{column if action == 'SET NULL' else ''})
            {'PARTITION BY LIST (id)' if shape == 'partitioned' else ''};
        {partitions if shape == 'partitioned' else ''}
        {enable}"""
    subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1"], input="SET client_min_messages = error;" + sql, text=True, check=True, stdout=subprocess.DEVNULL)


def spec(action, delete, tables, live, turn):
    lines = ["setup {", f"""
        TRUNCATE {tables};
        INSERT INTO parent (id) VALUES (1), (2), (3); INSERT INTO child (id, parent_id) VALUES (2, 2){'' if action == 'NO ACTION' else ', (3, 1)'};""", "}",
        "session deleter"]
    for letter, level in LEVELS.items():
        lines.append(f"step d{letter} {{ BEGIN ISOLATION LEVEL {level}; SELECT count(*) AS held FROM parent; }}")
    lines += [f"step delete {{ {delete} }}", "step dcommit { COMMIT; }", "step drollback { ROLLBACK; }", "session writer"]
    for letter, level in LEVELS.items():
        lines.append(f"step w{letter} {{ BEGIN ISOLATION LEVEL {level}; SELECT count(*) AS held FROM parent; }}")
    lines += ["step insert { INSERT INTO child (id, parent_id) VALUES (1, 1); }", "step move { UPDATE child SET parent_id = 1 WHERE id = 2; }",
              "step wcommit { COMMIT; }", "step wrollback { ROLLBACK; }", "session reader",
              f"step list {{ SELECT 'parent' AS what, id FROM parent {live} UNION ALL SELECT concat('child of ', parent_id), id FROM child {live} ORDER BY 1, 2; }}"]
    permutations = itertools.product(ORDERS, itertools.product(LEVELS, LEVELS), ("insert", "move"), ("cc", "cr", "rc"))
    for order, (d, w), write, ends in permutations if SOAK else itertools.islice(permutations, turn % THIRDS, None, THIRDS):
        end = {"c": "commit", "r": "rollback"}
        steps = order.replace("write", write).replace("dend", "d" + end[ends[0]]).replace("wend", "w" + end[ends[1]])
        lines.append(f"permutation d{d} w{w} {steps} list")
    return "\n".join(lines) + "\n"


def run(text):
    tester = os.environ["ROWKIT_REGRESS"] + "/isolation/isolationtester"
    target = " ".join(f"{name}={os.environ[variable]}" for name, variable in
                      (("host", "PGHOST"), ("port", "PGPORT"), ("user", "PGUSER"), ("dbname", "PGDATABASE")))
    done = subprocess.run([tester, target], input=text, capture_output=True, text=True, check=True)
    return re.split(r"(?m)^starting permutation: ", done.stdout)[1:]


def meaning(permutation):
    """Who waits and who is refused, in order, and what lives at the end, without the words that differ."""
    told = []
    lines = permutation.splitlines()
    for line in lines[1:]:
        if line.startswith(("step", "ERROR")):
            step = re.match(r"step (\w+):", line)
            wait = "waits" if line.endswith("<waiting ...>") else "goes on" if "<... completed>" in line else ""
            states = [state for pattern, state in STATES.items() if re.search(pattern, line)]
            assert states or not line.startswith("ERROR"), line
            told.append((step.group(1) if step else "", wait, *states))
    return told, lines[max(n for n, line in enumerate(lines) if line.startswith("step list")) + 1:]


failed = count = waits = 0
for turn, (action, shape) in enumerate(itertools.product(("NO ACTION", "CASCADE", "SET NULL", "SET DEFAULT"), ("plain", "partitioned", "pair"))):
    # Ends come in threes: of each order, level and write another one.
    turn += turn // THIRDS
    key = "jsonb_build_object('area', 0, 'id', 1)::text" if shape == "pair" else "1"
    make(action, shape, "")
    native = run(spec(action, "DELETE FROM parent WHERE id = 1;", "child, parent", "", turn))
    make(action, shape, "SELECT count(*) FROM rowkit.enable_soft_delete('parent'); SELECT count(*) FROM rowkit.enable_soft_delete('child');")
    soft = run(spec(action, f"DO $$ BEGIN PERFORM rowkit.soft_delete('parent', {key}); END $$;",
                    "child, parent, deletion_references, deletions", "WHERE deleted_at IS NULL", turn))
    assert len(native) == len(soft) > 0
    for one, other in zip(native, soft):
        count += 1
        waits += "<waiting" in one
        if meaning(one) != meaning(other):
            failed += 1
            if failed <= 5:
                print(f"--- {action} {shape}, DELETE: {one}--- soft_delete: {other}")
print(f"lifecycle_foreign_keys: {count} permutations, {waits} with a wait, {failed} that differ")
sys.exit(failed > 0 or waits == 0)
