#!/usr/bin/env bash
# sqlacodegen of every exposed schema, the models configured, and the example run.
. "$(dirname "$0")/common.sh"
url="postgresql+psycopg://$PGUSER@/$PGDATABASE?host=$PGHOST&port=$PGPORT"
# The one thing that is said is that two tables of lead_intelligence refer to each other.
python3 -W ignore:'Cannot correctly sort tables' -m sqlacodegen --schemas "$schemas" --outfile models.py "$url" 2>said.log
same "sqlacodegen's warnings" "$(cat said.log)" ""
python3 -W error - <<'PYTHON'
import warnings

import models
from sqlalchemy import Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import configure_mappers

# Foreign keys of one table share its tenant column: what each relationship would write there is the same value.
warnings.filterwarnings("ignore", "relationship '.*' will copy column", SAWarning)
configure_mappers()
records = models.Base.metadata.tables["app.records"]
assert isinstance(records.c.organization_id.type, Uuid) and isinstance(records.c.name.type, Text) and isinstance(records.c.data.type, JSONB)
assert records.c.organization_id.server_default is not None and not records.c.organization_id.nullable
ends = {tuple(column.name for column in rule.columns): [element.target_fullname for element in rule.elements] for rule in records.foreign_key_constraints}
assert ends[("table_id", "organization_id")] == ["app.tables.id", "app.tables.organization_id"], ends
assert len(models.Base.metadata.tables) > 90
PYTHON
same "the example" "$(python3 -W error sqlalchemy_records.py)" \
    "Ann's customer 00000000-0000-4000-8000-00000000000a of 1; /data/employee_count: type"
