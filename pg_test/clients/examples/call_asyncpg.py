import asyncio
import json
import os
import uuid

import asyncpg

TABLE = uuid.UUID("00000000-0000-4000-8000-00000000000b")
CLAIMS = json.dumps({"sub": "00000000-0000-4000-8000-0000000000a1"})


async def as_user(connection: asyncpg.Connection) -> None:
    """Says who asks, until the transaction ends."""
    await connection.execute("SELECT set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true)", CLAIMS)


async def main() -> None:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    # A dict for jsonb, which is text without this.
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    insert = "INSERT INTO app.records (table_id, name, data) VALUES ($1, $2, $3) RETURNING name, organization_id"
    async with connection.transaction():
        await as_user(connection)
        customer = await connection.fetchrow(insert, TABLE, "Ann's customer", {"employee_count": 50})
        count = await connection.fetchval("SELECT record_count FROM app.get_table_statistics(table_id => $1)", TABLE)
    try:
        async with connection.transaction():
            await as_user(connection)
            await connection.execute(insert, TABLE, "x", {"employee_count": "many"})
    except asyncpg.CheckViolationError as error:
        problem = json.loads(error.detail)[0]
    print(f"{customer['name']} {customer['organization_id']} of {count}; {problem['path']}: {problem['code']}")
    await connection.close()


asyncio.run(main())
