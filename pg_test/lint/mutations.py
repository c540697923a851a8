#!/usr/bin/env python3
"""Each check that makes a door of src/pg/rights open, and each trigger that guards columns, can be left out in a test build, so that an attack shows that it is needed
(pg_test/mutation). What cannot be is listed here with the reason."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2] / "src"
EXPLAINED = {
    "granted": "but for SELECT on all columns and UPDATE of a column: without the others the server's own checks refuse the query that follows or went before",
    "registered": "without it the arguments of the registration are missing, and nothing can be read",
    "with_secrets": "without it the query names a column that is not there",
    "in_soft_delete": "without it the table has no marks to be set, and the server refuses the statement",
    "referenced": "its callers find the foreign key in the catalog that it looks for once more",
    "named": "ends in of_same_owner", "beside": "ends in of_same_owner", "of_same_owner": "ends in require_same_owner, whose name is same_owner",
    "of_trigger": "takes the table from the call itself",
    "of_caller": "the name is acting_role, in the switch",
    "guard_table_schema": "the names are schema_edit_by_owner and edit_within_statement, where edits are read",
    "guard_table_view": "keeps a view's definition well-formed, which is nobody's right",
    "guard_table_index": "row security and the trigger's INSERT and DELETE alone write the table: attack index_rows_by_hand",
    "guard_email_column": "the name is own_email, in the query that it runs",
    "guard_actor_columns": "the name is actor_columns, in the function that compares",
}
wrong, looked_at = [], 0


def bodies(text, pattern):
    for found in re.finditer(pattern, text, re.M):
        end = text.find("\n" + " " * (len(found.group(0)) - len(found.group(0).lstrip())) + "}", found.end())
        yield found.group(1), text[found.end():end]


def is_checked(name, text, body):
    return "in_force(" in body or name in EXPLAINED and EXPLAINED[name]


doors = (root / "pg/rights/mod.rs").read_text()
found = {}
for name, body in bodies(doors, r"^    pub(?:\(super\))? fn (\w+)(?=[^{]*-> Result<(?:Option<)?OwnedTable)"):
    found[name] = is_checked(name, doors, body) or name == "checked"
for file in sorted(root.rglob("*.rs")):
    text = file.read_text()
    for name, _ in bodies(text, r"^fn (guard_\w+)\(fcinfo"):
        found[name] = is_checked(name, text, text)
wrong += [f"no test build leaves out the check of {name}, and nobody says why" for name, checked in found.items() if not checked]
wrong += [f"{name} is explained, and not there" for name in EXPLAINED if name not in found and name not in ("of_trigger", "of_caller")]
print(f"mutations: {len(found)} checks, {len(wrong)} wrong")
if wrong or len(found) < 20:
    sys.exit("\n".join(wrong))
