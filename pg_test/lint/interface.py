#!/usr/bin/env python3
"""The rules of rowkit's public interface, over pg_proc: names of functions, arguments and result columns, their order, types and defaults, and what is returned. The
functions and arguments that hints and documents name are there. interface.txt gives the reason of each exception.

A finding is `rule number: object: what is wrong`."""
import pathlib
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field

here = pathlib.Path(__file__).parent
sys.path[1:1] = [str(here), str(here.parent / "model")]
import explained  # noqa: E402
from people import psycopg  # noqa: E402

root = here.parent.parent
ROUTINES = """
SELECT home.nspname, routine.proname, routine.prokind = 'p', routine.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype,
    CASE WHEN routine.prokind = 'p' THEN 'procedure' ELSE pg_catalog.pg_get_function_result(routine.oid) END, routine.proretset, routine.provolatile,
    ARRAY(SELECT pg_catalog.jsonb_build_array(argument.name, argument.mode, pg_catalog.format_type(argument.type, NULL),
            pg_catalog.pg_get_function_arg_default(routine.oid, argument.place::integer))
        FROM ROWS FROM (unnest(coalesce(routine.proargnames, pg_catalog.array_fill(''::text, ARRAY[routine.pronargs::integer]))),
            unnest(coalesce(routine.proargmodes, pg_catalog.array_fill('i'::"char", ARRAY[routine.pronargs::integer]))),
            unnest(coalesce(routine.proallargtypes, routine.proargtypes::oid[]))) WITH ORDINALITY AS argument(name, mode, type, place)
        WHERE argument.mode IS NOT NULL ORDER BY argument.place)
FROM pg_catalog.pg_proc AS routine JOIN pg_catalog.pg_namespace AS home ON home.oid = routine.pronamespace
WHERE home.nspname = ANY (%s) ORDER BY 1, 2, routine.oid::pg_catalog.regprocedure::text
"""
RELATIONS = """
SELECT class.relname FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS home ON home.oid = class.relnamespace
WHERE home.nspname = ANY (%s) AND class.relkind IN ('r', 'p', 'v', 'm')
"""
INPUT, OUTPUT = "ibv", "obt"


@dataclass
class Argument:
    name: str
    mode: str
    type: str
    default: str | None


@dataclass
class Routine:
    home: str
    name: str
    is_procedure: bool
    is_trigger: bool
    result: str
    is_set: bool
    volatility: str
    all: list = field(default_factory=list)

    @property
    def arguments(self):
        return [argument for argument in self.all if argument.mode in INPUT]

    @property
    def columns(self):
        return [argument for argument in self.all if argument.mode in OUTPUT]

    @property
    def names(self):
        return [argument.name for argument in self.arguments]

    def __str__(self):
        return f"{self.home}.{self.name}({', '.join(self.names)})"


def read(connection):
    connection.execute("SET client_min_messages = warning")
    connection.execute("SET search_path = pg_catalog")
    blueprints = [name for (name,) in connection.execute("SELECT blueprint FROM rowkit.blueprints() ORDER BY blueprint").fetchall()]
    for blueprint in blueprints:
        connection.execute("SELECT rowkit.install_blueprint(%s, %s)", [blueprint, blueprint])
    found = connection.execute(ROUTINES, [["rowkit", "rowkit_internal", "pg_catalog", *blueprints]]).fetchall()
    routines = [Routine(*row[:-1], [Argument(*argument) for argument in row[-1]]) for row in found]
    relations = {name for (name,) in connection.execute(RELATIONS, [["rowkit", *blueprints]]).fetchall()}
    quoted = {name for (name,) in connection.execute("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'").fetchall()}
    settings = {name for (name,) in connection.execute("SELECT name FROM pg_settings WHERE name LIKE 'rowkit.%'").fetchall()}
    return blueprints, routines, relations, quoted, settings


with psycopg.connect(autocommit=True) as connection:
    blueprints, everything, relations, quoted, settings = read(connection)

public = [routine for routine in everything if routine.home in ("rowkit", *blueprints) and not routine.name.startswith("_")]
engine = [routine for routine in public if routine.home == "rowkit"]
# Triggers have no arguments.
callable_ones = [routine for routine in public if not routine.is_trigger]
by_name = defaultdict(list)
for routine in everything:
    by_name[routine.name].append(routine)
rules = []


def rule(number):
    """A rule is a generator of (object, what is wrong)."""
    def add(check):
        rules.append((number, check))
        return check
    return add


def begins(routine, *verbs):
    return routine.name.startswith(tuple(f"{verb}_" for verb in verbs))


# --- names of functions ----------------------------------------------------------------------------------------------

@rule(1)
def verbs():
    """What is enabled can be disabled; what previews or explains changes nothing; verbs that have another word are not used."""
    names = {routine.name for routine in engine}
    for one, other in [("enable", "disable"), ("register", "unregister"), ("install", "uninstall"), ("schedule", "unschedule")]:
        for name in sorted(names):
            # One may undo several: disable_isolation is for enable_tenant_isolation, too.
            for here, there in [(one, other), (other, one)]:
                twins = [twin.removeprefix(f"{there}_") for twin in names if twin.startswith(f"{there}_")]
                what = name.removeprefix(f"{here}_")
                if what != name and not any(what.endswith(twin) or twin.endswith(what) for twin in twins):
                    yield name, f"there is no {there}_{what}"
    instead = {"run": "the verb of what it does", "my": "current_", "do": "the verb of what it does", "make": "create_", "remove": "delete_ or purge_", "export_json": "…_to_json",
        "add": "create_", "show": "a noun", "list": "a noun"}
    for routine in callable_ones:
        for verb, better in instead.items():
            if begins(routine, verb):
                yield routine.name, f"begins with {verb}_, not with {better}"
        if begins(routine, "preview", "explain") and routine.volatility == "v":
            yield routine.name, "is VOLATILE, as if it changed something"


@rule(2)
def triggers():
    for routine in callable_ones:
        if begins(routine, "enforce", "guard", "maintain", "keep", "inherit", "set"):
            yield routine.name, "begins like a trigger, and is none"


@rule(15)
def homes():
    """A function of a document lives in its blueprint's schema alone. What applications call for any table is thin functions of the same names beside it."""
    for routine in engine:
        if routine.name in OF_DOCUMENTS:
            yield routine.name, "is in rowkit, and belongs into its blueprint"


OF_DOCUMENTS = set("""check_query_limit check_credits_available record_credit_usage search_topics reset_daily_credits reset_weekly_lead_counts cleanup_expired_exports
update_topic_trends soft_delete_account soft_delete_project soft_delete_dataset calculate_account_usage""".split())


# --- arguments -------------------------------------------------------------------------------------------------------

KEY_TYPES = {"id": ("uuid",), "number": ("bigint",), "key": ("text",)}


@rule(3)
def subjects():
    """Records are of a table_id, rows are of a relation; a key is an id, a number or a text."""
    for routine in callable_ones:
        first = routine.arguments[0] if routine.arguments else None
        if routine.home == "rowkit" and re.search(r"_records(_in_batches)?$", routine.name) and (first is None or first.name != "table_id"):
            yield routine, "is about records, and does not begin with table_id"
        # A thin function takes the name of a table of its own schema.
        if routine.home == "rowkit" and re.search(r"_rows(_in_batches)?$", routine.name) and (first is None or (first.name, first.type) != ("table_name", "regclass")):
            yield routine, "is about rows, and does not begin with table_name regclass"
        for argument in routine.arguments:
            found = re.fullmatch(r"(record|account)_(id|number|key)(s?)", argument.name)
            if found and argument.type not in [f"{type}{'[]' if found[3] else ''}" for type in KEY_TYPES[found[2]]]:
                yield routine, f"{argument.name} is of type {argument.type}"
            if re.match(r"(row|owner)_?(id|number|key)s?$", argument.name):
                yield routine, f"{argument.name} has another word elsewhere"
            if argument.name == "table_name" and argument.type != ("regclass" if routine.home == "rowkit" else "text"):
                yield routine, f"table_name is of type {argument.type}"


def is_override(routine, argument):
    """A regclass after the subject that need not be given."""
    return argument.type == "regclass" and argument.default is not None


@rule(4)
def order():
    """Subject, key, payload, options, idempotency_key, override, dry_run."""
    def place(routine, position, argument):
        if argument.name == "dry_run":
            return 6
        if is_override(routine, argument):
            return 5
        if argument.name == "idempotency_key":
            return 4
        if argument.name == "membership" and begins(routine, *DDL):
            return 0 if position == 0 else 3
        if argument.name in ("table_name", "table_id") or argument.name.startswith("account_") and argument.name.removeprefix("account_") in KEY_TYPES:
            return 0
        if re.fullmatch(r"(record|row|column|token|invitation|secret|operation|reservation)_(id|number|key)s?", argument.name) and argument.default is None:
            return 1
        return 3 if argument.default is not None else 2
    for routine in callable_ones:
        places = [place(routine, position, argument) for position, argument in enumerate(routine.arguments)]
        for before, after, first, second in zip(places, places[1:], routine.names, routine.names[1:]):
            if before > after:
                yield routine, f"{second} stands behind {first}"


@rule(5)
def words():
    """Names that say what is named and need no quotes; functions that the names of their arguments tell apart."""
    for routine in callable_ones:
        for argument in routine.all:
            what = "argument" if argument.mode in INPUT else "column"
            if not argument.name:
                yield routine, f"an {what} has no name"
            elif argument.name in quoted or not re.fullmatch(r"[a-z_][a-z0-9_]*", argument.name):
                yield routine, f"{what} {argument.name} needs quotes"
            elif argument.name in ("id", "ids", "relation", "row_column", "affected_table", "of_table", "resource") or (
                (argument.name, argument.type) == ("schema", "text")) or (argument.name, what, routine.home) == ("name", "argument", "rowkit"):
                yield routine, f"{what} {argument.name} does not say of what"
    for name, overloads in by_name.items():
        for one in overloads:
            for other in overloads:
                if one in callable_ones and other in callable_ones and one is not other and one.home == other.home:
                    needed = {argument.name for argument in one.arguments if argument.default is None}
                    also_needed = {argument.name for argument in other.arguments if argument.default is None}
                    if needed <= set(other.names) and also_needed <= set(one.names):
                        yield f"{one.home}.{name}", "names of arguments do not tell two overloads apart"


@rule(6)
def overrides():
    for routine in callable_ones:
        for argument in routine.arguments:
            if is_override(routine, argument):
                if not argument.default.startswith("NULL"):
                    yield routine, f"{argument.name} is {argument.default} by default, and not NULL"
                if argument.name not in relations and argument.name not in WITHOUT_BLUEPRINT:
                    yield routine, f"{argument.name} is not named as the table that is meant by default"
            elif argument.type == "regclass" and argument.name != "table_name" and not argument.name.endswith("_table") and argument.name not in relations | WITHOUT_BLUEPRINT:
                yield routine, f"{argument.name} is a table, and not called table_name or …_table"


# Tables that enable_* makes beside an application's own, or that an application has.
WITHOUT_BLUEPRINT = {"deletions", "membership", "users"}


@rule(7)
def quantities():
    """Counts max_*, ages days_old integer, spans interval, moments *_at, batch_size; cursors: argument after, column cursor."""
    for routine in callable_ones:
        for argument in routine.arguments:
            is_number = argument.type in ("integer", "bigint", "smallint")
            is_moment = argument.type.startswith("timestamp")
            if is_number and re.search(r"(^|_)(limit|most|top|candidates|batch|at_once|rows_at_once|pages)$", argument.name) and not argument.name.startswith("max_"):
                yield routine, f"{argument.name} counts, and is not called max_… or batch_size"
            if argument.name.startswith("max_") and not is_number:
                yield routine, f"{argument.name} is of type {argument.type}"
            if re.search(r"(^|_)days?(_|$)", argument.name) and (argument.name, argument.type) != ("days_old", "integer"):
                yield routine, f"{argument.name} is an age, and not days_old integer"
            if argument.type == "interval" and not re.fullmatch(r"\w+_for|within|period", argument.name):
                yield routine, f"{argument.name} is a span, and not called …_for or within"
            if is_moment != bool(re.search(r"_at$", argument.name)):
                yield routine, f"{argument.name} is of type {argument.type}"
            if re.search(r"cursor", argument.name):
                yield routine, f"{argument.name} is called after"
            if argument.name == "batch_size" and not is_number:
                yield routine, f"batch_size is of type {argument.type}"
        for column in routine.columns:
            if column.name.endswith("cursor") and column.name != "cursor":
                yield routine, f"column {column.name} is called cursor"
            if column.type.startswith("timestamp") and not re.search(r"_at$", column.name):
                yield routine, f"column {column.name} is a moment, and not called …_at"


POLICIES = {"refuse", "skip", "keep", "error", "ignore", "overwrite", "cascade", "replace", "clear", "restrict", "force", "raise"}


@rule(8)
def policies():
    for routine in callable_ones:
        for argument in routine.arguments:
            value = re.fullmatch(r"'(\w+)'::text", argument.default or "")
            if argument.name.startswith("on_") and (argument.type != "text" or argument.default is not None and not value):
                yield routine, f"{argument.name} is no policy of type text"
            if argument.name.startswith("on_") and value and value[1] != "refuse":
                yield routine, f"{argument.name} is {value[1]} by default, and not refuse"
            if value and value[1] in POLICIES and not argument.name.startswith("on_"):
                yield routine, f"{argument.name} is a policy, and not called on_…"
            if argument.name.startswith("without_"):
                yield routine, f"{argument.name} is a policy, and not called on_…"


DATABASE_ROLES = {"api_roles", "bypass_roles", "as_database_role"}
# The column of an audit log that says as which role of the database a change was made.
LOGGED_ROLES = {"database_role"}
# "roles" are those of a membership, from the fewest rights to the most, and role_column is its column.
MEMBERSHIP_ROLES = {"read_role", "write_role", "delete_role", "min_role", "roles", "role", "role_column", "user_role"}


@rule(9)
def roles():
    for routine in callable_ones:
        for argument in routine.all:
            if re.search(r"(^|_)roles?(_|$)", argument.name) and argument.name not in DATABASE_ROLES | MEMBERSHIP_ROLES | LOGGED_ROLES:
                yield routine, f"{argument.name} is none of the names of roles"
            if argument.name.startswith(("as_role", "as_user")):
                yield routine, f"{argument.name} is called as_database_role"


# --- results ---------------------------------------------------------------------------------------------------------

DDL = ("enable", "disable", "register", "unregister", "install", "uninstall", "schedule", "unschedule")


@rule(10)
def returns():
    """DDL tells what it did and can be tried; nothing returns void, json or a number that is no bigint."""
    for routine in callable_ones:
        # What creates an object is DDL; what creates a row with a token answers that.
        makes_object = routine.home == "rowkit" and begins(routine, "create") and not any("token" in column.name for column in routine.columns)
        if begins(routine, *DDL) or makes_object:
            if "dry_run" not in routine.names:
                yield routine, "has no dry_run"
            if [column.name for column in routine.columns] != ["kind", "identity", "command"]:
                yield routine, f"returns {routine.result}, and not TABLE(kind, identity, command)"
        if routine.result in ("void", "json") or routine.result in ("SETOF record", "record") and not routine.columns:
            yield routine, f"returns {routine.result}"
        if routine.result in ("integer", "smallint") and routine.volatility == "v":
            yield routine, f"returns {routine.result}, and not bigint"
        for argument in routine.arguments:
            if argument.name == "dry_run" and (argument.type, argument.default) != ("boolean", "false"):
                yield routine, f"dry_run is {argument.type} DEFAULT {argument.default}"


@rule(11)
def trios():
    for routine in callable_ones:
        if begins(routine, "validate") and routine.result != "jsonb":
            yield routine, f"returns {routine.result}, and not jsonb"
        if begins(routine, "validate") and routine.home == "rowkit" and routine.result == "jsonb":
            subject = routine.name.removeprefix("validate_")
            for name in {f"{subject}_errors", f"is_valid_{subject}"} - {other.name for other in engine}:
                yield routine, f"there is no {name}"
        if routine.name.endswith("_errors") and not routine.columns:
            yield routine, f"returns {routine.result}, and not TABLE"
        if begins(routine, "is", "has") and routine.result != "boolean":
            yield routine, f"returns {routine.result}, and not boolean"
        for column in routine.columns:
            if column.type == "boolean" and not column.name.startswith(("is_", "has_")):
                yield routine, f"column {column.name} is a boolean, and begins neither with is_ nor with has_"
        for argument in routine.arguments:
            if argument.type == "boolean" and argument.name.startswith(("is_", "has_")) and routine.home == "rowkit":
                yield routine, f"argument {argument.name} is a boolean, and begins with is_ or has_"


@rule(12)
def absent():
    """A table of records that is not there is an error, never an answer that looks like none were found."""
    values = {"uuid": "gen_random_uuid()", "jsonb": "'{}'", "text": "'x'", "boolean": "true", "integer": "1", "bigint": "1", "text[]": "'{x}'", "uuid[]": "ARRAY[gen_random_uuid()]"}
    for routine in engine:
        if routine.is_trigger or routine.is_procedure or "table_id" not in routine.names:
            continue
        given = ", ".join(f"{argument.name} => {values.get(argument.type, 'NULL')}::{argument.type}" for argument in routine.arguments if argument.default is None)
        with psycopg.connect() as connection:
            connection.execute("SET LOCAL search_path = custom_tables, rowkit")
            try:
                answer = connection.execute(f"SELECT * FROM rowkit.{routine.name}({given})").fetchall()
                yield routine, f"answers {answer} for a table_id that is not there, and not 42704"
            except psycopg.Error as error:
                if error.sqlstate != "42704":
                    yield routine, f"raises {error.sqlstate} for a table_id that is not there, and not 42704"
            connection.rollback()


REPORT = ["severity", "object_name", "problem", "remedy"]
DRIFT = ["table_name", "record_key", "stored", "counted"]


@rule(13)
def reports():
    for routine in engine:
        columns = [column.name for column in routine.columns]
        if re.search(r"_report$|^doctor$|_ready$", routine.name) and columns[:4] != REPORT:
            yield routine, f"returns {', '.join(columns)}, and not {', '.join(REPORT)}"
        if routine.name.endswith("_drift") and columns[:4] != DRIFT:
            yield routine, f"returns {', '.join(columns)}, and not {', '.join(DRIFT)}"


@rule(14)
def procedures():
    names = {routine.name for routine in public}
    for routine in public:
        if routine.is_procedure:
            if not routine.name.endswith("_in_batches"):
                yield routine, "is a procedure, and not called …_in_batches"
            if "batch_size" not in routine.names:
                yield routine, "has no batch_size"
            if f"continue_{routine.name.removesuffix('_in_batches')}" not in names:
                yield routine, f"there is no function continue_{routine.name.removesuffix('_in_batches')} for clients that cannot CALL"
        elif routine.name.endswith("_in_batches"):
            yield routine, "is no procedure"


@rule(15)
def other_names():
    """Settings are rowkit.<feature>_<noun> or rowkit.max_*; codes of problems have reasons of one list."""
    for name in sorted(settings):
        if not re.fullmatch(r"rowkit\.[a-z]+(_[a-z]+)+", name) or re.search(r"_(size|cache)$", name):
            yield name, "is neither rowkit.<feature>_<noun> nor rowkit.max_…"
    table = (root / "docs" / "errors.md").read_text().split("## Problems in DETAIL")[1]
    for code in re.findall(r"^\| ([a-z_.]+) \|", table, re.M):
        reason = code.rsplit(".", 1)[-1]
        if reason not in REASONS and code != "code":
            yield code, "its reason is not of the list"


REASONS = set("""required type unknown_key computed renamed unique invalid min max min_length max_length line_break pattern choices fraction scale precision multiple_of
scheme unknown duplicate missing restricted unknown_part url size max_size max_files schema max_depth max_bytes duplicate_node duplicate_edge unknown_node cycle
filter value unknown_column unknown_operator unknown_function unknown_choice unknown_time_zone unsortable not_expandable too_large""".split())

# --- what hints and documents name -----------------------------------------------------------------------------------

ARGUMENTS = {name for routine in everything if routine.home != "pg_catalog" for name in routine.names}
OUR_NAMES = {routine.name for routine in everything if routine.home != "pg_catalog"}


def calls(text):
    """(schema, name, what stands in the brackets) of each call in the text, nested ones too."""
    for found in re.finditer(r"(?:\b([a-z_]+)\.)?\b([a-z_][a-z0-9_]*)\(", text):
        depth, end = 1, found.end()
        while end < len(text) and depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield found[1], found[2], text[found.end():end - 1]


def parts(inside):
    """Cut at the commas that stand in no brackets and no quotes."""
    depth, quote, part = 0, False, ""
    for character in inside:
        if character == "'":
            quote = not quote
        elif not quote and character in "([{":
            depth += 1
        elif not quote and character in ")]}":
            depth -= 1
        if character == "," and not depth and not quote:
            yield part.strip()
            part = ""
        else:
            part += character
    if part.strip():
        yield part.strip()


def wrong_call(schema, name, inside):
    """What of a call is not so."""
    homes = {"rowkit": ("rowkit",), "rowkit_internal": ("rowkit_internal",)}.get(schema, (schema,) if schema in blueprints else ("rowkit", *blueprints))
    found = [routine for routine in by_name[name] if routine.home in homes]
    if not found:
        return f"there is no function {name}()" if schema in ("rowkit", "rowkit_internal", *blueprints) or name in OLD_NAMES else None
    for part in parts(inside):
        argument = re.match(r"([a-z_]+)\s*=>", part)
        if argument and not any(argument[1] in routine.names or routine.is_trigger for routine in found):
            return f"{name}() has no argument {argument[1]}"
    return None


# Names that were replaced before the first release.
OLD_NAMES = set("""soft_delete_cascade explain_delete run_retention set_retention search_reindex maintain_audit_partitions purge_audit_log rename_audited_table json_matches_schema
json_schema_errors validate_json_column export_json_schema create_usage_summary my_tenant_ids uuid_v7 set_updated_at record_history record_as_of record_login_attempt
check_usage_limit disable_tenant_isolation""".split())


RUST = re.compile(r"""//[^\n]*|/\*.*?\*/|b?'(?:[^'\\]|\\[^u]|\\u\{[0-9a-f]+\})'|b?r(#*)"(.*?)"\1|b?"((?:[^"\\]|\\.)*)\"""", re.S)
SQL = re.compile(r"""--[^\n]*|/\*.*?\*/|'((?:[^']|'')*)'""", re.S)
CREATES = re.compile(r"(?m)^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) (?:\w+|@schema@)\.(\w+)")


def texts():
    """(file, the public function that it is in, text) of every string of the source, hints among them."""
    for file in sorted((root / "src").rglob("*.rs")):
        if not file.stem.endswith("tests") and "tests" not in file.parts:
            for found in RUST.finditer(file.read_text().split("#[cfg(test)]\nmod tests")[0]):
                if text := found[2] or found[3]:
                    yield file.relative_to(root), None, re.sub(r"\\\n\s*", "", text).replace("{{", "{").replace("}}", "}")
    for file in sorted((root / "sql").rglob("*.sql")):
        whole = file.read_text()
        starts = [(found.start(), found[1]) for found in CREATES.finditer(whole)]
        for found in SQL.finditer(whole):
            if found[1]:
                name = next((name for start, name in reversed(starts) if start < found.start()), None)
                yield file.relative_to(root), name, found[1].replace("''", "'")


@rule(6)
def hints():
    """Functions and arguments that an error or a comment names are there."""
    for file, home, text in texts():
        said = set()
        for schema, name, inside in calls(text):
            said |= {argument for routine in by_name[name] for argument in routine.names}
            if (schema in ("rowkit", None)) and (wrong := wrong_call(schema, name, inside)):
                yield file, wrong
        # An argument alone: "Name it: tables => 'app.tables'." It is one of the function that says so.
        own = {argument for routine in by_name[home] if routine in callable_ones for argument in routine.names}
        for argument in re.findall(r"(?:^|[\s(])([a-z]\w*) => ", text):
            if argument not in (own or ARGUMENTS) | said:
                yield file, f"{home} has no argument {argument}" if own else f"no function has an argument {argument}"


DOCUMENTS = [root / "README.md", root / "CHANGELOG.md", root / "SECURITY.md", *sorted((root / "docs").rglob("*.md")), *sorted((root / "examples").rglob("*.md")), *sorted((root / "examples").rglob("*.sql"))]


@rule(6)
def documents():
    for file in DOCUMENTS:
        text = file.read_text()
        for schema, name, inside in calls(text):
            if wrong := wrong_call(schema, name, inside):
                yield file.relative_to(root), wrong
        for span in re.findall(r"`([^`\n]+)`", text):
            # A signature: `soft_delete(table_name, record_id, deleted_by)`.
            found = re.fullmatch(r"(?:rowkit\.)?([a-z_]+)\(((?:[a-z_]+(?:, |(?=\))))*(?:…)?)\)", span)
            if found and found[1] in OUR_NAMES:
                known = {argument for routine in by_name[found[1]] for argument in routine.names}
                is_trigger = any(routine.is_trigger for routine in by_name[found[1]])
                for part in [] if is_trigger else [part for part in found[2].split(", ") if part and part != "…"]:
                    if part not in known and not re.search(r"^(text|jsonb|uuid)$", part):
                        yield file.relative_to(root), f"{found[1]}() has no argument {part}"
            if span in OLD_NAMES - OUR_NAMES:
                yield file.relative_to(root), f"there is no function {span}()"


findings = dict.fromkeys(f"{number}: {subject}: {wrong}" for number, check in rules for subject, wrong in check())
called = sum(1 for _, _, text in texts() for _ in calls(text)) + sum(1 for file in DOCUMENTS for _ in calls(file.read_text()))
if len(public) < 250 or len(settings) < 5 or called < 1000:
    sys.exit(f"too little was found: {len(public)} functions, {len(settings)} settings, {called} calls")
explained.compare("interface", findings, f"{len(public)} functions, {called} calls in texts and documents")
