#!/usr/bin/env python3
"""Functions in SQL whose result depends on settings of the session set them: what reads definitions from the catalog as text, what has a backslash in a plain string, and
what attaches something to a table, whose names are kept."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent.parent / "sql"
ALL = ["quote_all_identifiers", "standard_conforming_strings", "datestyle", "intervalstyle", "timezone", "extra_float_digits", "bytea_output"]
FUNCTION = re.compile(r"CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) ([^\s(]+)\((?:(?!\nCREATE ).)*?\n\s*AS \$(\w*)\$(.*?)\$\2\$", re.S)
READS_CATALOG = re.compile(r"\bpg_get_(expr|constraintdef|indexdef|viewdef|triggerdef|functiondef|partkeydef|ruledef|statisticsobjdef)\b|\bpg_identify_object\b")
ATTACHES = re.compile(r"rowkit\.(enable|disable|register|unregister|install|uninstall|schedule|create)_")
ESCAPED = re.compile(r"\bE'(?:[^'\\]|\\.|'')*'")
wrong, seen = [], 0
for file in sorted(root.rglob("*.sql")):
    for found in FUNCTION.finditer(file.read_text()):
        name, body = found[1], found[3]
        head = found[0][:found[0].index("AS $")].lower()
        if "language c\n" in head:
            continue
        seen += 1
        needed = ALL if READS_CATALOG.search(body) else ["standard_conforming_strings"] if "\\" in ESCAPED.sub("", body) else []
        if ATTACHES.match(name) and "quote_all_identifiers" not in needed:
            needed = [*needed, "quote_all_identifiers"]
        for setting in needed:
            if f"set {setting} " not in head:
                wrong.append(f"{file.relative_to(root.parent)}: {name} does not SET {setting}")
# Queries of the native code are prepared with standard_conforming_strings on: src/pg/spi.rs.
print(f"settings: {seen} functions, {len(wrong)} wrong")
if wrong or seen < 100:
    sys.exit("\n".join(wrong) or "too few functions were found")
