import json
import os
import uuid
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

TABLE = uuid.UUID("00000000-0000-4000-8000-00000000000b")
CLAIMS = json.dumps({"sub": "00000000-0000-4000-8000-0000000000a1"})


@dataclass
class Customer:
    name: str
    organization_id: uuid.UUID


@dataclass
class Problem:
    path: str
    code: str


def as_user(connection: psycopg.Connection) -> None:
    """Says who asks, until the transaction ends."""
    connection.execute("SELECT set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)", [CLAIMS])


with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    with connection.transaction(), connection.cursor(row_factory=class_row(Customer)) as cursor:
        as_user(connection)
        cursor.execute("INSERT INTO app.records (table_id, name, data) VALUES (%s, %s, %s) RETURNING name, organization_id",
                       [TABLE, "Ann's customer", Jsonb({"employee_count": 50})])
        customer = cursor.fetchone()
        statistics = connection.execute("SELECT record_count FROM app.get_table_statistics(table_id => %s)", [TABLE]).fetchone()
    try:
        with connection.transaction():
            as_user(connection)
            connection.execute("INSERT INTO app.records (table_id, name, data) VALUES (%s, 'x', %s)", [TABLE, Jsonb({"employee_count": "many"})])
    except psycopg.errors.CheckViolation as error:
        found = json.loads(error.diag.message_detail or "[]")[0]
        problem = Problem(found["path"], found["code"])
assert customer and statistics
print(f"{customer.name} {customer.organization_id} of {statistics[0]}; {problem.path}: {problem.code}")
