#!/usr/bin/env python3
"""A day of a data catalog: sign up, invite, a token, work up to the limit of the plan, delete, restore, who did it, export; and what others see of it."""
import json

from people import Day

day = Day("data_catalog")
ANN, BOB, CY, EVE = (f"00000000-0000-4000-8000-0000000000{n}" for n in ("a1", "b1", "c1", "e1"))
service = day.person(role="service_role")
nobody = day.person(role="anon")
ann = day.person({"sub": ANN, "email": "ann@acme.example", "email_verified": True})
# Providers differ in how they write an address.
bob = day.person({"sub": BOB, "email": "Bob@Acme.example", "email_verified": True}, own=True)
cy = day.person({"sub": CY, "email": "cy@acme.example", "email_verified": True})
eve = day.person({"sub": EVE, "email": "eve@evil.example", "email_verified": True})

# Sign up: the service makes the account and its owner, of two tenants.
for person, email in ((ANN, "ann@acme.example"), (BOB, "bob@acme.example"), (CY, "cy@acme.example"), (EVE, "eve@evil.example")):
    service.does(1, "INSERT INTO users (id, email, full_name) VALUES (%s, %s, 'Somebody')", person, email)
acme, evil = (service.gets("INSERT INTO accounts (name, slug) VALUES (%s, lower(%s)) RETURNING id::text", name, name) for name in ("Acme", "Evil"))
service.does(2, "INSERT INTO account_users (account_id, user_id, role) VALUES (%s, %s, 'owner'), (%s, %s, 'owner')", acme, ANN, evil, EVE)
ann.does([("Acme", "free", 1, 3)], "SELECT name, subscription_tier, current_user_count, max_projects FROM accounts")
ann.does("42501", "INSERT INTO accounts (name) VALUES ('Mine')")

# Sign in: the backend counts what failed. No answer tells who is a user: they are the same for a name that nobody has.
for attempt in range(1, 7):
    known, unknown = (service.gets("SELECT count_login_attempt(%s, false) - 'locked_until'", email) for email in ("cy@acme.example", "nobody@acme.example"))
    day.check(f"attempt {attempt}", (known, unknown), (known, known))
    day.check(f"attempt {attempt} is counted", known, {"is_locked": attempt >= 5, "failed_attempts": min(attempt, 5), "remaining": max(5 - attempt, 0)})
cy.does("42501", "SELECT * FROM login_failures")
nobody.does("42501", "SELECT count_login_attempt('cy@acme.example', NULL)")

# Invite: once, for who was invited, never above one's own role.
token = ann.gets("SELECT token FROM create_invitation(%s, 'bob@acme.example', 'member')", acme)
bob.does([("bob@acme.example", "member")], "SELECT email, role FROM invitations")
cy.does("42501", "SELECT * FROM accept_invitation(%s)", token)
bob.does([(acme, "member")], "SELECT account_id::text, role FROM accept_invitation(%s)", token)
bob.does("22023", "SELECT * FROM accept_invitation(%s)", token)
bob.does("42501", "SELECT * FROM create_invitation(%s, 'x@acme.example', 'viewer')", acme)
bob.does("42501", "INSERT INTO invitations (account_id, email, role, token_hash, invited_by) VALUES (%s, 'x@acme.example', 'owner', sha256('x'), %s)", acme, BOB)
token = ann.gets("SELECT token FROM create_invitation(%s, 'cy@acme.example', 'viewer')", acme)
cy.does([("viewer",)], "SELECT role FROM accept_invitation(%s)", token)
eve.does("42501", "SELECT * FROM create_invitation(%s, 'eve@evil.example', 'owner')", acme)

# A token for the API: told once, and never more than its user may.
token = bob.gets("SELECT token FROM create_api_token(%s, 'ci', '{read:datasets}')", acme)
nobody.does([(BOB, True)], "SELECT user_id::text, is_valid FROM validate_api_token(%s, '203.0.113.7')", token)
cy.does("42501", "SELECT * FROM create_api_token(%s, 'ci', '{write:datasets}')", acme)
bob.does([(True,)], "SELECT encode(token_hash, 'hex') = hash_api_token(%s) FROM api_tokens", token)
bob.does(True, "SELECT revoke_api_token(id) FROM api_tokens")
nobody.does(False, "SELECT is_valid FROM validate_api_token(%s, '203.0.113.7')", token)
# Admins see the tokens of their account and can end them, no more; and what is ended stays so.
lost = bob.gets("SELECT token_id::text FROM create_api_token(%s, 'lost', '{read:datasets}')", acme)
cy.does(False, "SELECT revoke_api_token(%s)", lost)
eve.does(False, "SELECT revoke_api_token(%s)", lost)
ann.does("42501", "UPDATE api_tokens SET scopes = '[\"*\"]' WHERE id = %s", lost)
ann.does("42501", "UPDATE api_tokens SET user_id = %s, is_active = false WHERE id = %s", ANN, lost)
ann.does(True, "SELECT revoke_api_token(%s)", lost)
bob.does("42501", "UPDATE api_tokens SET is_active = true, revoked_at = NULL WHERE id = %s", lost)
ann.does("42501", "UPDATE api_tokens SET is_active = true WHERE id = %s", lost)
bob.does([(False, True)], "SELECT is_active, revoked_at IS NOT NULL FROM api_tokens WHERE id = %s", lost)
own = service.gets("SELECT token_id::text FROM create_api_token(%s, 'of the account', '{read:datasets}')", acme)
ann.does(True, "SELECT revoke_api_token(%s)", own)

# Work: a project with its workspace, a connection and datasets, what flows from one to the other, a diagram.
project = bob.gets("INSERT INTO projects (account_id, name) VALUES (%s, 'Warehouse') RETURNING id::text", acme)
bob.does([(BOB, "owner")], "SELECT user_id::text, role FROM project_users")
workspace = bob.gets("INSERT INTO workspaces (project_id, name) VALUES (%s, 'Main') RETURNING id::text", project)
connection = bob.gets("INSERT INTO connections (account_id, name, connection_type, database_name) VALUES (%s, 'lake', 'postgres', 'raw') RETURNING id::text",
                      acme)
orders, sales = (bob.gets("INSERT INTO datasets (connection_id, schema, name) VALUES (%s, 'shop', %s) RETURNING id::text", connection, name)
                 for name in ("orders", "sales"))
bob.does(2, "INSERT INTO columns (dataset_id, name, data_type) VALUES (%s, 'id', 'uuid'), (%s, 'total', 'numeric')", orders, orders)
bob.does(1, "INSERT INTO lineage (source_dataset_id, target_dataset_id) VALUES (%s, %s)", orders, sales)
diagram = bob.gets("INSERT INTO diagrams (workspace_id, name) VALUES (%s, 'Shop') RETURNING id::text", workspace)
bob.does(True, "SELECT add_dataset_to_diagram(%s, %s, '{\"x\": 1, \"y\": 2}') IS NOT NULL", diagram, orders)
cy.does([("downstream", 1, "sales")], "SELECT flow, distance, name FROM dataset_lineage(%s, 'downstream')", orders)
cy.does([("sales",)], "SELECT name FROM search_datasets(%s, 'sal')", acme)
cy.does("42501", "INSERT INTO datasets (connection_id, name) VALUES (%s, 'mine')", connection)
cy.does(0, "UPDATE datasets SET name = 'mine'")
cy.does([], "SELECT name FROM diagrams")
bob.does(1, "UPDATE diagrams SET visibility = 'account'")
cy.does([("Shop",)], "SELECT name FROM diagrams")
eve.does("23503", "INSERT INTO datasets (account_id, connection_id, name) VALUES (%s, %s, 'stolen')", evil, connection)
eve.does("42501", "INSERT INTO datasets (connection_id, name) VALUES (%s, 'stolen')", connection)

# The limit of the plan, and the next plan.
bob.does(2, "INSERT INTO projects (account_id, name) VALUES (%s, 'Second'), (%s, 'Third')", acme, acme)
bob.does("53400", "INSERT INTO projects (account_id, name) VALUES (%s, 'Fourth')", acme)
day.check("the limit as JSON", json.loads(bob.problem.message_detail),
          {"account_id": acme, "resource_type": "projects", "limit": 3, "used": 3, "requested": 1, "plan": "free"})
for mine in ("max_projects = 1000", "subscription_tier = 'pro'", "current_project_count = 0", "max_users = NULL"):
    ann.does("42501", f"UPDATE accounts SET {mine}")
ann.does(1, "UPDATE accounts SET name = 'Acme', settings = '{\"theme\": \"dark\"}'")
ann.does("42501", "INSERT INTO subscriptions (account_id, status) VALUES (%s, 'active')", acme)
plan = service.gets("INSERT INTO subscription_plans (name, max_users, max_projects) VALUES ('pro', 10, 4) RETURNING id::text")
service.does(1, "INSERT INTO subscriptions (account_id, plan_id, status) VALUES (%s, %s, 'active')", acme, plan)
bob.does(1, "INSERT INTO projects (account_id, name) VALUES (%s, 'Fourth')", acme)
cy.does([("projects", 4, 4)], "SELECT resource_type, used, usage_limit FROM account_usage(%s) WHERE resource_type = 'projects'", acme)

# Delete and restore: all that was in it goes and comes back.
cy.does([({},)], "SELECT soft_delete_project(%s)", project)
bob.does([({"projects": 1, "workspaces": 1, "diagrams": 1, "diagram_datasets": 1, "project_users": 1, "workspace_users": 1},)],
         "SELECT soft_delete_project(%s)", project)
bob.does([(3, 3)], "SELECT (SELECT count(*) FROM projects_active), current_project_count FROM accounts")
eve.does([(False,)], "SELECT restore_deleted('projects', %s::uuid)", project)
bob.does([(True,)], "SELECT restore_deleted('projects', %s::uuid)", project)
bob.does([(4,)], "SELECT current_project_count FROM accounts")

# The audit: who, from where; the admins' to read, nobody's to write.
ann.does([("INSERT", BOB, "203.0.113.7")], "SELECT action, user_id::text, host(ip_address) FROM audit_logs WHERE record_id = %s AND action = 'INSERT'", project)
bob.does([], "SELECT * FROM audit_logs")
ann.does("42501", "DELETE FROM audit_logs")
ann.does("42501", "INSERT INTO audit_logs (action) VALUES ('forged')")

# Export, by psql.
day.check("export", cy.psql("COPY (SELECT fqn FROM datasets ORDER BY fqn) TO STDOUT;"), "raw.shop.orders\nraw.shop.sales")
day.check("eve exports nothing", eve.psql("COPY (SELECT fqn FROM datasets) TO STDOUT;"), "")

# What others saw of it.
eve_sees = day.sees_only(eve, [evil, EVE], [acme, ANN, BOB, CY, project], shared=("subscription_plans", "deleted_records_summary"), least=3)
day.sees_only(nobody, [], [acme, evil], shared=("subscription_plans", "deleted_records_summary"), least=0)
day.sees_only(ann, [acme, ANN], [evil, EVE], shared=("subscription_plans", "deleted_records_summary"), least=10)
day.end(steps=87, owners=["accounts"])
