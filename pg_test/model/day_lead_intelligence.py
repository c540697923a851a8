#!/usr/bin/env python3
"""A day with leads: sign up, a member, queries up to the plan's limit, leads, credits, an export, a query deleted and restored by the audit; what others see."""
import json

from people import Day

day = Day("lead_intelligence")
ANN, BOB, EVE = (f"00000000-0000-4000-8000-0000000000{n}" for n in ("a1", "b1", "e1"))
service = day.person(role="service_role")
nobody = day.person(role="anon")
ann, eve = (day.person({"sub": sub, "email": email}) for sub, email in ((ANN, "ann@acme.example"), (EVE, "eve@evil.example")))
bob = day.person({"sub": BOB, "email": "bob@acme.example"}, own=True)

# Sign up: the service makes the workspaces and their owners; the owner takes on a member.
acme, evil = (service.gets("INSERT INTO workspaces (name, slug) VALUES (%s, lower(%s)) RETURNING id::text", name, name) for name in ("Acme", "Evil"))
ann_id, eve_id = (service.gets("INSERT INTO users (workspace_id, auth_user_id, email, role) VALUES (%s, %s, %s, 'owner') RETURNING id::text", *who)
                  for who in ((acme, ANN, "ann@acme.example"), (evil, EVE, "eve@evil.example")))
ann.does([(acme, "free", 3)], "SELECT id::text, plan, max_queries FROM workspaces WHERE id = get_user_workspace_id()")
bob_id = ann.gets("INSERT INTO users (workspace_id, auth_user_id, email, role) VALUES (%s, %s, 'bob@acme.example', 'member') RETURNING id::text", acme, BOB)
bob.does("42501", "INSERT INTO users (workspace_id, auth_user_id, email) VALUES (%s, gen_random_uuid(), 'x@acme.example')", acme)
bob.does(0, "UPDATE users SET role = 'owner'")
eve.does("42501", "INSERT INTO users (workspace_id, auth_user_id, email) VALUES (%s, gen_random_uuid(), 'x@evil.example')", acme)
bob.does(1, "INSERT INTO notification_preferences (user_id, weekly_report) VALUES (%s, false)", bob_id)
ann.does(0, "SELECT count(*) FROM notification_preferences")

# Topics are everybody's to find and the service's to write.
topic = service.gets("INSERT INTO global_topics (topic, category) VALUES ('Cloud Security', 'IT') RETURNING id::text")
service.does(2, "INSERT INTO trends (topic_id, week, volume) VALUES (%s, '2026-01-05', 100), (%s, '2026-01-12', 150)", topic, topic)
service.does(True, "SELECT update_topic_trends() > 0")
bob.does("Cloud Security", "SELECT topic FROM search_topics('clou')")
bob.does(50, "SELECT change_percent::integer FROM trends WHERE week = '2026-01-12'")
bob.does("42501", "INSERT INTO global_topics (topic) VALUES ('Mine')")

# Work: queries and what they find.
query = bob.gets("INSERT INTO queries (workspace_id, topic_id, name, created_by) VALUES (%s, %s, 'SaaS', %s) RETURNING id::text", acme, topic, bob_id)
LEAD = "INSERT INTO leads (query_id, company_name, contact_email, intent_score) VALUES (%s, 'Northwind', 'lee@northwind.example', 80), (%s, 'Globex', NULL, 40)"
bob.does(2, LEAD, query, query)
bob.does([(2, 2)], "SELECT lead_count, leads_this_week FROM queries")
for mine in ("leads_this_week = 55", "leads_week = NULL", "lead_count = 0"):
    bob.does("42501", f"UPDATE queries SET {mine}")
bob.does("42501", "SELECT increment_usage_counter(%s::uuid, 'lead', 5, accounts => 'queries')", query)
bob.does("23514", "INSERT INTO leads (query_id, contact_email) VALUES (%s, 'lee at northwind')", query)
bob.does("23514", "UPDATE leads SET intent_score = 101")
bob.does(1, "INSERT INTO saved_searches (user_id, name, is_shared) VALUES (%s, 'Hot', true)", bob_id)
ann.does("Hot", "SELECT name FROM saved_searches")
bob.does("42501", "INSERT INTO integrations (workspace_id, provider) VALUES (%s, 'slack')", acme)
ann.does(1, "INSERT INTO integrations (workspace_id, provider) VALUES (%s, 'slack')", acme)
# Who made something is who asked, and stays, until that user is deleted.
bob.does([(bob_id,)], "SELECT created_by::text FROM queries")
DAN = "00000000-0000-4000-8000-0000000000d1"
dan = day.person({"sub": DAN, "email": "dan@acme.example"})
dan_id = ann.gets("INSERT INTO users (workspace_id, auth_user_id, email, role) VALUES (%s, %s, 'dan@acme.example', 'admin') RETURNING id::text", acme, DAN)
dan.does(1, "INSERT INTO integrations (workspace_id, provider, created_by) VALUES (%s, 'hubspot', %s)", acme, bob_id)
ann.does(1, "UPDATE integrations SET created_by = NULL WHERE provider = 'hubspot'")
ann.does(dan_id, "SELECT created_by::text FROM integrations WHERE provider = 'hubspot'")
ann.does(1, "DELETE FROM users WHERE id = %s", dan_id)
ann.does(None, "SELECT created_by::text FROM integrations WHERE provider = 'hubspot'")
eve.does("42501", "INSERT INTO leads (query_id, company_name) VALUES (%s, 'Mole')", query)
eve.does(0, "DELETE FROM leads")

# The limit of the plan, and the next plan.
bob.does(2, "INSERT INTO queries (workspace_id, name) VALUES (%s, 'Second'), (%s, 'Third')", acme, acme)
bob.does(False, "SELECT check_query_limit()")
bob.does("53400", "INSERT INTO queries (workspace_id, name) VALUES (%s, 'Fourth')", acme)
bob.does(1, "UPDATE queries SET status = 'completed' WHERE name = 'Third'")
bob.does(1, "INSERT INTO queries (workspace_id, name) VALUES (%s, 'Fourth')", acme)
ann.does("42501", "UPDATE workspaces SET max_queries = 1000")
ann.does("42501", "UPDATE workspaces SET plan = 'enterprise', current_query_count = 0")
ann.does(1, "UPDATE workspaces SET branding = '{\"primary\": \"#3B82F6\"}'")
service.does([("starter", 10)], "UPDATE workspaces SET plan = 'starter' WHERE id = %s RETURNING plan, max_queries", acme)
bob.does(True, "SELECT check_query_limit()")

# Credits: the plan gives them each day and the service more; members spend their own, until none are left.
bob.does([(50, 50, 0)], "SELECT balance, daily_credits, daily_credits_used FROM workspace_credits")
service.does(55, "SELECT (grant_credits(%s::uuid, 5, period => 'day') ->> 'balance')::integer", acme)
person = bob.gets("INSERT INTO people_search_results (user_id, email) VALUES (%s, 'lee@northwind.example') RETURNING id::text", bob_id)
bob.does(54, "SELECT (app.record_credit_usage(%s, 1, 'email_reveal') ->> 'balance')::integer", acme)
bob.does("42501", "SELECT app.record_credit_usage(%s, 1, 'email_reveal')", evil)
eve.does("42501", "SELECT app.record_credit_usage(%s, 1, 'email_reveal')", acme)
bob.does("42501", "SELECT consume_credits(%s, 1, 'email_reveal')", acme)
bob.does("42501", "SELECT grant_credits(%s::uuid, 100)", acme)
service.does(1, "SELECT (app.record_credit_usage(%s, 53, 'email_reveal') ->> 'balance')::integer", acme)
bob.does("53400", "SELECT app.record_credit_usage(%s, 2, 'email_reveal')", acme)
day.check("what was missing as JSON", (lambda told: (told["limit"] - told["used"], told["requested"]))(json.loads(bob.problem.message_detail)), (1, 2))
bob.does(1, "UPDATE people_search_results SET email_revealed = true WHERE id = %s", person)
bob.does([(False, True)], "SELECT check_credits_available(amount => 2), check_credits_available()")
ann.does([("email_reveal", 1, bob_id), ("email_reveal", 53, None)], "SELECT action, credits_used, user_id::text FROM credit_usage ORDER BY credits_used")
ann.does("42501", "DELETE FROM credit_entries")
eve.does([(0, 0)], "SELECT balance, daily_credits_used FROM workspace_credits")
eve.does(False, "SELECT check_credits_available(%s)", acme)

# Export, by psql, and the job that goes when its time is over.
bob.does(1, "INSERT INTO export_jobs (user_id, expires_at, status) VALUES (%s, now() - interval '1 day', 'completed')", bob_id)
day.check("export", bob.psql("COPY (SELECT company_name, intent_score FROM leads ORDER BY intent_score DESC) TO STDOUT WITH (FORMAT csv, HEADER);"),
          "company_name,intent_score\nNorthwind,80\nGlobex,40")
service.does(1, "SELECT cleanup_expired_exports()")
bob.does(0, "SELECT count(*) FROM export_jobs")

# What others saw of it.
shared = ("global_topics", "trends", "plans")
day.sees_only(eve, [evil, eve_id], [acme, ANN, BOB, ann_id, bob_id], shared, least=3)
day.sees_only(nobody, [], [acme, evil], shared, least=0)
day.sees_only(ann, [acme], [evil, EVE], shared, least=10)

# Delete: with the query its leads go. Who takes part can be shut out and let in again.
bob.does(1, "DELETE FROM queries WHERE id = %s", query)
bob.does(0, "SELECT count(*) FROM leads")
bob.does(2, "SELECT current_query_count FROM workspaces")

# The audit tells who and from where, to admins alone; and takes it back, with the leads and what counts them.
bob.does([], "SELECT action FROM audit_logs")
ann.does([("leads", 2, BOB, "203.0.113.7"), ("queries", 1, BOB, "203.0.113.7"), ("users", 1, ANN, "203.0.113.7")], """SELECT table_name, count(*), user_id::text, host(ip_address) FROM audit_logs
    WHERE action = 'DELETE' AND user_id IS NOT NULL GROUP BY 1, 3, 4 ORDER BY 1""")
ann.does("42501", "UPDATE audit_logs SET user_id = NULL")
ann.does("42501", "INSERT INTO audit_logs (action, table_name) VALUES ('INSERT', 'forged')")
undone = ann.gets("SELECT max(transaction_id) FROM audit_logs WHERE table_name = 'queries' AND action = 'DELETE'")
eve.does("42704", "SELECT undo_transaction(%s)", undone)
ann.does(3, "SELECT undo_transaction(%s)", undone)
bob.does([("Globex", 40), ("Northwind", 80)], "SELECT company_name, intent_score FROM leads ORDER BY 1")
bob.does([("SaaS", 2, 2)], "SELECT name, lead_count, leads_this_week FROM queries WHERE id = %s", query)
bob.does(3, "SELECT current_query_count FROM workspaces")
ann.does([("INSERT",), ("DELETE",), ("INSERT",)], "SELECT action FROM row_history('queries', %s::uuid)", query)
ann.does(1, "UPDATE users SET is_active = false WHERE id = %s", bob_id)
bob.does(0, "SELECT count(*) FROM queries")
ann.does(1, "UPDATE users SET is_active = true WHERE id = %s", bob_id)
bob.does(4, "SELECT count(*) FROM queries")

day.end(steps=86, owners=["workspaces", "queries"])
