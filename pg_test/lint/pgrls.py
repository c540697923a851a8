#!/usr/bin/env python3
"""pgrls over a database with all five blueprints, each in a schema of the API's roles. What it finds is explained in pgrls.txt, one line each."""
import atexit
import json
import os
import pathlib
import re
import subprocess
import sys

here = pathlib.Path(__file__).parent
sys.path[1:1] = [str(here.parent / "model")]
from explained import compare  # noqa: E402
from people import CLEANUP, ROLES_SETUP, SCHEMA_SETUP, psycopg  # noqa: E402

owner = psycopg.connect(autocommit=True)
owner.execute("SET client_min_messages = warning")
owner.execute(ROLES_SETUP)
atexit.register(owner.execute, CLEANUP)
blueprints = [name for (name,) in owner.execute("SELECT blueprint FROM rowkit.blueprints() ORDER BY blueprint").fetchall()]
for blueprint in blueprints:
    owner.execute(SCHEMA_SETUP % {"schema": blueprint})
    owner.execute("SELECT rowkit.install_blueprint(%s, %s)", [blueprint, blueprint])

# It would find this file first, were it started here.
ran = subprocess.run([sys.executable, "-m", "pgrls", "lint", "--database-url", f"dbname={os.environ['PGDATABASE']}", "--format", "json",
                      "--schemas", ",".join(["rowkit", "rowkit_internal", *blueprints, *(f"{name}_parts" for name in blueprints)])],
                     cwd=os.environ["PGHOST"], env={**os.environ, "PYTHONPATH": str(pathlib.Path(os.environ["ROWKIT_PYTHON"]) / "packages")},
                     capture_output=True, text=True)
if ran.returncode not in (0, 1) or not ran.stdout.startswith("{"):
    sys.exit(f"pgrls: it ended with {ran.returncode}\n{ran.stdout}{ran.stderr}")


def told(violation):
    """Triggers are told apart by what they call: it is the functions that have to be looked at."""
    called = re.search(r" calls function (\S+)\. ", violation["message"]) if violation["rule_id"] == "SEC013" else None
    return f"{violation['rule_id']} {called[1] if called else violation['location']}"


found = [told(violation) for violation in json.loads(ran.stdout)["violations"]]
compare("pgrls", found, f"{len(blueprints)} blueprints")
