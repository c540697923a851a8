#!/usr/bin/env python3
"""PL/pgSQL that is given a table and runs DDL on it runs what the table's owner wrote: expressions of indexes, constraints and the partition key. So each such function begins with
rowkit_internal._require_owner of every table that it is given, before its first EXECUTE. Each argument that is not checked so is explained in owners.txt."""
import pathlib
import re

from explained import compare

SQL = pathlib.Path(__file__).resolve().parents[2] / "sql"


def arguments(signature):
    """The arguments that name a table, or a schema whose tables are meant."""
    return re.findall(r"[(,]\s*(?:IN |OUT |VARIADIC )?(\w+ (?:pg_catalog\.)?(?:regclass|regnamespace)|schema_name text)\b", signature)


CHECK = r"PERFORM rowkit_internal\._require_owner\(\w+\);"
CHECKS = re.compile(rf"(?:\s*{CHECK}|\s*IF NOT rowkit_internal\._stands_by_itself\(\w+\) THEN\s+{CHECK}\s*END IF;)*")


def findings(text):
    """Each table that a function is given and does not check first."""
    for routine in re.split(r"^ *CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) ", text, flags=re.M)[1:]:
        name = re.match(r"[\w.@]+", routine).group(0)
        body = re.sub(r"--[^\n]*", "", re.split(r"^ *COMMENT ON ", routine, maxsplit=1, flags=re.M)[0])
        signature, _, rest = body.partition("LANGUAGE plpgsql")
        given = arguments(signature.split("RETURNS")[0])
        executes = re.search(r"\bEXECUTE\s+(?!FUNCTION\b|ON\b)", rest)
        begins = re.search(r"^\s*BEGIN$", rest, re.M)
        if not (rest and executes and begins and given):
            continue
        declared, before = rest[: begins.start()], rest[begins.end() : executes.start()]
        # One that is not named is looked for in DECLARE: that table is the one to check.
        found = dict(re.findall(r"(\w+) CONSTANT regclass := rowkit_internal\._job_table\((\w+),", declared))
        # Only the calls that the function begins with: one within an IF is no check.
        prefix = CHECKS.match(before).group(0)
        checked = {found.get(table, table) for table in re.findall(r"_require_owner\((\w+)\)", prefix)}
        for table in (argument.split()[0] for argument in given):
            if table not in checked:
                yield f"{name} {table}"


EXAMPLE = "CREATE FUNCTION a.b(c regclass) RETURNS void\n LANGUAGE plpgsql AS $$\nBEGIN\n %s EXECUTE format('DROP TABLE %%s', c); %s\nEND\n$$;\n"
GOOD = "PERFORM rowkit_internal._require_owner(c);"
assert list(findings(EXAMPLE % ("", GOOD))) == ["a.b c"], "the rule finds what breaks it"
assert list(findings(EXAMPLE % ("PERFORM 1; " + GOOD, ""))) == ["a.b c"], "the rule finds a check that comes late"
assert list(findings(EXAMPLE % (f"IF d THEN {GOOD} END IF;", ""))) == ["a.b c"], "the rule finds a check under a condition"
assert not list(findings(EXAMPLE % (GOOD, ""))), "the rule lets pass what keeps it"
files = sorted([*(SQL / "install").glob("*.sql"), *(SQL / "blueprints").glob("**/*.sql")])
compare("owners", sorted({finding for file in files for finding in findings(file.read_text())}), f"{len(files)} files")
