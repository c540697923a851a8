#!/usr/bin/env python3
"""PL/pgSQL that reads or writes a table whose name it is given runs code of that table's owner with the caller's rights: triggers, and functions in indexes and constraints,
which the server evaluates while it plans. Such statements belong in Rust, behind src/pg/rights. Each that is left is explained in executes.txt."""
import pathlib
import re

from explained import compare

INSTALL = pathlib.Path(__file__).resolve().parents[2] / "sql" / "install"
VERBS = "SELECT|INSERT|UPDATE|DELETE|MERGE|LOCK|WITH|TRUNCATE|COPY"


def findings(text):
    """The function and the verb of each statement that is made of a text which begins so."""
    for routine in re.split(r"^CREATE (?:FUNCTION|PROCEDURE) ", text, flags=re.M)[1:]:
        name = re.match(r"[\w.]+", routine).group(0)
        body = re.sub(r"--[^\n]*", "", routine.split("\nCOMMENT ON ")[0])
        for statement in re.finditer(r"\bEXECUTE\s+(?!FUNCTION\b|ON\b)(.*?);", body, re.S):
            verb = re.search(rf"(?:'|\$\w*\$)\s*({VERBS})\b", statement.group(1))
            if verb:
                yield f"{name} {verb.group(1)}"


assert list(findings("CREATE FUNCTION a.b() AS $$\n EXECUTE format('SELECT 1 FROM %s', c);\n$$;\n")) == ["a.b SELECT"], "the rule finds what breaks it"
files = sorted(INSTALL.glob("*.sql"))
compare("executes", sorted({finding for file in files for finding in findings(file.read_text())}), f"{len(files)} files")
