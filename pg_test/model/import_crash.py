#!/usr/bin/env python3
"""The server is killed while a file comes in and is imported, two clients at once go on from where it was, and an import is cancelled in the middle: every row
of the file is imported once or told as a problem once, what was acknowledged stays, and undo takes all of it back. The choices are seeded (ROWKIT_SEED), the
moments are the machine's. ROWKIT_SOAK=1 runs twenty times as many rounds.
"""
import random
import threading
import time

from importing import SEED, SOAK, Imports, begin, call, counts, crash_server, errors, psycopg

ROUNDS = 20 if SOAK else 1
ROWS = 4_000
tests = Imports("import_crash")
chance = random.Random(SEED)
killed_within = 0


def file_of(rows):
    """Rows with a number each, of which some have none that is one; and what of them can be imported."""
    bad = set(chance.sample(range(rows), rows // 50))
    lines = [f"row {n},{'none' if n in bad else n},{'x' * chance.randrange(60)}" for n in range(rows)]
    return ("name,n,note\n" + "\n".join(lines) + "\n").encode(), sorted(n + 2 for n in bad)


def persistently(work, done):
    """Calls with a connection of Ann's until it is done, whatever becomes of the server and whoever else is at it."""
    while True:
        try:
            with tests.ann() as connection:
                while not work(connection):
                    pass
                done.append(True)
                return
        except psycopg.OperationalError as error:
            # The server is gone, or somebody else runs the import.
            if error.sqlstate not in (None, "55P03", "57P01", "57P02", "57P03"):
                raise
            time.sleep(0.05)


def progress(import_id):
    return call(tests.owner, "import_progress", import_id)


def kill_when(import_id, is_time):
    """Kills the server a little after a moment that the import has reached."""
    global killed_within
    while not is_time(seen := progress(import_id)):
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 0.08))
    crash_server()
    after = progress(import_id)
    killed_within += 0 < after["next_row"] < ROWS
    tests.check("a crash takes nothing back that others have seen", after["next_row"] >= seen["next_row"], True)


def finish(table, import_id, bad):
    """Each row is there once, or told once; undo takes back what came."""
    connection = tests.owner
    found = progress(import_id)
    tests.check("the counts", counts(found) | {"state": found["state"], "rows": found["rows"]},
                {"created": ROWS - len(bad), "updated": 0, "unchanged": 0, "skipped": 0, "failed": len(bad), "state": "done", "rows": ROWS})
    there = connection.execute("SELECT count(*), count(DISTINCT data -> 'n'), sum((data ->> 'n')::integer) FROM app.records WHERE table_id = %s AND deleted_at IS NULL", [table]).fetchone()
    tests.check("each row once", there, (ROWS - len(bad), ROWS - len(bad), sum(range(ROWS)) - sum(n - 2 for n in bad)))
    tests.check("each problem once", [row for row, *_ in errors(connection, import_id)], bad)
    undone = call(connection, "undo_import", import_id)
    tests.check("the undo", (undone["deleted"], undone["kept"]), (ROWS - len(bad), 0))
    tests.check("nothing is left", connection.execute("SELECT count(*) FROM app.records WHERE table_id = %s AND deleted_at IS NULL", [table]).fetchone()[0], 0)


def batches(import_id, size):
    """The procedure, called again by whoever finds it not done."""
    def work(connection):
        connection.execute("CALL app.run_import_in_batches(%s, %s)", [import_id, size])
        return True
    return work


def steps(import_id, size):
    """What a client does that cannot CALL. What a call has answered is never taken back."""
    acknowledged = [0]

    def work(connection):
        answer = call(connection, "continue_import", import_id, size)
        tests.check("what was acknowledged stays", answer["next_row"] >= acknowledged[0], True)
        acknowledged[0] = answer["next_row"]
        return answer["is_done"]
    return work


def whole(import_id, size):
    def work(connection):
        return call(connection, "run_import", import_id)["is_done"]
    return work


def upload(table, file, key):
    """A client that sends the parts again which it does not know to have come, with a crash in between."""
    part = len(file) // chance.randrange(5, 15)
    ids, crashes = set(), [chance.randrange(3)]

    def work(connection):
        import_id = call(connection, "begin_import", table, "file.csv", key)
        ids.add(import_id)
        for number, start in enumerate(range(0, len(file), part), 1):
            come = call(connection, "append_import", import_id, number, file[start:start + part])
            if number == 3 and crashes[0] > 0:
                crashes[0] -= 1
                crash_server()
        tests.check("all bytes have come", come, len(file))
        return True

    persistently(work, [])
    tests.check("one import of a key", len(ids), 1)
    return ids.pop()


for turn in range(ROUNDS):
    for way in (batches, steps, whole):
        table = tests.table(("n", "integer", {"required": True}), ("note", "text"))
        file, bad = file_of(ROWS)
        import_id = upload(table, file, f"{way.__name__} {turn}")
        done, size = [], chance.choice([37, 100, 250])
        clients = [threading.Thread(target=persistently, args=(way(import_id, size), done)) for _ in range(2)]
        for client in clients:
            client.start()
        for _ in range(3):
            if way is whole:
                until = time.monotonic() + chance.uniform(0.05, 0.6)
                kill_when(import_id, lambda _: time.monotonic() > until)
            else:
                least = chance.randrange(1, ROWS)
                kill_when(import_id, lambda seen: seen["next_row"] >= least or seen["is_done"])
        for client in clients:
            client.join()
        tests.check("both clients came to the end", len(done), 2)
        finish(table, import_id, bad)

    # Cancelled while the procedure runs: what was imported until then stays, is counted, and can be taken back.
    table = tests.table(("n", "integer", {"required": True}), ("note", "text"))
    file, bad = file_of(ROWS)
    with tests.ann() as ann:
        import_id = begin(ann, table, file)
        client = threading.Thread(target=persistently, args=(batches(import_id, 50), done := []))
        client.start()
        least = chance.randrange(1, ROWS // 2)
        while progress(import_id)["next_row"] < least:
            time.sleep(0.005)
        tests.check("it is cancelled", call(ann, "cancel_import", import_id), True)
        client.join()
        tests.check("the procedure ends", done, [True])
        found = call(ann, "import_progress", import_id)
        rows = found["next_row"]
        tests.check("it is cancelled in the middle", (found["state"], 0 < rows < ROWS), ("cancelled", True))
        failed = [row for row in bad if row - 2 < rows]
        tests.check("what it did", counts(found), {"created": rows - len(failed), "updated": 0, "unchanged": 0, "skipped": 0, "failed": len(failed)})
        tests.check("the problems until then", [row for row, *_ in errors(ann, import_id)], failed)
        there = tests.owner.execute("SELECT count(*), count(DISTINCT data -> 'n') FROM app.records WHERE table_id = %s AND deleted_at IS NULL", [table]).fetchone()
        tests.check("the records until then", there, (rows - len(failed),) * 2)
        tests.check("it does not go on", call(ann, "continue_import", import_id)["next_row"], rows)
        ann.execute("CALL app.run_import_in_batches(%s)", [import_id])
        tests.check("it is cancelled once", call(ann, "cancel_import", import_id), False)
        tests.check("the records of the undo", call(ann, "undo_import", import_id)["deleted"], rows - len(failed))
        tests.check("none is left", tests.owner.execute("SELECT count(*) FROM app.records WHERE table_id = %s AND deleted_at IS NULL", [table]).fetchone()[0], 0)

tests.check("some crashes came in the middle of an import", killed_within >= 2 * ROUNDS, True)
tests.end(50 * ROUNDS)
