#!/usr/bin/env python3
"""Users are switched in one place, src/pg/rights/switch.rs, which the doors of src/pg/rights alone reach, and there only for a table that was checked. No SQL of
rowkit's switches them, but for what is listed here. Each rule is first tried on lines that break it."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent.parent / "src"
door = root / "pg" / "rights"
switch = door / "switch.rs"
switches = re.compile(r"\b(SetUserIdAndSecContext|SetUserId|SetCurrentRoleId|SetSessionAuthorization|SECURITY_LOCAL_USERID_CHANGE|SECURITY_NOFORCE_RLS)\b")
# A setting that switches users, or who asks.
settings = re.compile(r"""c"(role|session_authorization)"|set_config\(\s*'(role|session_authorization)'|^\s*SET\s+(LOCAL\s+|SESSION\s+)?(ROLE|SESSION\s+AUTHORIZATION)\b""", re.I)
# Work for a bare relation only with the caller's rights, or the owner's that the caller has.
BY_NUMBER = {"as_caller", "reading_as_caller", "as_caller_of_all"}
# A statement that becomes another user in SQL, by its file, and why it may.
IN_SQL = {
    "sql/blueprints/custom_tables/48_import_api.sql": "run_import_in_batches() takes the role of its call again after a COMMIT, as the session itself may",
}
wrong = []


def signatures(text):
    """What another module can call: reach, name and the whole signature, to its body."""
    for found in re.finditer(r"^ *pub(\([^)]*\))? (?:const |async |unsafe )*fn (\w+)", text, re.M):
        end = min(place for place in (text.find("{", found.end()), text.find(";", found.end())) if place >= 0)
        yield found.group(1), found.group(2), text[found.end():end]


def works_for_a_number(reach, name, signature):
    # The switch itself no file outside the folder can call.
    if name in BY_NUMBER or name == "switched" and reach == "(super)":
        return False
    return bool(re.search(r"\bFn(Once|Mut)?\b", signature) and re.search(r"\b(Oid|Regclass|u32)\b", signature))


def constructions(text):
    """The places where an OwnedTable is made; a signature and a pattern name it, too, but make none."""
    bodies = re.findall(r"^impl OwnedTable \{(.*?)^\}", text, re.S | re.M)
    named = re.findall(r"(?<!struct )(?<!impl )(?<!for )(?<!-> )\bOwnedTable \{", text)
    return len(named) + sum(len(re.findall(r"(?<!-> )\bSelf \{", body)) for body in bodies)


for broken in (
    "pub fn f<F: FnOnce() -> Result<T>, T>(relation: pg_sys::Oid, work: F) {",
    "pub fn f<F, T>(relation: Regclass, work: F) -> T\nwhere\n    F: FnOnce() -> T,\n{",
    "    pub(crate) fn f(work: impl FnMut(), relation: Oid) {",
):
    if not any(works_for_a_number(*one) for one in signatures(broken)):
        wrong.append(f"the rule does not see {broken}")
for broken in ("let x = OwnedTable { relation, owner };", "impl OwnedTable {\n    fn f() { Ok(Self { relation }) }\n}\n", "Some(OwnedTable { relation, owner })"):
    if constructions(broken) != 1:
        wrong.append(f"the rule does not see {broken}")
for broken in ('setting::with(c"role", name, work)', "PERFORM set_config('role', name, true);", "    SET LOCAL ROLE anon;", "SET SESSION AUTHORIZATION x;"):
    if not settings.search(broken):
        wrong.append(f"the rule does not see {broken}")

files = sorted(root.rglob("*.rs"))
for file in files:
    if file != switch:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if switches.search(line) or settings.search(line) and "tests" not in file.parts and file.name != "server_tests.rs":
                wrong.append(f"{file.relative_to(root)}:{number} switches users outside switch.rs: {line.strip()}")
met = set()
for file in sorted((root.parent / "sql").rglob("*.sql")):
    name = str(file.relative_to(root.parent))
    if name.startswith("sql/releases/"):
        continue
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if settings.search(line.split("--")[0]):
            met.add(name)
            if name not in IN_SQL:
                wrong.append(f"{name}:{number} switches users: {line.strip()}")
wrong += [f"{name} is said to switch users, and does not" for name in IN_SQL if name not in met]

text = "\n".join(file.read_text() for file in files if file.parent == door)
functions = list(signatures(text))
wrong += [f"rights::{name} does work for a number that nobody checked" for reach, name, signature in functions if works_for_a_number(reach, name, signature)]
if not any(re.search(r"\bFnOnce\b", signature) for _, _, signature in functions):
    wrong.append("the functions of src/pg/rights were not found")
fields = re.search(r"pub struct OwnedTable \{(.*?)\}", text, re.S)
if fields is None or re.search(r"\bpub\b", fields.group(1)):
    wrong.append("the fields of OwnedTable must be private, so that only a check makes one")
made = constructions(text)
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
