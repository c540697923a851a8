"""The people of a day: real connections of one login role that speak as PostgREST does, each request one transaction with its role and claims."""
import atexit
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["ROWKIT_PYTHON"]) / "packages"))
import psycopg  # noqa: E402

ROLES = "anon, authenticated, service_role"
# As Supabase has it: what is made in a schema is granted to the API's roles, unless someone takes it back.
ROLES_SETUP = f"""
DO $$
DECLARE
    role record;
BEGIN
    FOR role IN VALUES ('anon', 'NOLOGIN'), ('authenticated', 'NOLOGIN'), ('service_role', 'NOLOGIN BYPASSRLS'), ('authenticator', 'LOGIN NOINHERIT') LOOP
        IF to_regrole(role.column1) IS NULL THEN EXECUTE format('CREATE ROLE %I %s', role.column1, role.column2); END IF;
    END LOOP;
END
$$;
GRANT {ROLES} TO authenticator;
"""
SCHEMA_SETUP = f"""
CREATE SCHEMA %(schema)s;
GRANT USAGE ON SCHEMA %(schema)s TO {ROLES};
ALTER DEFAULT PRIVILEGES IN SCHEMA %(schema)s GRANT ALL ON TABLES TO {ROLES};
ALTER DEFAULT PRIVILEGES IN SCHEMA %(schema)s GRANT ALL ON SEQUENCES TO {ROLES};
"""
CLEANUP = f"""
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS app CASCADE;
DROP OWNED BY authenticator, {ROLES};
DROP ROLE authenticator, {ROLES};
"""
TABLES = """SELECT class.oid::regclass::text FROM pg_class AS class
WHERE class.relnamespace = 'app'::regnamespace AND class.relkind IN ('r', 'p', 'v', 'm') ORDER BY class.relname COLLATE "C" """
COLUMNS = """SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = %(relation)s::regclass AND attnum > 0
    AND NOT attisdropped AND has_column_privilege(%(role)s, attrelid, attnum, 'SELECT')"""
# What PostgREST tells before each statement.
CONTEXT = """SELECT set_config('role', %(role)s, true), set_config('request.jwt.claims', %(claims)s, true),
    set_config('request.headers', %(headers)s, true), set_config('search_path', 'app, rowkit', true)"""


class Day:
    """A blueprint in the schema app, everybody who works with it, and what was not as it should be."""

    def __init__(self, blueprint):
        self.blueprint, self.steps, self.wrong = blueprint, 0, []
        self.owner = psycopg.connect(autocommit=True)
        self.owner.execute("SET client_min_messages = warning")
        self.owner.execute("SET search_path = app, rowkit, public")
        self.owner.execute(ROLES_SETUP + SCHEMA_SETUP % {"schema": "app"})
        atexit.register(self.clean)
        self.owner.execute("SELECT rowkit.install_blueprint(%s, 'app')", [blueprint])
        # The load balancer before the API server, which comes through a socket: the address that it adds is believed.
        self.owner.execute("ALTER ROLE authenticator SET rowkit.trusted_proxies = '10.0.0.0/8'")
        # What the pooler holds: one connection for whoever is next, with statements that stay prepared from one person to the other.
        self.pooled = self.connect()
        self.pooled.prepare_threshold = 0

    def clean(self):
        self.owner.execute(CLEANUP)

    @staticmethod
    def connect():
        return psycopg.connect(user="authenticator", autocommit=True)

    def person(self, claims=None, role="authenticated", own=False):
        """Someone at the pooled connection, or at one of their own."""
        return Person(self, claims or {}, role, self.connect() if own else self.pooled)

    def check(self, step, got, wanted, counts=1):
        self.steps += counts
        if got != wanted:
            self.wrong.append(f"{step}\n    answered {got!r}\n    and not  {wanted!r}")

    def sees_only(self, person, own, others, shared=(), least=1):
        """Looks at every table: what a person sees names one of `own`, or is in a table that all share, and never names one of `others`."""
        seen = 0
        for [table] in self.owner.execute(TABLES).fetchall():
            # Of some tables a role is given columns.
            [columns] = self.owner.execute(COLUMNS, {"role": person.role, "relation": table}).fetchone()
            rows = person.rows(f"SELECT to_jsonb(seen)::text FROM (SELECT {columns or '*'} FROM {table}) AS seen")
            if isinstance(rows, str):
                self.check(f"{table} is closed", rows, "42501", 0)
                continue
            seen += len(rows)
            self.check(f"what of others is in {table}", [row for [row] in rows if any(other in row for other in others)], [], 0)
            if table.removeprefix("app.") not in shared:
                self.check(f"what is nobody's in {table}", [row for [row] in rows if not any(mine in row for mine in own)], [], 0)
        self.check("this person does see something", seen >= least, True)
        return seen

    def end(self, steps, owners=()):
        """Nothing has changed of the isolation, no counter is wrong, and all the steps were gone."""
        # Nothing stays at the pooled connection, and its login role has no rights of its own.
        left = self.pooled.execute("SELECT current_user::text, coalesce(current_setting('request.jwt.claims', true), '')").fetchall()
        self.check("what a request leaves behind", left, [("authenticator", "")])
        self.check("the login role", self.pooled.execute("SELECT has_schema_privilege('app', 'USAGE')").fetchall(), [(False,)])
        self.check("isolation_report", self.owner.execute("SELECT * FROM rowkit.isolation_report()").fetchall(), [])
        for owner in owners:
            self.check(f"usage_drift of {owner}", self.owner.execute("SELECT * FROM rowkit.usage_drift(accounts => %s)", [owner]).fetchall(), [])
        print(f"{self.blueprint}: {self.steps} answers looked at, {len(self.wrong)} wrong")
        if self.wrong or self.steps != steps:
            sys.exit("\n".join(self.wrong) or f"{steps} should have been looked at")


class Person:
    """Who asks: with claims, in a role, from an address."""

    def __init__(self, day, claims, role, connection):
        self.day, self.claims, self.role, self.connection = day, claims, role, connection
        self.address = "203.0.113.7"
        self.problem = None

    def context(self):
        claims = json.dumps({**self.claims, "role": self.role}, ensure_ascii=False)
        return {"role": self.role, "claims": claims, "headers": json.dumps({"x-forwarded-for": f"{self.address}, 10.0.0.1"})}

    def rows(self, sql, *params):
        """One request. The rows, or the SQLSTATE; what was said of it stays in self.problem."""
        self.problem = None
        try:
            with self.connection.transaction():
                self.connection.execute(CONTEXT, self.context())
                cursor = self.connection.execute(sql, params or None)
                return cursor.fetchall() if cursor.description else cursor.rowcount
        except psycopg.Error as error:
            self.problem = error.diag
            return error.sqlstate

    def gets(self, sql, *params):
        """The one value that is expected; what is not there is None."""
        rows = self.rows(sql, *params)
        return rows[0][0] if isinstance(rows, list) and rows else None if isinstance(rows, list) else rows

    def does(self, wanted, sql, *params):
        """A step of the day: rows, a row count or an SQLSTATE; a value stands for one row of it."""
        got = self.rows(sql, *params)
        if isinstance(got, list) and not isinstance(wanted, list):
            got = got[0][0] if len(got) == 1 and len(got[0]) == 1 else got
        self.day.check(f"{self.claims.get('email', self.role)}: {' '.join(sql.split())} {params or ''}", got, wanted)
        return got

    def psql(self, sql):
        """The same request by psql: its output, or its error's SQLSTATE."""
        told = self.context()
        script = "\\set VERBOSITY sqlstate\n\\set ON_ERROR_STOP 1\nBEGIN;\nSELECT " + ", ".join(
            f"set_config('{name}', :'{key}', true)" for name, key in
            (("role", "role"), ("request.jwt.claims", "claims"), ("request.headers", "headers"))) + \
            " \\gset\nSET LOCAL search_path = app, rowkit;\n" + sql + "\nCOMMIT;\n"
        told = [word for key, value in told.items() for word in ("-v", f"{key}={value}")]
        ran = subprocess.run(["psql", "-XAtq", "-U", "authenticator", *told, "-f", "-"], input=script, capture_output=True, text=True)
        return ran.stdout.strip() if ran.returncode == 0 else ran.stderr.strip().split("ERROR:  ")[-1][:5]
