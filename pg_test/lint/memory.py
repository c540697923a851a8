#!/usr/bin/env python3
"""Memory of the server stays behind safe types: outside src/pg no Rust code names what could point to it, and inside no safe public function gives it away or
takes it on trust. Each rule is first tried on a line that breaks it."""
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent / "src"
# What points to the server's memory or allocates there without saying for how long, and the calls that read a datum as whatever one likes.
RAW = r"\b(Datum|FromDatum|IntoDatum|PgBox|PgHeapTuple|PgList|PgTupleDesc|PgRelation|PgMemoryContexts|AnyElement|Internal|Spi|direct_function_call\w*|from_datum)\b"
RAW_CALL = r"\bpg_sys::FunctionCallInfo\b|\buse pgrx::pg_sys::(\{[^}]*\b)?FunctionCallInfo\b"
POINTER = r"\bDatum\b|\*(mut|const) |\bpg_sys::(HeapTuple|TupleDesc|Relation|MemoryContext|FunctionCallInfo|SPIPlanPtr)\b"
# Types of src/pg that hold a pointer and no lifetime, and why safe code cannot outlive what they point to.
LENT = {
    "Scratch": "a memory context of its own, deleted when it is dropped",
    "Insertion": "only lent to a closure",
    "TransitionRow": "only lent to a closure",
    "ResultRow": "only lent to a closure",
    "Value": "a word passed as itself; what is passed by a pointer lies in Rust's own memory",
    "Held": "part of Value",
    "Passing": "an error context callback of its own, taken off the server's stack when it is dropped",
}
# Files of src/pg that may read a datum as a type: each looks at the type first, or called a function of the server whose type it knows.
READERS = {"value.rs", "search.rs", "jsonb.rs", "relation.rs"}


def code(text):
    """Without comments and without what a macro of the server's types needs."""
    return re.sub(r"//[^\n]*", "", text)


def outside(text):
    return [match.group(0) for pattern in (RAW, RAW_CALL) for match in re.finditer(pattern, code(text))]


def inside(text, name):
    text = code(text)
    wrong = []
    for match in re.finditer(r"^ *pub(?:\((?:crate|in [^)]*)\))? (?:const |async )*fn (\w+)[^{;]*", text, re.M):
        if re.search(POINTER, match.group(0)):
            wrong.append(f"pub fn {match.group(1)} gives or takes a pointer of the server's")
    for match in re.finditer(r"^ *(?:pub(?:\([^)]*\))? )?(?:struct|enum) (\w+)(<[^>{(]*>)?\s*([({].*?)(?:^\}|\);)", text, re.M | re.S):
        kind, generics, body = match.groups()
        if re.search(POINTER, body) and "'" not in (generics or "") and kind not in LENT and not re.search(rf"^ *struct {kind}\b", text, re.M):
            wrong.append(f"{kind} holds a pointer of the server's and has no lifetime")
        if re.search(rf"^ *pub \w+: .*({POINTER})|^ *[({{]\s*pub [^:]*({POINTER})", body, re.M):
            wrong.append(f"{kind} has a public field that points to the server's memory")
    if re.search(r"\bfrom_datum\b", text) and name not in READERS:
        wrong.append("from_datum reads a datum whose type nobody looked at")
    return wrong


BROKEN = [
    (outside, ["fn f(datum: pgrx::pg_sys::Datum) {}"]),
    (outside, ["use pgrx::{FromDatum, pg_extern};"]),
    (outside, ["fn f(fcinfo: pg_sys::FunctionCallInfo) {}"]),
    (outside, ["use pgrx::pg_sys::{FunctionCallInfo, Oid};"]),
    (inside, ["    pub fn datum(&self) -> Option<pg_sys::Datum> {", "a.rs"]),
    (inside, ["pub fn f(\n    fcinfo: pg_sys::FunctionCallInfo,\n) {", "a.rs"]),
    (inside, ["pub struct Row {\n    tuple: pg_sys::HeapTuple,\n}\n", "a.rs"]),
    (inside, ["pub struct Row<'a> {\n    pub tuple: pg_sys::HeapTuple,\n}\n", "a.rs"]),
    (inside, ["    pub(crate) fn datum(&self) -> Option<pg_sys::Datum> {", "a.rs"]),
    (inside, ["pub const fn datum(self) -> pg_sys::Datum {", "a.rs"]),
    (inside, ["pub(crate) struct Row {\n    tuple: pg_sys::HeapTuple,\n}\n", "a.rs"]),
    (inside, ["fn f() { let text = String::from_datum(datum, false); }", "a.rs"]),
]
ALLOWED = [
    (outside, ["/// A Datum is not named here.\nfn f(value: &Value) {}"]),
    (inside, ["    pub(super) fn datum(&self) -> Option<pg_sys::Datum> {\n    pub unsafe fn g(datum: pg_sys::Datum) {}", "a.rs"]),
    (inside, ["pub struct Row<'a> {\n    tuple: pg_sys::HeapTuple,\n}\n", "a.rs"]),
]


def main():
    blind = [arguments for rule, arguments in BROKEN if not rule(*arguments)] + [arguments for rule, arguments in ALLOWED if rule(*arguments)]
    if blind:
        sys.exit(f"the rules do not tell right from wrong: {blind}")
    wrong, looked_at = [], 0
    for path in sorted(SOURCE.rglob("*.rs")):
        text, name = path.read_text(), path.relative_to(SOURCE)
        looked_at += 1
        found = inside(text, path.name) if name.parts[0] == "pg" else outside(text)
        wrong += [f"src/{name}: {what}" for what in found]
    print(f"memory: {looked_at} files, {len(wrong)} wrong")
    if wrong or looked_at < 100:
        sys.exit("\n".join(wrong))


main()
