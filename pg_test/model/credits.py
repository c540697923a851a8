#!/usr/bin/env python3
"""Credits under load: sixteen sessions grant, consume, refund, reserve, settle, release and let lapse, for three accounts, with rollbacks and
savepoints. At every moment, in one snapshot: the balance is the sum of the ledger and of what the grants hold, and never negative. And fifty twins of one
request with one idempotency key make one debit and get one answer. ROWKIT_SOAK=1 runs ten times as long.
"""
import os
import random
import sys
import threading
import time
from collections import Counter

from session import Session

SECONDS = 60 if os.environ.get("ROWKIT_SOAK") else 6
SETUP = "SET search_path = public, rowkit; SET client_min_messages = warning;"
SUMS = """SELECT account.account_id, account.balance, coalesce((SELECT sum(amount) FROM credit_entries AS e WHERE e.account_id = account.account_id), 0),
    coalesce((SELECT sum(remaining) FROM credit_grants AS g WHERE g.account_id = account.account_id), 0) FROM credit_accounts AS account;"""
outcomes, wrong, looks = Counter(), [], Counter()


def work(seed, stop):
    r, session = random.Random(seed), Session(SETUP)
    while time.monotonic() < stop:
        account, amount = r.randint(1, 3), r.randint(1, 20)
        any_of = f"(SELECT id FROM credit_operations WHERE account_id = {account} AND kind = '%s' ORDER BY random() LIMIT 1)"
        kind, sql = r.choice([
            ("grant", f"SELECT grant_credits({account}, {r.randint(1, 60)}, {r.randint(1, 3)}, {r.choice(['NULL', 'clock_timestamp()', 'clock_timestamp() + $$20 ms$$'])}, "
                      f"{r.choice(['NULL', 'NULL', '$$day$$'])});"),
            ("consume", f"SELECT consume_credits({account}, {amount}, 'x');"),
            ("consume", f"SELECT consume_credits({account}, {amount}, 'x', 'key-{r.randint(1, 50)}');"),
            ("refund", f"SELECT refund_credits({any_of % 'consume'}, {r.choice(['NULL', '1'])});"),
            ("reserve", f"SELECT reserve_credits({account}, {amount}, 'y', interval '{r.choice(['1 minute', '1 ms'])}');"),
            ("settle", f"SELECT settle_credits({any_of % 'reserve'}, {r.choice(['NULL', '0', '1'])});"),
            ("release", f"SELECT release_credits({any_of % 'reserve'});"),
            # A day passes for a grant that nothing was taken from: what was taken carries the day it was taken on.
            ("day", f"DO $$ BEGIN PERFORM FROM credit_accounts WHERE account_id = {account} FOR UPDATE; "
                    f"UPDATE credit_grants SET period_key = period_key - 1 WHERE period = 'day' AND account_id = {account} AND id = "
                    f"(SELECT id FROM credit_grants WHERE period = 'day' AND account_id = {account} AND NOT EXISTS (SELECT FROM credit_entries AS e "
                    "WHERE e.grant_id = credit_grants.id AND e.kind IN ('consume', 'reserve')) ORDER BY random() LIMIT 1); END $$;"),
            ("reset", "SELECT expire_credits();"),
        ])
        if r.random() < 0.2:
            sql = f"BEGIN ISOLATION LEVEL {r.choice(['READ COMMITTED', 'REPEATABLE READ'])}; {sql} SAVEPOINT s; SELECT consume_credits({account}, 1, 'z'); " \
                  f"{r.choice(['ROLLBACK TO s;', ''])} {r.choice(['COMMIT;', 'ROLLBACK;'])}"
        state = session.state(sql)
        outcomes[kind, state if len(state) == 5 and state.isalnum() else "done"] += 1
    session.close()


def watch(stop):
    session = Session(SETUP)
    while True:
        for line in session.run(SUMS):
            account, balance, ledger, grants = map(int, line.split("|"))
            looks["looks"] += 1
            if not balance == ledger == grants or balance < 0:
                wrong.append(f"account {account}: balance {balance}, ledger {ledger}, grants {grants}")
        if time.monotonic() >= stop:
            break
    session.close()


def together(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


admin = Session(SETUP)
for line in admin.run("CREATE TABLE accounts (id integer PRIMARY KEY); INSERT INTO accounts SELECT generate_series(1, 4); SELECT count(*) FROM enable_credits('accounts');"):
    if "ERROR" in line:
        sys.exit("credits: " + line)
stop = time.monotonic() + SECONDS
together([threading.Thread(target=work, args=(seed, stop)) for seed in range(16)] + [threading.Thread(target=watch, args=(stop,))])
watch(0)
answers = []


def twin():
    session = Session(SETUP)
    barrier.wait()
    answers.append(session.state("SELECT consume_credits(4, 7, 'once', 'the-key');"))
    session.close()


admin.run("SELECT grant_credits(4, 1000);")
barrier = threading.Barrier(50)
together([threading.Thread(target=twin) for _ in range(50)])
debits = admin.run("SELECT count(*), credit_balance(4) FROM credit_entries WHERE account_id = 4 AND amount < 0;")
told = {f"{kind} {state}": count for (kind, state), count in sorted(outcomes.items())}
print("credits:", told, dict(looks), f"fifty twins: {len(set(answers))} answer, debits|balance {debits[0]}")
unexpected = {state for _, state in outcomes} - {"done", "53400", "22023", "55000", "42704", "40001", "25P02"}
if wrong or unexpected or debits != ["1|993"] or len(set(answers)) != 1 or len(answers) != 50:
    sys.exit(f"credits: {wrong[:3]} {unexpected} {set(answers)}")
if any(outcomes[kind, "done"] < 5 for kind in ("grant", "consume", "refund", "reserve", "settle", "release", "reset")):
    sys.exit("credits: too little was done")
