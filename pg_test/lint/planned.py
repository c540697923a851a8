#!/usr/bin/env python3
"""A query for records by their ids finds them by the primary key. Beside the ids the table is a filter and no condition for an index, `(record.table_id = $1) IS TRUE`: where one
custom table has most of the records, the planner takes every table for a small one, and would read all of the largest one's entries in an index by table_id for each batch of ids."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent.parent / "sql" / "queries"
wrong, looked_at = [], 0
for file in sorted(root.rglob("*.sql")):
    text = file.read_text()
    for alias in sorted(set(re.findall(r"(\w+)\.id OPERATOR\(pg_catalog\.=\) ANY", text))):
        looked_at += 1
        for found in re.finditer(rf"\b{alias}\.table_id OPERATOR\(pg_catalog\.=\) \$\d(\) IS TRUE)?", text):
            if not found.group(1):
                wrong.append(f"{file.relative_to(root)}: {found.group(0)} must be a filter, ({found.group(0)}) IS TRUE")

print(f"planned: {looked_at} queries by ids, {len(wrong)} wrong")
if wrong or looked_at == 0:
    sys.exit("\n".join(wrong) or "no query by ids was found")
