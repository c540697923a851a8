#!/usr/bin/env python3
"""Users are switched in one place, src/pg/rights/switch.rs, which the doors of src/pg/rights alone reach, and there only for a table that was checked."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent.parent / "src"
door = root / "pg" / "rights"
switch = door / "switch.rs"
switches = re.compile(r"\b(SetUserIdAndSecContext|SetUserId|SetCurrentRoleId|SetSessionAuthorization|SECURITY_LOCAL_USERID_CHANGE|SECURITY_NOFORCE_RLS)\b")
wrong = []

files = sorted(root.rglob("*.rs"))
for file in files:
    if file != switch:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if switches.search(line):
                wrong.append(f"{file.relative_to(root)}:{number} switches users outside switch.rs: {line.strip()}")

text = "\n".join(file.read_text() for file in files if file.parent == door)
# What another module can call, with its arguments.
functions = re.findall(r"^( *)pub(\([^)]*\))? (?:unsafe )?fn (\w+)(?:<[^>]*>)?\(([^)]*(?:\([^)]*\)[^)]*)*)\)", text, re.M)
# Work for a bare relation only with the caller's rights, or the owner's that the caller has.
by_number = {"as_caller", "reading_as_caller", "as_caller_of_all"}
for _, reach, name, arguments in functions:
    # The switch itself, which no file outside the folder can call.
    if name == "switched" and reach == "(super)":
        continue
    is_work = re.search(r"\bFn(Once|Mut)?\b", arguments)
    if is_work and "pg_sys::Oid" in arguments and name not in by_number:
        wrong.append(f"rights::{name} does work for a number that nobody checked")
if not functions or not any(re.search(r"\bFnOnce\b", arguments) for _, _, _, arguments in functions):
    wrong.append("the functions of src/pg/rights were not found")
fields = re.search(r"pub struct OwnedTable \{(.*?)\}", text, re.S)
if fields is None or re.search(r"\bpub\b", fields.group(1)):
    wrong.append("the fields of OwnedTable must be private, so that only a check makes one")
made = len(re.findall(r"\bOk\(OwnedTable \{|\bSome\(OwnedTable \{|^\s*OwnedTable \{", text, re.M))
if made != 1:
    wrong.append(f"an OwnedTable is made in {made} places and not only in OwnedTable::checked")
calls = len(re.findall(r"\bSetUserIdAndSecContext\(", text))
if calls != 2:
    wrong.append(f"users are switched {calls} times and not there and back")
if not re.search(r"^mod switch;", text, re.M) or not re.search(r"^pub\(super\) fn switched<", text, re.M):
    wrong.append("the switch must be private to src/pg/rights")
body = text[text.index("fn switched<"):]
body = body[:body.index("\n}\n")]
for needed in ("SECURITY_RESTRICTED_OPERATION", "SECURITY_LOCAL_USERID_CHANGE", "SECURITY_NOFORCE_RLS", "search_path", "Settings::begin"):
    if needed not in body:
        wrong.append(f"the switch is without {needed}")

print(f"doors: {len(files)} files, {len(functions)} functions of the door, {len(wrong)} wrong")
if wrong:
    sys.exit("\n".join(wrong))
