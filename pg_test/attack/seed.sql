-- Tenants A and B in each blueprint, with users a1 and b1 (owners), a2 and b2 (admins), a3 and b3 (members), a4 and b4 (viewers).
-- The attackers are A's, anon or plain; all that is B's bears `bsecret`, 77001, 77999 or 987654: see attack.tells_of_b.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE TEMP VIEW people AS
SELECT attack.id(name) AS id, attack.email(name) AS email, attack.id(upper(left(name, 1))) AS tenant, (ARRAY['owner', 'admin', 'member', 'viewer'])[right(name, 1)::integer] AS role
FROM unnest('{a1,a2,a3,a4,b1,b2,b3,b4}'::text[]) AS name;

-- Custom tables.
INSERT INTO ct.organizations (id, name, max_tables) VALUES (attack.id('A'), 'A', 5), (attack.id('B'), 'B bsecret', 5);
INSERT INTO ct.users (id, email) SELECT id, email FROM people;
INSERT INTO ct.user_organizations (user_id, organization_id, role) SELECT id, tenant, role FROM people;
INSERT INTO ct.tables (id, organization_id, name) VALUES (attack.id('A table'), attack.id('A'), 'A customers'), (attack.id('B table'), attack.id('B'), 'bsecret customers');
INSERT INTO ct.table_columns (table_id, name, label, type, required, is_unique, searchable, options)
SELECT attack.id('A table'), known.name, known.label, known.type, known.required, known.is_unique, known.searchable, known.options::jsonb
FROM (VALUES
    ('name', 'Name', 'text', true, false, false, '{}'), ('email', 'Mail', 'email', false, true, false, '{}'),
    ('salary', 'Salary', 'integer', true, false, false, '{"min": 1000, "max": 2000}'), ('grade', 'Grade', 'select', false, false, true, '{"choices": ["one", "two"]}'),
    ('num', 'No', 'autonumber', false, false, false, '{}')) AS known(name, label, type, required, is_unique, searchable, options)
UNION ALL
SELECT attack.id('B table'), known.name, known.label, known.type, known.required, known.is_unique, known.searchable, known.options::jsonb
FROM (VALUES
    ('name', 'bsecret name', 'text', true, false, false, '{}'), ('email', 'bsecret mail', 'email', false, true, false, '{}'),
    ('salary', 'bsecret salary', 'integer', true, false, false, '{"min": 77001, "max": 77999}'),
    ('grade', 'bsecret grade', 'select', false, false, true, '{"choices": ["bsecret1", "bsecret2"]}'),
    ('num', 'bsecret no', 'autonumber', false, false, false, '{}')) AS known(name, label, type, required, is_unique, searchable, options);
INSERT INTO ct.records (id, table_id, name, email, data) VALUES
    (attack.id('A record'), attack.id('A table'), 'Alice', 'alice@a.example', '{"salary": 1500, "grade": "one"}'),
    (attack.id('B record'), attack.id('B table'), 'Bobby bsecret', 'bob@bsecret.example', '{"salary": 77600, "grade": "bsecret2"}');

-- The data catalog.
INSERT INTO dc.users (id, email) SELECT id, email FROM people;
INSERT INTO dc.accounts (id, name) VALUES (attack.id('A'), 'A'), (attack.id('B'), 'B bsecret');
UPDATE dc.accounts SET max_users = 10, max_projects = 5;
INSERT INTO dc.account_users (account_id, user_id, role) SELECT tenant, id, role FROM people;
INSERT INTO dc.projects (id, account_id, name) VALUES (attack.id('A project'), attack.id('A'), 'PA'), (attack.id('B project'), attack.id('B'), 'PB bsecret');
INSERT INTO dc.connections (id, account_id, name, connection_type, database_name) VALUES
    (attack.id('A connection'), attack.id('A'), 'CA', 'pg', 'dba'), (attack.id('B connection'), attack.id('B'), 'CB bsecret', 'pg', 'db_bsecret');
INSERT INTO dc.datasets (id, account_id, connection_id, schema, name) VALUES
    (attack.id('A dataset'), attack.id('A'), attack.id('A connection'), 's', 'da'), (attack.id('B dataset'), attack.id('B'), attack.id('B connection'), 'bsecret', 'ds_bsecret');

-- Customers, by who made them: 1 is a3's, 2 is b3's.
SELECT set_config('request.jwt.claims', jsonb_build_object('sub', attack.id('a3'))::text, false);
INSERT INTO ca.customer_accounts (company_name, customer_type, created_by, account_notes) VALUES ('ACo', 'Commercial', attack.id('a3'), 'A notes');
INSERT INTO ca.customer_contacts (customer_account_id, contact_name, email) VALUES (1, 'ac', 'ac@a.example');
SELECT set_config('request.jwt.claims', jsonb_build_object('sub', attack.id('b3'))::text, false);
INSERT INTO ca.customer_accounts (company_name, customer_type, created_by, account_notes) VALUES ('BCo bsecret', 'Commercial', attack.id('b3'), 'bsecret notes');
INSERT INTO ca.customer_contacts (customer_account_id, contact_name, email) VALUES (2, 'bc bsecret', 'bc@bsecret.example');
RESET request.jwt.claims;

SELECT current_setting('server_version_num')::integer >= 150000 AS is_15 \gset
\if :is_15
-- Leads and credits.
INSERT INTO li.workspaces (id, name) VALUES (attack.id('A'), 'A'), (attack.id('B'), 'B bsecret');
INSERT INTO li.users (id, workspace_id, auth_user_id, email, role) SELECT id, tenant, id, email, role FROM people;
INSERT INTO li.queries (id, workspace_id, name) VALUES (attack.id('A query'), attack.id('A'), 'QA'), (attack.id('B query'), attack.id('B'), 'QB bsecret');
INSERT INTO li.leads (workspace_id, query_id, company_name, contact_email) VALUES
    (attack.id('A'), attack.id('A query'), 'Aco', 'c@aco.example'), (attack.id('B'), attack.id('B query'), 'Bco bsecret', 'c@bsecret.example');
SELECT rowkit.grant_credits(attack.id('A'), 100, credit_accounts => 'li.credit_accounts');
SELECT rowkit.grant_credits(attack.id('B'), 987654, credit_accounts => 'li.credit_accounts');

-- A studio's clients and forms.
INSERT INTO sc.organizations (id, name, slug) VALUES (attack.id('A'), 'A', 'a'), (attack.id('B'), 'B bsecret', 'bsecret');
INSERT INTO sc.auth_users (id, auth_id, email, organization_id, role) SELECT id, id, email, tenant, CASE role WHEN 'viewer' THEN 'member' ELSE role END FROM people;
INSERT INTO sc.clients (id, organization_id, email, first_name, password_hash, notes) VALUES
    (attack.id('A client'), attack.id('A'), 'client@a.example', 'CA', 'hash of A', 'notes of A'),
    (attack.id('B client'), attack.id('B'), 'client@bsecret.example', 'CB bsecret', 'hash bsecret', 'notes bsecret');
INSERT INTO sc.forms (id, organization_id, name, fields) VALUES
    (attack.id('A form'), attack.id('A'), 'FA', '[]'),
    (attack.id('B form'), attack.id('B'), 'FB bsecret', '[{"id": "11111111-1111-4111-8111-111111111111", "name": "topic", "label": "bsecret topic", "type": "select", "required": true, "options": {"choices": ["bsecret mergers", "bsecret layoffs"]}}]');
\endif

INSERT INTO attack.before VALUES (attack.roles(), attack.rows_of_b());
