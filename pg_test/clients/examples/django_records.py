import json
import uuid

import django
from django.db import IntegrityError, connection, transaction
from django.utils.timezone import now

django.setup()
from app.models import Records  # noqa: E402

ORGANIZATION = uuid.UUID("00000000-0000-4000-8000-00000000000a")
TABLE = uuid.UUID("00000000-0000-4000-8000-00000000000b")


def as_user(cursor):
    """Says who asks, until the transaction ends."""
    cursor.execute("SELECT set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)",
                   [json.dumps({"sub": "00000000-0000-4000-8000-0000000000a1"})])


with transaction.atomic(), connection.cursor() as cursor:
    as_user(cursor)
    # An INSERT of Django names every column: say those that the database would fill, too, such as the id.
    customer = Records.objects.create(id=uuid.uuid4(), table_id=TABLE, organization_id=ORGANIZATION, name="Ann's customer", data={"employee_count": 50}, created_at=now(), updated_at=now())
    cursor.execute("SELECT record_count FROM get_table_statistics(%s)", [TABLE])
    (count,) = cursor.fetchone()
try:
    with transaction.atomic(), connection.cursor() as cursor:
        as_user(cursor)
        Records.objects.create(id=uuid.uuid4(), table_id=TABLE, organization_id=ORGANIZATION, name="x", data={"employee_count": "many"}, created_at=now(), updated_at=now())
except IntegrityError as error:
    problem = json.loads(error.__cause__.diag.message_detail)[0]
print(f"{customer.name} {customer.organization_id} of {count}; {problem['path']}: {problem['code']}")
