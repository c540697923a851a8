#!/usr/bin/env python3
"""A day with customers: sign up, share one, work, what is refused, delete, restore from the export, the audit, and what others see of it."""
import json
import pathlib
import re

from people import Day

day = Day("customer_accounts")
ANN, BOB, EVE = (f"00000000-0000-4000-8000-0000000000{n}" for n in ("a1", "b1", "e1"))
service = day.person(role="service_role")
nobody = day.person(role="anon")
ann, eve = (day.person({"sub": sub, "email": email}) for sub, email in ((ANN, "ann@acme.example"), (EVE, "eve@evil.example")))
bob = day.person({"sub": BOB, "email": "bob@acme.example"}, own=True)

# The limit is the owner's to ask for, as the blueprint's page says it.
page = (pathlib.Path(__file__).parents[2] / "docs/blueprints/customer_accounts.md").read_text()
[limit] = re.findall(r"## Limits\n.*?```sql\n(.*?)```", page, re.DOTALL)
day.owner.execute(limit.replace("(50)", "(3)"))

# Sign up is the token alone: whoever has one keeps customers of their own.
northwind = ann.gets("INSERT INTO customer_accounts (company_name, customer_type, created_by) VALUES ('Northwind', 'Commercial', %s) RETURNING id", ANN)
globex = eve.gets("INSERT INTO customer_accounts (company_name, customer_type, created_by) VALUES ('Globex', 'Commercial', %s) RETURNING id", EVE)
ann.does("42501", "INSERT INTO customer_accounts (company_name, customer_type, created_by) VALUES ('X', 'Commercial', %s)", BOB)
acorn = ann.gets("INSERT INTO customer_accounts (company_name, customer_type) VALUES ('Acorn', 'Commercial') RETURNING id")
SIGNED = "SELECT created_by::text, updated_by::text FROM customer_accounts WHERE id = %s"
ann.does([(ANN, ANN)], SIGNED, acorn)
ann.does([(ANN, ANN)], SIGNED, northwind)
ann.does(1, "DELETE FROM customer_accounts WHERE id = %s", acorn)
nobody.does("42501", "INSERT INTO customer_accounts (company_name, customer_type) VALUES ('X', 'Commercial')")

# Work: contacts, one of them the primary one, found by any form of the telephone number.
CONTACT = "INSERT INTO customer_contacts (customer_account_id, contact_name, email, phone) VALUES (%s, %s, %s, %s) RETURNING id"
lee, ray = (ann.gets(CONTACT, northwind, *contact)
            for contact in (("Ann Lee", "lee@northwind.example", "(555) 123-4567"), ("Bob Ray", "ray@northwind.example", "+1 555.987.6543")))
ann.does(True, "SELECT set_primary_contact(%s)", lee)
ann.does(True, "SELECT set_primary_contact(%s)", ray)
ann.does([("Ann Lee", False), ("Bob Ray", True)], "SELECT contact_name, is_primary_contact FROM customer_contacts ORDER BY id")
ann.does("Ann Lee", "SELECT row_data ->> 'contact_name' FROM search_rows('customer_contacts', '5551234567')")
ann.does("Northwind", "SELECT row_data ->> 'company_name' FROM search_rows('customer_accounts', 'northw')")
bob.does([], "SELECT contact_name FROM customer_contacts")
bob.does(False, "SELECT set_primary_contact(%s)", lee)

# Who made a customer and who changed it is not theirs to say: nobody is given it so, and nobody takes it over.
ann.does(1, "UPDATE customer_accounts SET created_by = %s, updated_by = %s WHERE id = %s", BOB, BOB, northwind)
ann.does([(ANN, ANN)], SIGNED, northwind)
bob.does(0, "SELECT count(*) FROM customer_accounts")

# Invite: who changed a customer last sees it, too; so the service hands it over.
service.does(1, "UPDATE customer_accounts SET updated_by = %s WHERE id = %s", BOB, northwind)
bob.does(1, "UPDATE customer_accounts SET account_notes = 'Pays late' WHERE id = %s", northwind)
bob.does([(ANN, BOB)], SIGNED, northwind)
bob.does(2, "SELECT count(*) FROM customer_contacts")
bob.does(1, "UPDATE customer_accounts SET created_by = %s WHERE id = %s", BOB, northwind)
bob.does([(ANN, BOB)], SIGNED, northwind)
bob.does(1, "UPDATE customer_contacts SET role = 'Owner', created_by = %s WHERE id = %s", BOB, lee)
bob.does([(ANN, BOB)], "SELECT created_by::text, updated_by::text FROM customer_contacts WHERE id = %s", lee)
bob.does(0, "DELETE FROM customer_accounts WHERE id = %s", northwind)
ann.does("Pays late", "SELECT account_notes FROM customer_accounts")

# What is refused.
ann.does("23505", "INSERT INTO customer_contacts (customer_account_id, contact_name, email) VALUES (%s, 'Twin', 'LEE@northwind.example')", northwind)
ann.does("23505", "UPDATE customer_contacts SET is_primary_contact = true WHERE id = %s", lee)
ann.does("23514", "UPDATE customer_accounts SET billing_address = '{\"town\": 5}' WHERE id = %s", northwind)
ann.does("23514", "UPDATE customer_accounts SET customer_type = 'Industrial' WHERE id = %s", northwind)
ann.does("42501", "INSERT INTO customer_contacts (customer_account_id, contact_name) VALUES (%s, 'Mole')", globex)
eve.does(0, "UPDATE customer_contacts SET contact_name = 'Mine'")
eve.does(0, "DELETE FROM customer_accounts WHERE id = %s", northwind)
eve.does(None, "SELECT export_customer(%s)", northwind)

# The limit: so many contacts a customer, and nobody's to change.
extra = ann.gets(CONTACT, northwind, "Cy Doe", None, None)
bob.does("53400", "INSERT INTO customer_contacts (customer_account_id, contact_name) VALUES (%s, 'One too many')", northwind)
day.check("the limit as JSON", [json.loads(bob.problem.message_detail)[told] for told in ("resource_type", "limit", "used", "requested")], ["contacts", 3, 3, 1])
ann.does("42501", "UPDATE customer_accounts SET contact_count = 0 WHERE id = %s", northwind)
ann.does("428C9", "UPDATE customer_accounts SET max_contacts = 1000 WHERE id = %s", northwind)
ann.does(1, "DELETE FROM customer_contacts WHERE id = %s", extra)
ann.does(2, "SELECT contact_count FROM customer_accounts WHERE id = %s", northwind)

# Export by psql, delete, restore: the same customer, under the same ids.
export = ann.psql(f"SELECT export_customer({northwind});")
kept = json.loads(export)
day.check("the export", [kept["version"], kept["account"]["company_name"], [contact["contact_name"] for contact in kept["contacts"]]],
          [1, "Northwind", ["Ann Lee", "Bob Ray"]])
ann.does(1, "DELETE FROM customer_accounts WHERE id = %s", northwind)
ann.does(0, "SELECT count(*) FROM customer_contacts")
eve.does("42501", "SELECT import_customer(%s)", export)
ann.does(northwind, "SELECT import_customer(%s)", export)
# What a user brings back that user signs; the service brings it back as it was.
ann.does([(ANN, ANN)], SIGNED, northwind)
ann.does(1, "DELETE FROM customer_accounts WHERE id = %s", northwind)
service.does(northwind, "SELECT import_customer(%s)", export)
del kept["account"]["updated_at"]  # counting its contacts again is a change
ann.does(kept, "SELECT export_customer(%s) #- '{account,updated_at}'", northwind)
ann.does(1, "UPDATE customer_contacts SET contact_name = 'Oops' WHERE id = %s", lee)
ann.does(northwind, "SELECT import_customer(%s)", export)
ann.does("Ann Lee", "SELECT contact_name FROM customer_contacts WHERE id = %s", lee)
eve.does("42501", "SELECT import_customer(%s)", json.dumps({**kept, "account": {**kept["account"], "created_by": EVE}}))

# The audit: whoever sees the customer sees who did what to it, and from where; nobody writes it.
bob.does([(ANN, "203.0.113.7")], """SELECT DISTINCT user_id::text, host(ip_address) FROM audit_logs
    WHERE table_name = 'customer_accounts' AND action = 'DELETE' AND record_id = %s""", str(northwind))
ann.does([(BOB, "Pays late")], """SELECT user_id::text, new_data ->> 'account_notes' FROM audit_logs
    WHERE table_name = 'customer_accounts' AND action = 'UPDATE' AND user_id = %s""", BOB)
ann.does([("INSERT",), ("UPDATE",), ("DELETE",), ("INSERT",), ("DELETE",), ("INSERT",)], "SELECT action FROM row_history('customer_accounts', %s::bigint)", northwind)
eve.does(0, "SELECT count(*) FROM audit_logs WHERE customer_account_id = %s", northwind)
nobody.does("42501", "SELECT * FROM audit_logs")
ann.does("42501", "DELETE FROM audit_logs")
# It takes back a mistake, and a deletion by who made it, who still sees what happened.
ann.does(1, "DELETE FROM customer_accounts WHERE id = %s", northwind)
# Nor does the number of a customer that is gone: it makes another one, without that one's past.
copy = {**kept, "account": {**kept["account"], "company_name": "Copy", "created_by": EVE, "updated_by": EVE}, "contacts": []}
forged = eve.gets("SELECT import_customer(%s)", json.dumps(copy))
day.check("the import of a foreign number", (isinstance(forged, int), forged == northwind), (True, False))
eve.does(0, "SELECT count(*) FROM audit_logs WHERE customer_account_id = %s", northwind)
eve.does(1, "DELETE FROM customer_accounts WHERE id = %s", forged)
bob.does([("UPDATE", BOB), ("UPDATE", BOB)], "SELECT action, user_id::text FROM audit_logs WHERE customer_account_id = %s", northwind)
undone = ann.gets("SELECT max(transaction_id) FROM audit_logs")
eve.does("42704", "SELECT undo_transaction(%s)", undone)
ann.does(3, "SELECT undo_transaction(%s)", undone)
ann.does([("Ann Lee",), ("Bob Ray",)], "SELECT contact_name FROM customer_contacts ORDER BY id")

# What others saw of it.
day.sees_only(eve, [EVE, f'"customer_account_id": {globex}'], [ANN, BOB, "Northwind"])
day.sees_only(nobody, [], [ANN, BOB, EVE], least=0)
day.sees_only(ann, [ANN, f'"customer_account_id": {northwind}'], [EVE, "Globex"], least=3)
day.end(steps=73, owners=["customer_accounts"])
