#!/usr/bin/env python3
"""Whose rights each function acts with, and who may call it: every function of rowkit and of the five blueprints, beside rights.txt. A function that acts with
its owner's rights has a reason there. Default privileges give everything that is made to the API's roles, as on Supabase.

ROWKIT_ACCEPT=1 writes rights.txt anew and keeps the reasons; a new function with its owner's rights then has none, and fails until somebody gives one."""
import atexit
import os
import pathlib
import sys

here = pathlib.Path(__file__).parent
sys.path[1:1] = [str(here.parent / "model")]
from people import CLEANUP, ROLES, ROLES_SETUP, SCHEMA_SETUP, psycopg  # noqa: E402

LIST = here / "rights.txt"
FUNCTIONS = """
SELECT routine.oid::regprocedure::text, CASE WHEN routine.prosecdef THEN 'definer' ELSE 'invoker' END,
    coalesce((
        SELECT string_agg(coalesce(role.rolname, 'PUBLIC'), ' ' ORDER BY role.rolname COLLATE "C" NULLS FIRST)
        FROM aclexplode(coalesce(routine.proacl, acldefault('f', routine.proowner))) AS held LEFT JOIN pg_roles AS role ON role.oid = held.grantee
        WHERE held.grantee <> routine.proowner), '-')
FROM pg_proc AS routine JOIN pg_namespace AS home ON home.oid = routine.pronamespace
WHERE home.nspname = ANY (%s) ORDER BY routine.oid::regprocedure::text COLLATE "C"
"""

owner = psycopg.connect(autocommit=True)
owner.execute("SET client_min_messages = warning")
owner.execute("SET search_path = pg_catalog")
owner.execute(ROLES_SETUP)
atexit.register(owner.execute, CLEANUP)
blueprints = [name for (name,) in owner.execute("SELECT blueprint FROM rowkit.blueprints() ORDER BY blueprint").fetchall()]
for blueprint in blueprints:
    owner.execute(SCHEMA_SETUP % {"schema": blueprint})
    owner.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {blueprint} GRANT ALL ON FUNCTIONS TO {ROLES}")
    owner.execute("SELECT rowkit.install_blueprint(%s, %s)", [blueprint, blueprint])
found = {name: (kind, granted) for name, kind, granted in owner.execute(FUNCTIONS, [["rowkit", "rowkit_internal", *blueprints]]).fetchall()}

lines = [line.split("\t") for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
wrong = [f"not of the form function, rights, who may call it, reason: {line}" for line in lines if len(line) not in (3, 4)]
known = {line[0]: (tuple(line[1:3]), line[3] if len(line) > 3 else "") for line in lines if len(line) in (3, 4)}
if os.environ.get("ROWKIT_ACCEPT"):
    comment = [line for line in LIST.read_text().splitlines() if line.startswith("#")]
    reasons = {name: known[name][1] for name in found if name in known}
    LIST.write_text("\n".join(comment + ["\t".join([name, *rights, *filter(None, [reasons.get(name)])]) for name, rights in found.items()]) + "\n")
    known = {name: (rights, reasons.get(name, "")) for name, rights in found.items()}
for name, rights in found.items():
    if name not in known:
        wrong.append(f"not listed: {name} {' '.join(rights)}")
    elif known[name][0] != rights:
        wrong.append(f"{name} is {' '.join(rights)}, and listed as {' '.join(known[name][0])}")
    elif rights[0] == "definer" and not known[name][1]:
        wrong.append(f"acts with its owner's rights, and nobody says why: {name}")
    elif rights[0] == "invoker" and known[name][1]:
        wrong.append(f"a reason, and it acts with its caller's rights: {name}")
wrong += [f"listed, and not there: {name}" for name in known if name not in found]

# What acts with its owner's rights is nobody's to call, but for what the list says; and nobody may set a sequence or hang something on a table.
REACHED = """
SELECT role.name, class.oid::regclass::text, privilege.name
FROM pg_class AS class JOIN pg_namespace AS home ON home.oid = class.relnamespace AND home.nspname = ANY (%s)
CROSS JOIN unnest(ARRAY['anon', 'authenticated', 'service_role']) AS role(name)
CROSS JOIN unnest(rowkit_internal._rights_beyond_rows()) AS privilege(name)
WHERE class.relkind IN ('r', 'p', 'v', 'm') AND has_table_privilege(role.name, class.oid, privilege.name)
UNION ALL
SELECT role.name, class.oid::regclass::text, privilege.name
FROM pg_class AS class JOIN pg_namespace AS home ON home.oid = class.relnamespace AND home.nspname = ANY (%s)
CROSS JOIN unnest(ARRAY['anon', 'authenticated']) AS role(name)
CROSS JOIN unnest(ARRAY['SELECT', 'USAGE', 'UPDATE']) AS privilege(name)
WHERE class.relkind = 'S' AND has_sequence_privilege(role.name, class.oid, privilege.name)
ORDER BY 2, 1, 3
"""
wrong += [f"{role} has {privilege} on {relation}" for role, relation, privilege in owner.execute(REACHED, [blueprints, blueprints]).fetchall()]
wrong += [f"isolation_report(): {problem}" for problem in owner.execute("SELECT * FROM rowkit.isolation_report()").fetchall()]

definers = sum(rights[0] == "definer" for rights in found.values())
print(f"rights: {len(found)} functions, {definers} with their owner's rights, {len(wrong)} wrong")
if wrong:
    sys.exit("\n".join(wrong))
