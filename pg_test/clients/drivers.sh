#!/usr/bin/env bash
# The functions of every exposed schema through psycopg and asyncpg: each argument and each result has a type that the driver knows, and the examples run.
. "$(dirname "$0")/common.sh"
python3 -W error - <<'PYTHON'
import asyncio

import asyncpg
import psycopg

# A call with NULL for each argument: it is described, and never run. psycopg: the types of the results; asyncpg: those of the arguments, too.
CALLS = """SELECT format('SELECT * FROM %I.%I(%s)', exposed.schema, routine.proname,
        (SELECT string_agg(format('%I => $%s::%s', argument.name, argument.place, format_type(routine.proargtypes[argument.place - 1], NULL)), ', ')
        FROM unnest(routine.proargnames) WITH ORDINALITY AS argument(name, place) WHERE argument.place <= routine.pronargs))
FROM public.exposed JOIN pg_proc AS routine ON routine.pronamespace = quote_ident(exposed.schema)::regnamespace AND routine.prorettype <> 'trigger'::regtype"""


async def main():
    owner = await asyncpg.connect()
    calls = [row[0] for row in await owner.fetch(CALLS)]
    assert len(calls) > 20
    for call in calls:
        statement = await owner.prepare(call)
        for kind in [*statement.get_parameters(), *(column.type for column in statement.get_attributes())]:
            assert kind.kind in ("scalar", "array", "composite", "enum"), (call, kind)
            assert kind.name != "unknown", (call, kind)
    await owner.close()
    with psycopg.connect() as connection, psycopg.connect(autocommit=True) as types:
        for call in calls:
            result = connection.pgconn.prepare(b"", call.encode())
            assert result.status == psycopg.pq.ExecStatus.COMMAND_OK, (call, result.error_message)
            result = connection.pgconn.describe_prepared(b"")
            for place in range(result.nfields):
                known = types.adapters.types.get(result.ftype(place))
                if known is None:
                    (name,) = types.execute("SELECT %s::regtype::text", [result.ftype(place)]).fetchone()
                    known = psycopg.types.TypeInfo.fetch(types, name)
                assert known is not None, (call, result.fname(place))


asyncio.run(main())
PYTHON
python3 -m mypy --strict --ignore-missing-imports --no-incremental call_psycopg.py call_asyncpg.py >said.log 2>&1 || { cat said.log; exit 1; }
wanted="Ann's customer 00000000-0000-4000-8000-00000000000a of 1; /data/employee_count: type"
same "psycopg's example" "$(python3 -W error call_psycopg.py)" "$wanted"
psql -Xqc 'DELETE FROM app.records'
same "asyncpg's example" "$(DATABASE_URL="postgresql://authenticator@/$PGDATABASE?host=$PGHOST&port=$PGPORT" python3 -W error call_asyncpg.py)" "$wanted"
