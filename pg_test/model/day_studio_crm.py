#!/usr/bin/env python3
"""A day of a studio: sign up, staff, a client who claims an invitation, forms, workflows, messages, who did it, take it back; and what others see of it."""
import json

from people import Day

day = Day("studio_crm")
ANN, BOB, KIM, EVE = (f"00000000-0000-4000-8000-0000000000{n}" for n in ("a1", "b1", "c1", "e1"))
service = day.person(role="service_role")
visitor = day.person(role="anon")
ann, eve = (day.person({"sub": sub, "email": email}) for sub, email in ((ANN, "ann@flow.example"), (EVE, "eve@evil.example")))
bob = day.person({"sub": BOB, "email": "bob@flow.example"}, own=True)

# Sign up: the service makes the studios and their owners; the owner takes on staff, not above themselves.
flow, evil = (service.gets("INSERT INTO organizations (name, slug) VALUES (%s, lower(%s)) RETURNING id::text", name, name) for name in ("Flow", "Evil"))
service.does(2, """INSERT INTO auth_users (auth_id, email, full_name, organization_id, role)
    VALUES (%s, 'ann@flow.example', 'Ann', %s, 'owner'), (%s, 'eve@evil.example', 'Eve', %s, 'owner')""", ANN, flow, EVE, evil)
ann.does([("Flow", "trial")], "SELECT name, subscription_status FROM organizations")
ann.does(1, "INSERT INTO auth_users (auth_id, email, organization_id, role) VALUES (%s, 'bob@flow.example', %s, 'member')", BOB, flow)
bob.does(2, "SELECT count(*) FROM auth_users")
bob.does("42501", "INSERT INTO auth_users (auth_id, email, organization_id, role) VALUES (%s, 'x@flow.example', %s, 'member')", KIM, flow)
bob.does(0, "UPDATE auth_users SET role = 'owner'")
ann.does("42501", "UPDATE auth_users SET organization_id = %s WHERE auth_id = %s", evil, BOB)
eve.does("42501", "INSERT INTO auth_users (auth_id, email, organization_id, role) VALUES (%s, 'y@evil.example', %s, 'owner')", KIM, flow)

ann.does("42501", "UPDATE organizations SET subscription_status = 'active', trial_ends_at = '2099-01-01'")
ann.does(1, "UPDATE organizations SET name = 'Flow'")

# Invite a client, who claims it once with the token; visitors may where they are let.
token = bob.gets("SELECT token FROM invite_client('kim@example.com', 'Kim', 'Park')")
bob.does([(False, True)], "SELECT is_claimed, invitation_token <> %s FROM client_invitations", token)
holder = day.person({"invitation_token": token}, role="authenticated")
holder.does([("kim@example.com",)], "SELECT email FROM client_invitations")
visitor.does([], "SELECT email FROM claim_invitation('nonsense')")
visitor.does([("kim@example.com", flow)], "SELECT email, organization_id::text FROM claim_invitation(%s, 'a bcrypt hash')", token)
visitor.does([], "SELECT email FROM claim_invitation(%s)", token)
visitor.does("42501", "SELECT email FROM clients")
# The hash of her password is the service's alone.
service.does("a bcrypt hash", "SELECT password_hash FROM clients")
bob.does("42501", "SELECT password_hash FROM clients")
bob.does("42501", "UPDATE clients SET password_hash = 'mine'")
bob.does("42501", "INSERT INTO clients (organization_id, email, password_hash) VALUES (%s, 'x@example.com', 'mine')", flow)
bob.does("Kim Park", "SELECT name FROM clients")
bob.does(1, "UPDATE clients SET notes = 'prefers mornings', membership_status = 'gold'")
kim = day.person({"sub": KIM, "email": "Kim@Example.com", "email_verified": True, "organization_id": flow})
# Whoever is told the token has proved no address: the service says when she has.
kim.does([("Kim Park", False)], "SELECT name, email_verified FROM clients")
kim.does(1, "UPDATE clients SET phone = '555-0100'")
kim.does("23514", "UPDATE clients SET organization_id = %s", evil)
kim.does("42501", "SELECT password_hash FROM clients")
kim.does([], "SELECT name FROM leads")

# Work: a form that visitors fill in, a lead of it, a workflow that is a graph, a message of a template.
form = bob.gets("INSERT INTO forms (organization_id, name, fields) VALUES (%s, 'Trial', %s) RETURNING id::text", flow, json.dumps([
    {"name": "email", "type": "email", "required": True}, {"name": "budget", "type": "currency", "options": {"currency": "GBP", "min": 0}}]))
visitor.does(True, "SELECT submit_form(%s, '{\"email\": \"gwen@example.com\", \"budget\": 4900}') IS NOT NULL", form)
service.does("23514", "SELECT submit_form(%s, '{\"email\": \"nobody\"}')", form)
service.does([], "SELECT email FROM claim_invitation('nonsense')")
visitor.does("23514", "SELECT submit_form(%s, '{\"email\": \"gwen@\", \"budget\": 49.5}')", form)
day.check("the problems as JSON", [(problem["path"], problem["code"]) for problem in json.loads(visitor.problem.message_detail)],
          [("/data/email", "email.invalid"), ("/data/budget", "number.fraction")])
bob.does(1, "SELECT submission_count FROM forms")
bob.does("42501", "UPDATE forms SET submission_count = 77")
bob.does("42501", "UPDATE forms SET last_submission_at = NULL")
lead = bob.gets("INSERT INTO leads (organization_id, first_name, email) SELECT organization_id, 'Gwen', data ->> 'email' FROM form_submissions "
                "RETURNING id::text")
bob.does(1, "UPDATE form_submissions SET lead_id = %s", lead)
workflow = bob.gets("INSERT INTO workflows (organization_id, name, trigger_type, nodes, edges) VALUES (%s, 'Welcome', 'lead.created', %s, %s) "
                    "RETURNING id::text", flow, '[{"id": "a"}, {"id": "b"}]', '[{"id": "1", "source": "a", "target": "b"}]')
bob.does("23514", "UPDATE workflows SET edges = '[{\"id\": \"1\", \"source\": \"a\", \"target\": \"nowhere\"}]'")
bob.does(2, "INSERT INTO workflow_executions (workflow_id, status) VALUES (%s, 'completed'), (%s, 'failed')", workflow, workflow)
bob.does([(2, 1, 1)], "SELECT total_executions, successful_executions, failed_executions FROM workflows")
for mine in ("total_executions = 99", "failed_executions = 0", "last_run_at = now()"):
    bob.does("42501", f"UPDATE workflows SET {mine}")
bob.does([(0,)], "INSERT INTO workflows (organization_id, name, trigger_type, total_executions) VALUES (%s, 'Loud', 'manual', 99) "
                 "RETURNING total_executions", flow)
bob.does(1, "DELETE FROM workflows WHERE name = 'Loud'")
template = bob.gets("INSERT INTO message_templates (organization_id, name, type, content) VALUES (%s, 'Hello', 'sms', 'Hi {{name}}') RETURNING id::text", flow)
bob.does("22023", "SELECT * FROM render_template(%s)", template)
bob.does(1, """INSERT INTO messages (lead_id, template_id, channel, direction, from_address, to_address, body)
    SELECT %s, %s, 'sms', 'outbound', '+15550199', '+15550100', content FROM render_template(%s, '{"name": "Gwen"}')""", lead, template, template)
bob.does([("Hi Gwen",)], "SELECT body FROM messages")
bob.does([(["name"], 1)], "SELECT variables, usage_count FROM message_templates")
bob.does("42501", "UPDATE message_templates SET usage_count = 0, last_used_at = NULL")
eve.does("42501", "INSERT INTO messages (lead_id, channel, direction, from_address, to_address, body) VALUES (%s, 'sms', 'outbound', 'x', 'y', 'z')", lead)

# The limit: a closed form takes nothing more.
bob.does(1, "UPDATE forms SET is_active = false")
visitor.does("55000", "SELECT submit_form(%s, '{\"email\": \"late@example.com\"}')", form)

# Delete; the audit tells who and from where, hashes not, and takes it back.
bob.does(1, "DELETE FROM workflows")
bob.does([], "SELECT action FROM audit_logs")
ann.does([("DELETE", BOB, "203.0.113.7")],
         "SELECT action, user_id::text, host(ip_address) FROM audit_logs WHERE table_name = 'workflows' AND action = 'DELETE' AND record_id = %s", workflow)
ann.does(0, "SELECT count(*) FROM audit_logs WHERE audit_logs::text LIKE '%%bcrypt%%'")
ann.does([("INSERT",), ("DELETE",)], "SELECT action FROM row_history('workflows', %s::uuid)", workflow)
ann.does("42501", "DELETE FROM audit_logs")
ann.does("42501", "INSERT INTO audit_logs (action, table_name) VALUES ('INSERT', 'forged')")
undone = ann.gets("SELECT max(transaction_id) FROM audit_logs WHERE table_name = 'workflows'")
ann.does(3, "SELECT undo_transaction(%s)", undone)
bob.does("Welcome", "SELECT name FROM workflows")
# Its runs went with it and come back with it; its counters count what is there.
service.does(False, "SELECT sync_usage_counters(%s::text, 'workflows')", workflow)
bob.does([(2, 1)], "SELECT total_executions, failed_executions FROM workflows")

# Export, by psql.
day.check("export", bob.psql("COPY (SELECT name, email, status FROM leads) TO STDOUT WITH (FORMAT csv, HEADER);"),
          "name,email,status\nGwen,gwen@example.com,new")

# What others saw of it.
day.sees_only(eve, [evil, EVE], [flow, ANN, BOB, KIM, lead], least=3)
day.sees_only(visitor, [], [flow, evil], least=0)
day.sees_only(kim, [KIM, '"email": "kim@example.com"'], [evil, EVE, ANN, BOB, lead], least=1)
day.sees_only(ann, [flow, ANN], [evil, EVE], least=10)
day.end(steps=74, owners=["workflows", "forms", "message_templates"])
