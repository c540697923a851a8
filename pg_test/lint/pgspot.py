#!/usr/bin/env python3
"""pgspot over the SQL that CREATE EXTENSION runs, and over that of each blueprint as it goes into a schema where others may have made things before.
What it finds is explained in pgspot.txt, one line each."""
import os
import pathlib
import sys
import types

sys.path.insert(0, str(pathlib.Path(os.environ["ROWKIT_PYTHON"]) / "packages"))
import psycopg  # noqa: E402
from explained import compare  # noqa: E402
from pglast import ast, parse_sql  # noqa: E402
from pgspot import state, visitors  # noqa: E402

# The search_path of who runs them. The schema is the extension's own: requirements.sql refuses one that is somebody else's.
EXTENSION = "CREATE SCHEMA rowkit; SET search_path = rowkit, pg_temp;\n"
BLUEPRINT = "SET search_path = pg_catalog, pg_temp;\n"


class Statements(visitors.SQLVisitor):
    """pgspot takes a function's body for a string. An atomic one is SQL: it is read with the function, and with its search_path, as the server does."""

    def visit_CreateFunctionStmt(self, ancestors, node):
        if node.sql_body is not None:
            node.options = (*node.options, ast.DefElem(defname="as", arg=(ast.String(sval=""),)))
        super().visit_CreateFunctionStmt(ancestors, node)


class Procedure(visitors.PLPGSQLVisitor):
    """pgspot does not read RETURN NEXT, RETURN QUERY, ELSIF and some others. Each expression says how it is to be parsed; so all can be read."""

    def visit(self, node):
        if isinstance(node, list):
            for item in node:
                self.visit(item)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key == "PLpgSQL_expr":
                    visitors.visit_sql(self.state, statement(value))
                else:
                    self.visit(value)


def statement(expression):
    mode, text = expression.get("parseMode", 0), expression["query"]
    if mode == 2:
        return "SELECT " + text
    return "SELECT " + text.split(":=", 1)[1] if mode > 2 else text


class Findings(state.Counter):
    """Where a statement is goes by its own name: numbers of lines change too often."""

    def __init__(self):
        super().__init__(types.SimpleNamespace(summary_only=False, ignore=[], ignore_lang=[], plpgsql=True, proc_without_search_path=[], sql_fn=[]))
        self.found, self.place = [], ""

    def print_issue(self, code, context):
        self.found.append(f"{code} {self.place}: {' '.join(context.split())}")

    def unknown(self, message):
        self.found.append(f"unknown {self.place}: {message}")


def place(node):
    kind = "Atomic" if getattr(node, "sql_body", None) else type(node).__name__.removesuffix("Stmt")
    names = (getattr(node, name, None) for name in ("funcname", "relation", "view", "defnames", "typeName"))
    return " ".join([kind] + [visitors.format_name(name) for name in names if name is not None])


def spot(setting, sql):
    findings = Findings()
    visitor = Statements(state.State(findings))
    for node in parse_sql(setting + sql):
        findings.place = place(node.stmt)
        visitor(node)
    return findings.found


visitors.SQLVisitor, visitors.PLPGSQLVisitor = Statements, Procedure
owner = psycopg.connect(autocommit=True)
[(script,)] = owner.execute("""SELECT pg_read_file(place.setting || '/extension/rowkit--' || available.default_version || '.sql')
    FROM pg_config() AS place, pg_available_extensions AS available WHERE place.name = 'SHAREDIR' AND available.name = 'rowkit'""").fetchall()
found = spot(EXTENSION, script)
read = 1
for (blueprint,) in owner.execute("SELECT blueprint FROM rowkit.blueprints()").fetchall():
    owner.execute(f"CREATE SCHEMA {blueprint}")
    steps = owner.execute("SELECT command FROM rowkit.install_blueprint(%s, %s, dry_run => true)", [blueprint, blueprint]).fetchall()
    found += spot(BLUEPRINT, "\n".join(step for (step,) in steps))
    read += 1
compare("pgspot", found, f"{read} scripts")
