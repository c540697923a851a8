#!/usr/bin/env python3
"""A day with tables that customers define: sign up, invite, records, search, a limit, a column renamed, delete, restore, export, the audit; what others see."""
import json

from people import Day

day = Day("custom_tables")
ANN, BOB, CY, EVE = (f"00000000-0000-4000-8000-0000000000{n}" for n in ("a1", "b1", "c1", "e1"))
service = day.person(role="service_role")
nobody = day.person(role="anon")
ann, cy, eve = (day.person({"sub": sub, "email": email}) for sub, email in
                ((ANN, "ann@acme.example"), (CY, "cy@acme.example"), (EVE, "eve@evil.example")))
bob = day.person({"sub": BOB, "email": "bob@acme.example"}, own=True)

# Sign up: everyone writes their own row, the service makes the organizations and their owners.
for person in (ann, bob, cy, eve):
    person.does(1, "INSERT INTO users (id, email) VALUES (%s, %s)", person.claims["sub"], person.claims["email"])
eve.does("42501", "INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'x@evil.example')")
acme, evil = (service.gets("INSERT INTO organizations (name) VALUES (%s) RETURNING id::text", name) for name in ("Acme", "Evil"))
service.does(2, "INSERT INTO user_organizations (user_id, organization_id, role) VALUES (%s, %s, 'owner'), (%s, %s, 'owner')", ANN, acme, EVE, evil)
ann.does("Acme", "SELECT name FROM organizations")
ann.does("42501", "INSERT INTO organizations (name) VALUES ('Mine')")

# Invite: the owner takes on a member and a viewer; the last owner stays.
ann.does(2, "INSERT INTO user_organizations (user_id, organization_id, role) VALUES (%s, %s, 'member'), (%s, %s, 'viewer')", BOB, acme, CY, acme)
bob.does("42501", "INSERT INTO user_organizations (user_id, organization_id, role) VALUES (%s, %s, 'owner')", EVE, acme)
eve.does("42501", "INSERT INTO user_organizations (user_id, organization_id, role) VALUES (%s, %s, 'owner')", EVE, acme)
bob.does(0, "UPDATE user_organizations SET role = 'owner' WHERE user_id = %s", BOB)
ann.does("55000", "DELETE FROM user_organizations WHERE user_id = %s", ANN)

# Work: a table, its columns and statuses, records that a form sends.
table = bob.gets("INSERT INTO tables (organization_id, name) VALUES (%s, 'Customers') RETURNING id::text", acme)
bob.does(4, """INSERT INTO table_columns (table_id, name, type, required, is_unique, position, options) VALUES (%(t)s, 'name', 'text', true, false, 1, '{}'),
    (%(t)s, 'email', 'email', false, true, 2, '{}'), (%(t)s, 'staff', 'integer', false, false, 3, '{"min": 1}'),
    (%(t)s, 'number', 'autonumber', false, false, 4, '{}')""".replace("%(t)s", f"'{table}'"))
bob.does(2, "INSERT INTO table_statuses (table_id, name, position) VALUES (%s, 'lead', 1), (%s, 'won', 2)", table, table)
bob.does([("/name", "required"), ("/data/staff", "type"), ("/status", "status.unknown")],
         "SELECT path, code FROM record_errors(%s, '{\"status\": \"lost\", \"staff\": \"50\"}')", table)
sato = bob.gets("""INSERT INTO records (table_id, name, email, company, status, data)
    VALUES (%s, '佐藤', 'sato@example.com', '株式会社エムロック', 'lead', '{"staff": 50}') RETURNING id::text""", table)
# Who made it stays who made it.
ann.does(1, "UPDATE records SET created_by = %s WHERE id = %s", ANN, sato)
bob.does([(BOB,)], "SELECT created_by::text FROM records WHERE id = %s", sato)
bob.does("23514", "INSERT INTO records (table_id, data) VALUES (%s, '{\"staff\": 0}')", table)
day.check("the problems as JSON", [problem["path"] for problem in json.loads(bob.problem.message_detail)], ["/data/staff", "/name"])
bob.does("23505", "INSERT INTO records (table_id, name, email) VALUES (%s, 'Twin', 'SATO@example.com')", table)
bob.does(2, "INSERT INTO records (table_id, name, status) VALUES (%s, 'Lee', 'lead'), (%s, 'Ray', 'won')", table, table)
cy.does([("佐藤", "1")], "SELECT name, data ->> 'number' FROM records WHERE id = %s", sato)
cy.does("佐藤", "SELECT record.name FROM search_records(%s, 'ｴﾑﾛｯｸ') AS found JOIN records AS record ON record.id = found.record_id", table)
cy.does("42501", "INSERT INTO records (table_id, name) VALUES (%s, 'Mine')", table)
cy.does(0, "UPDATE records SET name = 'Mine'")
cy.does(0, "DELETE FROM records")
eve.does("42501", "INSERT INTO records (table_id, organization_id, name) VALUES (%s, %s, 'Mole')", table, acme)
eve.does("23503", "INSERT INTO records (table_id, organization_id, name) VALUES (%s, %s, 'Mole')", table, evil)

# The limit: the service sets how many tables an organization may have, nobody else does.
service.does(1, "UPDATE organizations SET max_tables = 2 WHERE id = %s", acme)
bob.does(1, "INSERT INTO tables (organization_id, name) VALUES (%s, 'Deals')", acme)
bob.does("53400", "INSERT INTO tables (organization_id, name) VALUES (%s, 'Visits')", acme)
day.check("the limit as JSON", json.loads(bob.problem.message_detail),
          {"account_id": acme, "resource_type": "tables", "limit": 2, "used": 2, "requested": 1, "plan": None})
for mine in ("max_tables = 1000", "max_tables = NULL", "current_table_count = 0"):
    ann.does("42501", f"UPDATE organizations SET {mine}")
ann.does(1, "UPDATE organizations SET name = 'Acme'")
# It is deleted softly: the server counts no row, and it is gone for all.
ann.does(0, "DELETE FROM tables WHERE name = 'Deals'")
cy.does([("tables", 1, 2)], "SELECT resource_type, used, usage_limit FROM account_usage(%s, 'organizations')", acme)

# An organization's tables change while they are used.
bob.does(1, "INSERT INTO table_columns (table_id, name, type, position) VALUES (%s, 'tel', 'phone', 5)", table)
bob.does(1, "UPDATE records SET data = data || '{\"tel\": \"03-1234-5678\"}' WHERE id = %s", sato)
bob.does(1, "SELECT rename_column(%s, 'staff', 'employees')", table)
bob.does("50", "SELECT data ->> 'employees' FROM records WHERE id = %s", sato)
cy.does("42501", "INSERT INTO table_columns (table_id, name) VALUES (%s, 'mine')", table)

# Delete, and restore; nobody chooses a number, as who inserts an export by psql would.
kept = bob.psql("COPY (SELECT to_jsonb(record) - 'search_vector' FROM records AS record WHERE name = '佐藤') TO STDOUT;").replace("\\\\", "\\")
day.check("the export", (lambda row: (row["company"], row["data"]["tel"]))(json.loads(kept)), ("株式会社エムロック", "03-1234-5678"))
bob.does(0, "DELETE FROM records WHERE id = %s", sato)
bob.does(2, "SELECT count(*) FROM records")
bob.does(True, "SELECT restore_deleted('records', %s)", sato)
bob.does("23514", "INSERT INTO records SELECT (jsonb_populate_record(NULL::records, %s)).*", kept)
cy.does([("佐藤", "03-1234-5678", "1")], "SELECT name, data ->> 'tel', data ->> 'number' FROM records WHERE id = %s", sato)
bob.does(0, "DELETE FROM tables WHERE id = %s", table)

# The audit: who did it, from where; what somebody changed by mistake is taken back.
bob.does([], "SELECT * FROM audit_logs")
ann.does([("SOFT_DELETE", BOB, "203.0.113.7")], "SELECT action, user_id::text, host(ip_address) FROM audit_logs WHERE record_id = %s AND action ~ 'DELETE'", sato)
bob.does(2, "UPDATE records SET status = 'won' WHERE status = 'lead'")
undone = ann.gets("SELECT max(transaction_id) FROM audit_logs")
bob.does("42704", "SELECT undo_transaction(%s)", undone)
ann.does("42501", "DELETE FROM audit_logs")
ann.does(2, "SELECT undo_transaction(%s)", undone)
bob.does([("佐藤", "1"), ("Lee", "2")], "SELECT name, data ->> 'number' FROM records WHERE status = 'lead' ORDER BY 2")

# Figures span organizations: they are the owner's to refresh, and nobody else's to read.
day.owner.execute("SELECT app.refresh_table_statistics()")
bob.does("42501", "SELECT * FROM table_statistics")

# What others saw of it.
day.sees_only(eve, [evil, EVE], [acme, ANN, BOB, CY, table], least=3)
day.sees_only(nobody, [], [acme, evil], least=0)
day.sees_only(ann, [acme, ANN], [evil, EVE], least=10)
ann.does(0, "DELETE FROM tables WHERE id = %s", table)
ann.does(0, "SELECT count(*) FROM records")
day.end(steps=68, owners=["organizations"])
