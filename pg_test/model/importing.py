"""What the tests of imports share: the blueprint custom_tables in a schema app, its tables, and calls as Ann, a member of the organization."""
import atexit
import json
import os
import subprocess
import sys
import time
import uuid

from people import CLEANUP, ROLES_SETUP, SCHEMA_SETUP, psycopg

SOAK = bool(os.environ.get("ROWKIT_SOAK"))
SEED = int(os.environ.get("ROWKIT_SEED", "20270119"))
ORGANIZATION = "00000000-0000-4000-8000-00000000000a"
ANN = "00000000-0000-4000-8000-0000000000a1"
PART = 1 << 20
# What a record holds for people: what an import writes and an undo gives back.
CHECKSUM = """SELECT coalesce(md5(string_agg(concat_ws('|', id, name, email, company, status, data), E'\\n' ORDER BY id)), '')
FROM app.records WHERE table_id = %s AND deleted_at IS NULL"""


class Imports:
    """A blueprint, and what was not as it should be."""

    def __init__(self, name):
        self.name, self.looked_at, self.wrong = name, 0, []
        self.connection = None
        self.owner.execute(ROLES_SETUP + SCHEMA_SETUP % {"schema": "app"})
        atexit.register(self.clean)
        self.owner.execute("SELECT rowkit.install_blueprint('custom_tables', 'app')")
        self.owner.execute("INSERT INTO organizations (id, name) VALUES (%s, 'Acme')", [ORGANIZATION])
        self.owner.execute("INSERT INTO users (id) VALUES (%s)", [ANN])
        self.owner.execute("INSERT INTO user_organizations (user_id, organization_id, role) VALUES (%s, %s, 'member')", [ANN, ORGANIZATION])

    @property
    def owner(self):
        """A superuser's connection, another one after a crash."""
        while True:
            try:
                if self.connection is None:
                    self.connection = psycopg.connect(autocommit=True)
                    self.connection.execute("SET client_min_messages = warning")
                    self.connection.execute("SET search_path = app, rowkit, public")
                self.connection.execute("SELECT")
                return self.connection
            except psycopg.OperationalError:
                self.connection = None
                time.sleep(0.02)

    def clean(self):
        self.owner.execute(CLEANUP)

    @staticmethod
    def ann(**settings):
        """A connection of Ann's, who is a member and no superuser, under settings of a superuser's."""
        connection = psycopg.connect(autocommit=True)
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", ["rowkit." + name, value])
        connection.execute("SELECT set_config('search_path', 'app, rowkit', false), set_config('request.jwt.claims', %s, false), set_config('role', 'authenticated', false)",
                           [json.dumps({"sub": ANN, "role": "authenticated"})])
        return connection

    def table(self, *columns):
        """A table of these columns: a name, a type, and what else table_columns has."""
        table = str(uuid.uuid4())
        self.owner.execute("INSERT INTO app.tables (id, organization_id, name) VALUES (%s, %s, %s)", [table, ORGANIZATION, table])
        rows = [{"name": name, "type": kind, "position": position, **(rest[0] if rest else {})} for position, (name, kind, *rest) in enumerate(columns)]
        self.owner.execute("""INSERT INTO app.table_columns (table_id, name, type, position, options, required, is_unique)
            SELECT %s, name, type, position, coalesce(options, '{}'), coalesce(required, false), coalesce(is_unique, false)
            FROM jsonb_to_recordset(%s) AS made(name text, type text, position integer, options jsonb, required boolean, is_unique boolean)""",
                           [table, json.dumps(rows)])
        return table

    def records(self, table, rows):
        """Records of these names and values."""
        self.owner.execute("INSERT INTO app.records (table_id, name, data) SELECT %s, value ->> 'name', value - 'name' FROM jsonb_array_elements(%s::jsonb)",
                           [table, json.dumps(rows)])

    def drop(self, table):
        self.owner.execute("DELETE FROM app.tables WHERE id = %s", [table])

    def checksum(self, table):
        return self.owner.execute(CHECKSUM, [table]).fetchone()[0]

    def check(self, what, got, wanted):
        self.looked_at += 1
        if got != wanted:
            self.wrong.append(f"{what}\n    is       {str(got)[:2000]}\n    and not  {str(wanted)[:2000]}")
        return got == wanted

    def end(self, least):
        """At least so many answers were looked at, and each was as it should be."""
        print(f"{self.name}: seed {SEED}, {self.looked_at} answers looked at, {len(self.wrong)} wrong")
        if self.wrong or self.looked_at < least:
            sys.exit("\n".join(self.wrong[:20]) or f"{least} should have been looked at")


def call(connection, function, *arguments, **named):
    """The one answer of a function of the blueprint."""
    places = ["%s"] * len(arguments) + [f"{name} => %s" for name in named]
    values = [json.dumps(value) if isinstance(value, dict) else value for value in [*arguments, *named.values()]]
    return connection.execute(f"SELECT app.{function}({', '.join(places)})", values).fetchone()[0]


def begin(connection, table, file, name="file", key=None, part=PART):
    """An import whose file has come in, in parts."""
    import_id = call(connection, "begin_import", table, name, key)
    for number, start in enumerate(range(0, len(file), part), 1):
        call(connection, "append_import", import_id, number, file[start:start + part])
    return import_id


def errors(connection, import_id):
    return connection.execute("SELECT row_number, column_name, code, message FROM app.import_errors(%s)", [import_id]).fetchall()


def counts(answer):
    """The counts of a plan, a run or a progress."""
    return {name: answer[name] for name in ("created", "updated", "unchanged", "skipped", "failed")}


def crash_server():
    """Kills the server with all its processes, and starts it again."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    subprocess.run(["bash", "-ec", ". ./server.sh; crash_server"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
