#!/usr/bin/env python3
"""Every column of the five blueprints that names a person or a token, and every policy that lets an end user choose it in a new row or change it in one
that is there. Such a column is kept by a trigger, by a privilege that is missing, or by a WITH CHECK that compares it with the claims. What is chosen
all the same is explained in policies.txt, one line each.

Then each guard is dropped in turn: a guard without which nothing more is found guards nothing that this lint sees."""
import atexit
import pathlib
import re
import sys

here = pathlib.Path(__file__).parent
sys.path[1:1] = [str(here.parent / "model")]
from explained import compare  # noqa: E402
from people import CLEANUP, ROLES_SETUP, SCHEMA_SETUP, psycopg  # noqa: E402

# A column of any type that holds whom a row is about, who wrote it, or a secret that stands for somebody.
SENSITIVE = re.compile(r".*_by|(.*_)?user_id|auth_id|owner_id|assigned_to|(.*_)?token|(.*_)?token_hash|.*_hash|key_id|rotated_from_id|invitation_id")
# An address that says who somebody is.
ADDRESS = re.compile(r"\w+\.(users|auth_users)\.email")
API_ROLES = ("anon", "authenticated")
COMMANDS = {"INSERT": ("a", 4), "UPDATE": ("w", 16)}  # its letter in pg_policy, its bit in pg_trigger
SUBJECT = r"rowkit\.(current_user_id\(\)|current_claim_uuid\('sub'::text\))"

# A function that keeps columns: which ones, by the trigger's arguments.
GUARDS = {
    "set_row_actor": lambda arguments: arguments or ["created_by", "updated_by"],
    "set_created_by": lambda arguments: ["created_by"],
    "guard_actor_columns": lambda arguments: [argument.split(":")[0] for argument in arguments],
    "guard_member_columns": lambda arguments: arguments[2:],
    "guard_service_columns": lambda arguments: arguments,
    "guard_email_column": lambda arguments: arguments,
    "guard_invitations": lambda arguments: [".*"],
    "guard_soft_delete": lambda arguments: ["deleted_by"],
}

owner = psycopg.connect(autocommit=True)
owner.execute("SET client_min_messages = warning")
# Expressions are told with the schema of what they call.
owner.execute("SET search_path = pg_catalog")
owner.execute(ROLES_SETUP)
atexit.register(owner.execute, CLEANUP)
blueprints = [name for (name,) in owner.execute("SELECT blueprint FROM rowkit.blueprints() ORDER BY blueprint").fetchall()]
for blueprint in blueprints:
    owner.execute(SCHEMA_SETUP % {"schema": blueprint})
    owner.execute("SELECT rowkit.install_blueprint(%s, %s)", [blueprint, blueprint])

COLUMNS = """SELECT class.oid::regclass::text, class.relrowsecurity, attribute.attname::text, attribute.attnum, role.name,
    has_column_privilege(role.name, class.oid, attribute.attnum, 'INSERT'), has_column_privilege(role.name, class.oid, attribute.attnum, 'UPDATE')
FROM pg_class AS class
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attgenerated = ''
CROSS JOIN unnest(%s::text[]) AS role(name)
WHERE class.relnamespace = ANY (%s::regnamespace[]) AND class.relkind IN ('r', 'p')
ORDER BY class.oid::regclass::text COLLATE "C", attribute.attnum, role.name"""
POLICIES = """SELECT rule.polrelid::regclass::text, role.name, rule.polcmd, rule.polname::text,
    coalesce(pg_get_expr(rule.polwithcheck, rule.polrelid), pg_get_expr(rule.polqual, rule.polrelid), 'true')
FROM pg_policy AS rule CROSS JOIN unnest(%s::text[]) AS role(name)
WHERE rule.polpermissive AND EXISTS (SELECT FROM unnest(rule.polroles) AS member(id) WHERE CASE member.id WHEN 0 THEN true ELSE pg_has_role(role.name, member.id, 'USAGE') END)"""
TRIGGERS = """SELECT trigger.tgrelid::regclass::text, routine.proname::text, rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs), trigger.tgtype,
    pg_get_triggerdef(trigger.oid), trigger.tgname::text, trigger.tgparentid <> 0
FROM pg_trigger AS trigger JOIN pg_proc AS routine ON routine.oid = trigger.tgfoid
JOIN pg_class AS class ON class.oid = trigger.tgrelid
WHERE class.relnamespace = ANY (%s::regnamespace[]) AND NOT trigger.tgisinternal AND trigger.tgenabled IN ('O', 'A') AND trigger.tgtype & 1 = 1"""


def conjuncts(expression):
    """The parts of an expression that all must hold, without the parentheses around each."""
    text = expression.strip()
    while text.startswith("(") and closes_at_end(text):
        text = text[1:-1].strip()
    parts, depth, start, index = [], 0, 0, 0
    while index < len(text):
        if text[index] == "'":
            index = text.index("'", index + 1)
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0 and text.startswith(" AND ", index):
            parts.append(text[start:index])
            start = index + 5
        index += 1
    parts.append(text[start:])
    return [text] if len(parts) == 1 else [found for part in parts for found in conjuncts(part)]


def closes_at_end(text):
    depth = 0
    for index, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return index == len(text) - 1
    return False


def is_bound(column, check):
    """Whether the condition holds only for a row that names the caller there."""
    own = re.compile(rf"\(?{column} = {SUBJECT}\)?|\(?{SUBJECT} = {column}\)?")
    return any(own.fullmatch(part) for part in conjuncts(check))


def is_always(definition):
    """Whether a trigger fires for every row of whom row security holds."""
    condition = re.search(r" WHEN \((.*)\) EXECUTE FUNCTION ", definition, re.DOTALL)
    return not condition or re.fullmatch(
        r"\(*row_security_active\(\('[^']+'::regclass\)::oid\)\)*|\(*NOT rowkit\w*\._is_own_mark\(old\.deletion_id, new\.deletion_id\)\)*", condition[1])


def findings():
    policies, kept = {}, {}
    for relation, role, command, name, check in owner.execute(POLICIES, [list(API_ROLES)]).fetchall():
        policies.setdefault((relation, role), []).append((command, name, check))
    for relation, function, arguments, events, definition, _, _ in owner.execute(TRIGGERS, [blueprints]).fetchall():
        for command, (_, bit) in COMMANDS.items():
            if function in GUARDS and events & bit and is_always(definition) and " OF " not in definition.split(" ON ")[0]:
                names = GUARDS[function](arguments or [])
                # Whom a membership names does not change, also not to another member.
                names = [name for name in names if (function, command) != ("guard_member_columns", "UPDATE") or name != "user_id"]
                kept.setdefault((relation, command), []).extend(names)
    found, looked_at = set(), 0
    for relation, row_security, column, _, role, may_insert, may_update in owner.execute(COLUMNS, [list(API_ROLES), blueprints]).fetchall():
        if not SENSITIVE.fullmatch(column) and not ADDRESS.fullmatch(f"{relation}.{column}"):
            continue
        looked_at += 1
        for command, may in (("INSERT", may_insert), ("UPDATE", may_update)):
            letter = COMMANDS[command][0]
            open_by = [(name, check) for at, name, check in policies.get((relation, role), []) if at in (letter, "*")] if row_security else [("no row security", "true")]
            if not may or any(re.fullmatch(pattern, column) for pattern in kept.get((relation, command), [])):
                continue
            # An UPDATE that WITH CHECK binds to the caller may still take the row over from somebody else.
            found |= {f"{command} {relation}.{column} {name}" for name, check in open_by if command == "UPDATE" or not is_bound(column, check)}
    return sorted(found), looked_at


found, looked_at = findings()
useless = []
for relation, function, _, _, _, trigger, is_of_parent in owner.execute(TRIGGERS, [blueprints]).fetchall():
    # A part of a table has its triggers of the table, and they go with those.
    if function not in GUARDS or is_of_parent:
        continue
    owner.execute("BEGIN")
    owner.execute(f'DROP TRIGGER "{trigger}" ON {relation}')
    more = set(findings()[0]) - set(found)
    owner.execute("ROLLBACK")
    if not more:
        useless.append(f"{trigger} on {relation}")
if looked_at < 100:
    sys.exit(f"policies: only {looked_at} columns were looked at")
# Those that guard a column which another guard keeps, too, or that the API's roles cannot write.
for line in useless:
    found.append(f"guards nothing: {line}")
compare("policies", found, f"{len(blueprints)} blueprints, {looked_at} columns")
