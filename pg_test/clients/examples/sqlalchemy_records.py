import json
import os
import uuid
import warnings

from models import Records
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import IntegrityError, SAWarning
from sqlalchemy.orm import Session

# Foreign keys of one table share its tenant column: what each relationship would write there is the same value.
warnings.filterwarnings("ignore", "relationship '.*' will copy column", SAWarning)
engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
TABLE = uuid.UUID("00000000-0000-4000-8000-00000000000b")


def as_user(session):
    """Says who asks, until the transaction ends."""
    claims = json.dumps({"sub": "00000000-0000-4000-8000-0000000000a1"})
    session.execute(select(func.set_config("role", "authenticated", True), func.set_config("request.jwt.claims", claims, True)))


with Session(engine) as session, session.begin():
    as_user(session)
    customer = Records(table_id=TABLE, name="Ann's customer", data={"employee_count": 50})
    session.add(customer)
    session.flush()
    name, organization_id = customer.name, customer.organization_id
    count = session.scalar(text("SELECT record_count FROM app.get_table_statistics(:table_id)"), {"table_id": TABLE})
try:
    with Session(engine) as session, session.begin():
        as_user(session)
        session.add(Records(table_id=TABLE, name="x", data={"employee_count": "many"}))
except IntegrityError as error:
    problem = json.loads(error.orig.diag.message_detail)[0]
print(f"{name} {organization_id} of {count}; {problem['path']}: {problem['code']}")
engine.dispose()
