#!/usr/bin/env python3
"""Functions in Rust beside their declarations in sql/install: each `#[pg_extern]` is compared with the functions of the installed extension that call it. The
server believes the declaration, and calls the code with whatever it says.

Argument and result types must be those that the Rust types stand for, result columns with their names. A function must be STRICT where an argument is not an
Option, and must not be where all are; NULL for a Regclass is no relation, which every function refuses itself. Volatility and PARALLEL are marks of the Rust function (`#[pg_extern(sql = false, immutable, parallel_safe)]`); without a mark it is volatile
and not for parallel queries, as for the server."""
import pathlib
import re
import sys

here = pathlib.Path(__file__).parent
sys.path[1:1] = [str(here.parent / "model")]
from people import psycopg  # noqa: E402

SOURCE = here.parents[1] / "src"
FUNCTION = re.compile(r"#\[(?:pgrx::)?pg_extern\(([^)]*)\)\]\s*(?:#\[[^\n]*\n\s*|///[^\n]*\n\s*)*(?:pub )?fn (\w+)(?:<[^>]*>)?\(((?:[^()]|\([^()]*\))*)\)\s*(?:->\s*((?:[^{]|\{(?!\n))*?))?\s*\{")
# By Rust type; where there are several, they are stored alike.
TYPES = {
    "&str": "text", "&'static str": "text", "String": "text", "bool": "boolean", "i16": "smallint", "i32": "integer", "i64": "bigint", "f64": "double precision",
    "Uuid": "uuid", "Oid": ("oid", "regclass", "regnamespace", "regdictionary"), "Regclass": ("regclass", "regtype"), "Jsonb<'_>": "jsonb", "JsonbResult": "jsonb", "&[u8]": ("bytea", "tsvector"), "Vec<u8>": "bytea",
    "Array<'_, &str>": "text[]", "Vec<String>": "text[]", "Vec<Option<String>>": "text[]", "Vec<Uuid>": "uuid[]", "Vec<Option<Uuid>>": "uuid[]", "UuidsResult": "uuid[]", "UuidsResult<'a>": "uuid[]",
    "Date": "date", "TimestampWithTimeZone": "timestamp with time zone", "Interval": "interval", "Inet": "inet", "TsQuery": "tsquery", "TsVector": "tsvector",
    "Internal": "internal", "Answer<'_>": "trigger", "AnyValue": "anyelement", "()": "void",
}
VOLATILITY = {"immutable": "i", "stable": "s", "volatile": "v"}
PARALLEL = {"parallel_safe": "s", "parallel_restricted": "r", "parallel_unsafe": "u"}
DECLARED = """
SELECT regexp_replace(routine.prosrc, '_wrapper$', ''), routine.oid::regprocedure::text, routine.proisstrict, routine.provolatile::text, routine.proparallel::text, routine.proretset,
    ARRAY(SELECT format_type(given.type, NULL) FROM unnest(routine.proargtypes) WITH ORDINALITY AS given(type, place) ORDER BY given.place),
    format_type(routine.prorettype, NULL),
    ARRAY(
        SELECT ARRAY[routine.proargnames[given.place], format_type(given.type, NULL)]
        FROM unnest(routine.proallargtypes, routine.proargmodes) WITH ORDINALITY AS given(type, mode, place) WHERE given.mode IN ('t', 'o') ORDER BY given.place)
FROM pg_proc AS routine JOIN pg_language AS language ON language.oid = routine.prolang AND language.lanname = 'c'
JOIN pg_depend AS part ON part.classid = 'pg_proc'::regclass AND part.objid = routine.oid AND part.deptype = 'e'
JOIN pg_extension AS extension ON extension.oid = part.refobjid AND extension.extname = 'rowkit'
ORDER BY 1, 2
"""


def stands_for(kind, declared):
    known = TYPES.get(kind, ())
    return declared in ([known] if isinstance(known, str) else known)


def parts(text):
    """Split at commas that stand in no brackets."""
    found, depth, part = [], 0, ""
    for at, letter in enumerate(text + ","):
        depth += {"(": 1, "<": 1, "[": 1, ")": -1, "]": -1}.get(letter, -1 if letter == ">" and text[at - 1] != "-" else 0)
        if letter == "," and depth == 0:
            found += [part.strip()] if part.strip() else []
            part = ""
        else:
            part += letter
    return found


def inside(wrapper, text):
    """What a type such as Option<…> holds."""
    found = re.fullmatch(rf"{wrapper}<\s*(.*?),?\s*>", text.strip(), re.S)
    return found and found[1].strip()


def plain(text):
    text = re.sub(r"\s+", " ", text.strip())
    return re.sub(r"\b(pgrx::pg_sys::|pgrx::datum::|pgrx::)", "", text)


class Written:
    """A function as its Rust code has it."""

    def __init__(self, place, marks, name, arguments, result):
        self.place, self.name = place, name
        marks = [mark.strip() for mark in marks.split(",")]
        self.volatility = next((VOLATILITY[mark] for mark in marks if mark in VOLATILITY), "v")
        self.parallel = next((PARALLEL[mark] for mark in marks if mark in PARALLEL), "u")
        kinds = [plain(argument.split(":", 1)[1]) for argument in parts(arguments)]
        # The call itself tells its arguments.
        # Of any lifetime: a result may borrow from the call.
        is_call = re.compile(r"FunctionCallInfo<'\w+>").fullmatch
        self.is_by_call = len(kinds) == 1 and is_call(kinds[0]) is not None
        kinds = [kind for kind in kinds if not is_call(kind)]
        self.takes_plain = any(inside("Option", kind) is None and kind != "Regclass" for kind in kinds)
        self.takes_null = any(inside("Option", kind) for kind in kinds) and not self.takes_plain
        self.arguments = [inside("Option", kind) or kind for kind in kinds]
        result = plain(result or "()")
        result = parts(inside("Result", result) or result)[0]
        result = inside("Option", result) or result
        rows = inside("TableIterator", result) or inside("SetOfIterator", result)
        self.is_set = rows is not None
        self.columns, self.result = [], result
        if rows:
            self.result = plain(parts(rows)[1])
            if self.result.startswith("("):
                columns = [re.fullmatch(r"name!\((\w+), (.*)\)", column) for column in parts(self.result[1:-1])]
                self.columns = [(column[1], inside("Option", column[2]) or column[2]) for column in columns]

    def differences(self, declared):
        _, name, is_strict, volatility, parallel, is_set, arguments, result, columns = declared
        if not self.is_by_call and (len(self.arguments) != len(arguments) or not all(map(stands_for, self.arguments, arguments))):
            yield f"takes {self.arguments}, declared {arguments}"
        if self.is_set != is_set:
            yield f"answers {'a set' if self.is_set else 'one value'}, declared otherwise"
        if self.columns and not (len(self.columns) == 1 and not columns):
            alike = [column == known and stands_for(kind, declared) for (column, kind), (known, declared) in zip(self.columns, columns)]
            if len(self.columns) != len(columns) or not all(alike):
                yield f"answers columns {self.columns}, declared {columns}"
        elif not columns and not stands_for(self.columns[0][1] if self.columns else self.result, result):
            yield f"answers {self.result}, declared {result}"
        if self.takes_plain and not is_strict:
            yield "has an argument that cannot be NULL, and is not declared STRICT"
        if self.takes_null and is_strict:
            yield "takes NULL, and is declared STRICT"
        if self.volatility != volatility:
            yield f"volatility {self.volatility}, declared {volatility}"
        if self.parallel != parallel:
            yield f"parallel {self.parallel}, declared {parallel}"


def written():
    for path in sorted(SOURCE.rglob("*.rs")):
        # The benches' functions are not in the extension.
        if path.name in ("bench.rs", "server_tests.rs") or "tests" in path.parts:
            continue
        for found in FUNCTION.finditer(path.read_text()):
            yield Written(path.relative_to(SOURCE.parent), *found.groups())


def compare(functions, declared):
    named = {function.name: function for function in functions}
    for row in declared:
        if row[0] not in named:
            yield f"{row[1]} calls {row[0]}, which is no function in Rust"
            continue
        function = named[row[0]]
        yield from (f"{function.place} {function.name}: {difference} ({row[1]})" for difference in function.differences(row))
    called = {row[0] for row in declared}
    yield from (f"{function.place} {function.name}: no SQL function calls it" for function in functions if function.name not in called)


def main():
    rust = "#[pg_extern(sql = false, stable, parallel_safe)]\nfn f(a: Option<&str>, b: Option<Uuid>) -> Result<TableIterator<'static, (name!(x, i64), name!(y, Option<String>))>, ErrorReport> {\n"
    one = [Written("a.rs", *found.groups()) for found in FUNCTION.finditer(rust)]
    right = ["f", "f(text,uuid)", False, "s", "s", True, ["text", "uuid"], "record", [["x", "bigint"], ["y", "text"]]]
    wrong = [
        {2: True}, {3: "i"}, {4: "u"}, {5: False}, {6: ["text", "text"]}, {6: ["text"]}, {8: [["x", "integer"], ["y", "text"]]}, {8: [["x", "bigint"], ["z", "text"]]}, {0: "g"},
    ]
    rows = [[change.get(place, value) for place, value in enumerate(right)] for change in wrong]
    blind = [row for row in rows if not list(compare(one, [row]))]
    if blind or list(compare(one, [right])):
        sys.exit(f"the comparison does not tell right from wrong: {blind} {list(compare(one, [right]))}")
    functions = list(written())
    connection = psycopg.connect(autocommit=True)
    connection.execute("SET search_path = pg_catalog")
    declared = connection.execute(DECLARED).fetchall()
    found = list(compare(functions, declared))
    print(f"signatures: {len(functions)} functions in Rust, {len(declared)} declarations, {len(found)} wrong")
    if found or len(declared) < 140:
        sys.exit("\n".join(found) or "the functions were not found")


main()
