"""A database of odd things: the five blueprints with rows in every table, and a connection to it that tells a crash, an internal error and a hang from
an answer."""
import atexit
import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(os.environ["ROWKIT_PYTHON"]) / "packages"))
import psycopg  # noqa: E402

ONE, TWO, ANN = (f"00000000-0000-4000-8000-0000000000{n}" for n in ("01", "02", "a1"))
SCHEMAS = ["custom_tables", "data_catalog", "lead_intelligence", "studio_crm", "customer_accounts"]
# A statement that takes longer than its time-out and this is one that nothing ends.
TIMEOUT, PATIENCE = 4, 2
CLEANUP = "SET client_min_messages = error; DROP OWNED BY authenticated; DROP ROLE authenticated;"


def fill():
    """Makes the blueprints and their rows; the role is taken away at the end, with all that it was given."""
    fill_sql = pathlib.Path(__file__).parent.parent / "dump" / "fill.sql"
    subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-f", fill_sql], check=True)
    atexit.register(lambda: subprocess.run(["psql", "-Xqc", CLEANUP], check=False))


class Findings:
    """What must not be, each kind of it once, with a statement that shows it."""

    def __init__(self):
        self.found = {}
        self.statements = 0
        self.answers = {}

    def add(self, kind, what, where):
        self.found.setdefault((kind, what), where)

    def end(self, name, least):
        print(f"{name}: {self.statements} statements, {len(self.found)} findings; {dict(sorted(self.answers.items(), key=lambda item: -item[1])[:12])}")
        for (kind, what), where in self.found.items():
            print(f"{kind}: {what}\n    {where}")
        if self.found or self.statements < least or self.answers.get("ok", 0) < least // 10:
            sys.exit(1)


class Connection:
    """A session whose statements are each looked at."""

    def __init__(self, findings, setup):
        self.findings, self.setup = findings, setup
        self.session = None
        self.connect()

    def connect(self):
        for attempt in range(300):
            try:
                self.session = psycopg.connect(autocommit=True)
                self.session.execute(self.setup)
                return
            except psycopg.OperationalError:
                time.sleep(0.1)
        sys.exit("the server does not come back")

    def run(self, sql, where=""):
        """The SQLSTATE, or ok. A session that ends is a crash."""
        self.findings.statements += 1
        began = time.monotonic()
        try:
            self.session.execute(sql)
            state = "ok"
        except psycopg.Error as error:
            state = error.sqlstate or "lost"
            first = str(error).split("\n")[0][:160]
            if self.session.closed or state in ("lost", "57P01", "57P02", "57P03"):
                self.findings.add("crash", f"{first}: {sql[:60]}", f"{where} {sql[:300]}")
                self.connect()
                state = "lost"
            elif state.startswith("XX"):
                self.findings.add(state, generic(first), f"{where} {sql[:400]}")
        took = time.monotonic() - began
        if took > TIMEOUT + PATIENCE:
            self.findings.add("hang", f"{took:.1f} s", f"{where} {sql[:300]}")
        self.findings.answers[state] = self.findings.answers.get(state, 0) + 1
        return state

    def quietly(self, sql):
        """A statement of the test's own; answers whether it was possible."""
        try:
            self.session.execute(sql)
            return True
        except psycopg.Error:
            if self.session.closed:
                self.connect()
            return False


def generic(message):
    """A message without what differs from one to the next of its kind."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]+|\d+", "N", message)
