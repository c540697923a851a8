#!/usr/bin/env python3
"""A real pooler, Debian's pgbouncer in transaction mode: many clients of many tenants take turns at one server connection, and no one is ever answered
with a row of another tenant, nor without their own. They read and write with statements that stay prepared from one to the other, with cursors, savepoints,
errors, commits and rollbacks; they change who they are, forget to say it, lose what they may see, and die in mid-transaction. ROWKIT_SOAK=1 runs twenty
times as long.
"""
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
import traceback

from people import CONTEXT, Day, psycopg

CLIENTS = 16
ROUNDS = 2000 if os.environ.get("ROWKIT_SOAK") else 100
SEED = os.environ.get("ROWKIT_SEED", "20261121")
TENANTS = range(6)
PORT = 6432  # of a socket in the test's own folder
ALL = "SELECT to_jsonb(seen) FROM app.{0} AS seen"
SHARED = ("organizations", "user_organizations", "tables", "table_columns", "table_statuses", "records")


def key(kind, number):
    return f"00000000-0000-4000-8000-{kind}{number:011d}"


def organization(number):
    return key("a", number)


class Someone:
    """Who asks, and the tenants that they belong to."""

    def __init__(self, number, tenants, role="member"):
        self.sub, self.tenants, self.role = key("b", number), set(tenants), role
        self.claims = {"role": "authenticated", "sub": self.sub, "email": f"{number}@example.com"}


# A member and a viewer of each tenant, one who is in two, one who is in none; and for each client one whose membership comes and goes.
PEOPLE = [Someone(n, [n]) for n in TENANTS] + [Someone(20 + n, [n], "viewer") for n in TENANTS] + [Someone(40, [0, 3]), Someone(41, [])]
GUESTS = [Someone(60 + n, [n % len(TENANTS)]) for n in range(CLIENTS)]


def start_pooler():
    program = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
    if not program:
        if shutil.which("apt-get"):
            sys.exit("pooler: there is no pgbouncer, and apt could have fetched one: see need_pooler in dev")
        print("pooler: skipped, there is no pgbouncer here and no apt to fetch it")
        sys.exit()
    folder = pathlib.Path(os.environ["PGHOST"])
    (folder / "pooler.users").write_text('"authenticator" ""\n')
    settings = folder / "pooler.ini"
    settings.write_text(f"""[databases]
{os.environ["PGDATABASE"]} = host={folder} port={os.environ["PGPORT"]}
[pgbouncer]
listen_port = {PORT}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/pooler.users
pool_mode = transaction
default_pool_size = 1
max_db_connections = 1
max_client_conn = 100
""")
    # Like the server, it refuses to run as root.
    other = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    log = open(folder / "pooler.log", "w")
    pooler = subprocess.Popen([program, "-q", str(settings)], stdout=log, stderr=log, **other)
    for _ in range(100):
        if (folder / f".s.PGSQL.{PORT}").exists():
            return pooler
        time.sleep(0.05)
    pooler.kill()
    sys.exit("pooler: it did not start\n" + (folder / "pooler.log").read_text())


class Wrong(Exception):
    pass


class Client:
    """A program with a connection to the pooler, which speaks for whoever comes."""
    turns = []  # in the order in which the server connection served them: its process, the client, who it spoke for

    def __init__(self, number):
        self.number, self.r = number, random.Random(f"{SEED}/{number}")
        self.statements = self.rows = self.kills = self.refused = 0
        self.connect()

    def connect(self):
        # Named statements of the protocol are not for this pooler, which does not know them before version 1.21.
        self.connection = psycopg.connect(user="authenticator", port=PORT, autocommit=True, prepare_threshold=None)

    def run(self, sql, *params):
        self.statements += 1
        cursor = self.connection.execute(sql, params or None)
        rows = cursor.fetchall() if cursor.description else []
        self.rows += len(rows)
        return rows

    def fails(self, wanted, sql, *params):
        """A statement that is refused, and its transaction goes on."""
        self.run("SAVEPOINT tried")
        try:
            self.run(sql, *params)
        except psycopg.Error as error:
            if error.sqlstate != wanted:
                raise
            self.refused += 1
        else:
            raise Wrong(f"{sql} {params} was not refused")
        self.run("ROLLBACK TO tried")

    def tell(self, claims, role="authenticated"):
        self.statements += 1
        self.connection.execute(CONTEXT, {"role": role, "claims": json.dumps(claims), "headers": "{}"})

    def begin(self, someone, isolation="READ COMMITTED"):
        self.run(f"BEGIN ISOLATION LEVEL {isolation}")
        self.tell(someone.claims)
        self.turns.append((self.run("SELECT pg_backend_pid()")[0][0], self.number, someone.sub))

    def end(self):
        self.run(self.r.choice(("COMMIT", "ROLLBACK")))

    def look(self, table, rows, tenants, whole=True):
        """What was answered is of these tenants and, when all was asked for, no less than what they began with."""
        rows = [row for [row] in rows]
        allowed = {organization(n) for n in tenants}
        for row in rows:
            if row["id" if table == "organizations" else "organization_id"] not in allowed:
                raise Wrong(f"{table}: a row of another tenant than {sorted(tenants)}: {row}")
            if table == "records" and not any(row["name"].startswith(f"of {n}:") for n in tenants):
                raise Wrong(f"records: what another tenant wrote: {row}")
        for n in tenants if whole else ():
            there = sum(row["id" if table == "organizations" else "organization_id"] == organization(n) for row in rows)
            if there < {"organizations": 1, "user_organizations": 2, "tables": 1, "table_columns": 1, "table_statuses": 2, "records": 5}[table]:
                raise Wrong(f"{table}: {there} rows of the tenant {n}")

    def read(self, tenants):
        table = self.r.choice(SHARED)
        self.r.choice((self.read_plainly, self.read_by_key, self.read_prepared, self.read_cursor))(table, tenants)

    def read_plainly(self, table, tenants):
        self.look(table, self.run(ALL.format(table)), tenants)

    def read_by_key(self, table, tenants):
        """Asks for everybody's by name, in the extended protocol."""
        column = "id" if table == "organizations" else "organization_id"
        self.look(table, self.run(ALL.format(table) + f" WHERE {column} = ANY (%s::uuid[])", [organization(n) for n in TENANTS]), tenants)

    def read_prepared(self, table, tenants):
        """Uses what whoever was first has prepared, with their role and their claims."""
        if not self.run("SELECT 1 FROM pg_prepared_statements WHERE name = %s", f"all_{table}"):
            self.run(f"PREPARE all_{table} (text) AS " + ALL.format(table) + " WHERE $1 IS NOT NULL")
        self.run("SELECT set_config('plan_cache_mode', %s, true)", self.r.choice(("auto", "force_generic_plan", "force_custom_plan")))
        self.look(table, self.run(f"EXECUTE all_{table} ('x')"), tenants)

    def read_cursor(self, table, tenants):
        self.run("DECLARE part CURSOR FOR " + ALL.format(table))
        rows = []
        while some := self.run("FETCH 3 FROM part"):
            rows += some
        self.run("CLOSE part")
        self.look(table, rows, tenants)

    # What a client does in its turn.

    def reads(self, someone):
        self.begin(someone, self.r.choice(("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")))
        for _ in range(self.r.randint(1, 4)):
            self.read(someone.tenants)
        if [row["id"] for [row] in self.run(ALL.format("users"))] != [someone.sub]:
            raise Wrong("users: not one's own row alone")
        if {str(tenant) for tenant in self.run("SELECT current_tenant_ids('app.user_organizations')")[0][0]} != {organization(n) for n in someone.tenants}:
            raise Wrong("current_tenant_ids: not one's own")
        self.end()

    def writes(self, someone):
        self.begin(someone)
        mine = sorted(someone.tenants)
        insert = "INSERT INTO app.records (table_id, name) VALUES (%s, %s) RETURNING to_jsonb(records)"
        theirs = self.r.choice([n for n in TENANTS if n not in mine])
        self.fails("42501", insert, key("c", theirs), f"of {theirs}: stolen")
        self.read(someone.tenants)
        if someone.role == "member" and mine:
            n = self.r.choice(mine)
            self.look("records", self.run(insert, key("c", n), f"of {n}: one more"), [n], whole=False)
            self.fails("23514", "UPDATE app.records SET organization_id = %s, table_id = %s", organization(theirs), key("c", theirs))
            self.look("records", self.run("UPDATE app.records SET company = %s RETURNING to_jsonb(records)", someone.sub), mine)
            self.look("records", self.run("DELETE FROM app.records WHERE name LIKE '%%: one more' RETURNING to_jsonb(records)"), mine, whole=False)
        self.end()

    def changes(self, someone):
        """Becomes someone else in the middle, in a savepoint that is taken back, and then for good."""
        other = self.r.choice(PEOPLE)
        self.begin(someone, self.r.choice(("READ COMMITTED", "REPEATABLE READ")))
        self.read(someone.tenants)
        self.run("SAVEPOINT before")
        self.tell(other.claims)
        self.read(other.tenants)
        self.run("ROLLBACK TO before")
        self.read(someone.tenants)
        self.tell(other.claims)
        self.read(other.tenants)
        # In one statement, too.
        part = "SELECT to_jsonb(seen) FROM app.seen_as(%s) AS seen"
        rows = self.run(f"{part} UNION ALL SELECT NULL UNION ALL {part}", json.dumps(someone.claims), json.dumps(other.claims))
        middle = rows.index((None,))
        self.look("records", rows[:middle], someone.tenants)
        self.look("records", rows[middle + 1:], other.tenants)
        self.end()

    def forgets(self, someone):
        """Says nothing of itself, after whoever was there before: has no rights, or none's rows."""
        forms = ("", "{}", "null", "[]", '{"role": "authenticated"}', '{"sub": null}', '{"sub": "x"}', "{", f'"{someone.sub}"')
        if self.r.random() < 0.3:
            try:
                rows = self.run(ALL.format("records"))
            except psycopg.errors.InsufficientPrivilege:
                self.refused += 1
                return
            raise Wrong(f"the login role was answered: {rows}")
        self.run("BEGIN")
        self.run("SET LOCAL ROLE authenticated")
        if self.r.random() < 0.5:
            self.run("SELECT set_config('request.jwt.claims', %s, true)", self.r.choice(forms))
        for table in ("users", *SHARED):
            if rows := self.run(ALL.format(table)):
                raise Wrong(f"{table}: answered to nobody: {rows}")
        if self.run("SELECT rowkit.current_user_id(), cardinality(rowkit.current_tenant_ids('app.user_organizations'))") != [(None, 0)]:
            raise Wrong("nobody is someone")
        self.end()

    def errs(self, someone):
        """A statement fails; the transaction is over, and who comes next is not who was."""
        self.begin(someone)
        self.read(someone.tenants)
        for wanted, sql in (("22012", "SELECT 1 / (count(*) - count(*)) FROM app.records"), ("25P02", ALL.format("records"))):
            try:
                self.run(sql)
                raise Wrong(f"{sql} did not fail")
            except psycopg.Error as error:
                if error.sqlstate != wanted:
                    raise
        self.run(self.r.choice(("COMMIT", "ROLLBACK")))
        self.forgets(someone)

    def dies(self, someone):
        """The connection breaks in mid-transaction, as when the program is killed."""
        self.begin(someone)
        self.read(someone.tenants)
        if someone.role == "member" and someone.tenants:
            n = min(someone.tenants)
            self.run("INSERT INTO app.records (table_id, name) VALUES (%s, %s)", key("c", n), f"of {n}: never written")
        with socket.socket(fileno=os.dup(self.connection.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)
        self.connection.close()
        self.kills += 1
        self.connect()

    def loses(self, _):
        """A membership ends and begins again: the very next statement is answered accordingly."""
        guest = GUESTS[self.number]
        for active in (False, True):
            self.run("BEGIN")
            self.tell({"role": "service_role"}, "service_role")
            self.run("UPDATE app.user_organizations SET is_active = %s WHERE user_id = %s", active, guest.sub)
            self.run("COMMIT")
            self.begin(guest, self.r.choice(("READ COMMITTED", "REPEATABLE READ")))
            self.read(guest.tenants if active else ())
            self.end()

    def work(self):
        doings = {self.reads: 8, self.writes: 5, self.changes: 4, self.forgets: 4, self.errs: 2, self.loses: 2, self.dies: 0.3}
        try:
            for _ in range(ROUNDS):
                [doing] = self.r.choices(list(doings), doings.values())
                doing(self.r.choice(PEOPLE))
                if wrong:
                    break
        except Exception as error:
            where = " < ".join(frame.name for frame in reversed(traceback.extract_tb(error.__traceback__)[-3:]))
            wrong.append(f"client {self.number}, seed {SEED}, {where}: {getattr(error, 'sqlstate', '')} {error}")
        self.connection.close()


wrong = []
day = Day("custom_tables")
day.owner.execute("""CREATE FUNCTION app.seen_as(claims text) RETURNS SETOF app.records LANGUAGE plpgsql AS
    $$ BEGIN PERFORM set_config('request.jwt.claims', claims, true); RETURN QUERY SELECT * FROM app.records; END $$""")
for n in TENANTS:
    day.owner.execute("INSERT INTO organizations (id, name) VALUES (%s, %s)", [organization(n), f"of {n}"])
    day.owner.execute("INSERT INTO tables (id, organization_id, name) VALUES (%s, %s, 'T')", [key("c", n), organization(n)])
    day.owner.execute("INSERT INTO table_columns (table_id, name, type) VALUES (%s, 'name', 'text')", [key("c", n)])
    day.owner.execute("INSERT INTO table_statuses (table_id, name, position) VALUES (%s, 'lead', 1), (%s, 'won', 2)", [key("c", n)] * 2)
    day.owner.execute("INSERT INTO records (table_id, name) SELECT %s, %s || i FROM generate_series(1, 5) AS i", [key("c", n), f"of {n}: "])
for someone in PEOPLE + GUESTS:
    day.owner.execute("INSERT INTO users (id, email) VALUES (%s, %s)", [someone.sub, someone.claims["email"]])
    for n in someone.tenants:
        day.owner.execute("INSERT INTO user_organizations (user_id, organization_id, role) VALUES (%s, %s, %s)", [someone.sub, organization(n), someone.role])

pooler = start_pooler()
try:
    clients = [Client(number) for number in range(CLIENTS)]
    threads = [threading.Thread(target=client.work) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
finally:
    pooler.terminate()
    pooler.wait()

statements, rows, kills, refused = (sum(getattr(client, what) for client in clients) for what in ("statements", "rows", "kills", "refused"))
turns = Client.turns
servers = len({process for process, _, _ in turns})
mixed = sum(a[0] == b[0] and a[1:] != b[1:] for a, b in zip(turns, turns[1:]))
print(f"pooler: {CLIENTS} clients at {servers} server connections, one after the other ({kills} clients died): {len(turns)} transactions, {mixed} of them "
      f"after another client's; {statements} statements, {rows} rows looked at, {refused} statements refused; {len(wrong)} wrong")
if wrong:
    sys.exit("\n".join(wrong))
# It was work, of all kinds, and at one connection: a new one comes only after a client died.
if statements < 500 * CLIENTS or rows < 300 * CLIENTS or kills < 5 or refused < 100 or servers > kills + 1 or mixed < len(turns) * 0.8:
    sys.exit("pooler: this was not what it is for")
left = day.owner.execute("""SELECT record.name, record.organization_id::text, record.company
    FROM records AS record JOIN organizations AS organization ON organization.id = record.organization_id
    WHERE record.name LIKE '%never written' OR record.name NOT LIKE organization.name || ':%'
        OR record.company IS NOT NULL AND NOT EXISTS (
            SELECT FROM user_organizations AS member WHERE member.user_id::text = record.company AND member.organization_id = organization.id)""").fetchall()
if left or day.owner.execute("SELECT * FROM isolation_report()").fetchall():
    sys.exit(f"pooler: what should not have been written: {left}")
