-- The audit logs of the blueprints: what is written there, what is kept out of it, who reads it, and what it takes back.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
-- Which tables are audited, and with which settings.
SELECT DISTINCT tgrelid::regclass::text COLLATE "C" AS relation, substring(pg_get_triggerdef(oid) FROM 'log_audit_trail(.*)$') AS settings
FROM pg_trigger WHERE tgfoid = 'rowkit.log_audit_trail'::regproc AND NOT tgisinternal AND tgparentid = 0 ORDER BY 1;
-- What is left out of it.
SELECT class.oid::regclass::text COLLATE "C" AS not_audited FROM pg_class AS class
WHERE relkind = 'r' AND NOT relispartition AND relnamespace IN ('data_catalog'::regnamespace, 'studio_crm'::regnamespace)
    AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = class.oid AND tgfoid = 'rowkit.log_audit_trail'::regproc) ORDER BY 1;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SET search_path = studio_crm, rowkit, public;
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'Acme');
INSERT INTO clients (id, organization_id, email, first_name, last_name, password_hash) VALUES
    ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-000000000001', 'ann@example.com', 'Ann', 'Ng', '$2b$one');
UPDATE clients SET first_name = 'Anna', password_hash = '$2b$other';
UPDATE clients SET last_login_at = now();
INSERT INTO workflows (id, organization_id, name, trigger_type, nodes) VALUES
    ('00000000-0000-4000-8000-0000000000f1', '00000000-0000-4000-8000-000000000001', 'Welcome', 'manual', '[{"id": "a"}]');
INSERT INTO workflow_executions (workflow_id, status) VALUES ('00000000-0000-4000-8000-0000000000f1', 'completed');
-- The second update wrote only what is ignored.
SELECT action, organization_id IS NOT NULL AS has_tenant, user_id, old_data, new_data ->> 'first_name' AS first_name, new_data ->> 'password_hash' AS password_hash
FROM audit_logs WHERE table_name = 'clients' AND action <> 'ENABLE' ORDER BY created_at;
SELECT table_name, action, count(*) FROM audit_logs WHERE action <> 'ENABLE' GROUP BY table_name, action ORDER BY table_name, action;
SELECT count(*) AS hashes FROM audit_logs WHERE audit_logs::text LIKE '%$2b$%';
SET search_path = data_catalog, rowkit, public;
INSERT INTO accounts (id, name) VALUES ('00000000-0000-4000-8000-000000000002', 'Beta');
INSERT INTO users (id, email) VALUES ('00000000-0000-4000-8000-0000000000a1', 'ann@example.com');
INSERT INTO account_users (account_id, user_id, role) VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000a1', 'owner');
INSERT INTO connections (account_id, name, connection_type, password_encrypted) VALUES ('00000000-0000-4000-8000-000000000002', 'Warehouse', 'postgresql', 'rks1:x');
SELECT table_name, action, count(*) FROM audit_logs WHERE action <> 'ENABLE' GROUP BY table_name, action ORDER BY table_name, action;
SELECT count(*) AS secrets FROM audit_logs WHERE audit_logs::text LIKE '%rks1:x%';
-- custom_tables: what follows from other columns is no event; a table that was deleted comes back with its columns, statuses and records.
SET search_path = custom_tables, rowkit, public;
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-000000000003', 'Core');
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000a1');
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-000000000003', 'People');
INSERT INTO table_columns (table_id, name, type, is_unique) VALUES ('00000000-0000-4000-8000-0000000000d1', 'city', 'text', true),
    ('00000000-0000-4000-8000-0000000000d1', 'staff', 'integer', false);
UPDATE tables SET unknown_keys = 'strict';
INSERT INTO table_statuses (table_id, name) VALUES ('00000000-0000-4000-8000-0000000000d1', 'new');
INSERT INTO records (table_id, name, status, data) VALUES ('00000000-0000-4000-8000-0000000000d1', 'Ann', 'new', '{"city": "Ghent"}'),
    ('00000000-0000-4000-8000-0000000000d1', 'Bob', 'new', '{"city": "Gent", "staff": 5}');
UPDATE records SET search_vector = NULL, updated_at = now();
SELECT table_name, action, count(*) FROM audit_logs WHERE action <> 'ENABLE' GROUP BY table_name, action ORDER BY table_name, action;
CREATE TABLE public.before AS
SELECT 'tables' AS relation, to_jsonb(row) - '{updated_at,schema}'::text[] AS row FROM tables AS row UNION ALL SELECT 'table_columns', to_jsonb(row) - 'updated_at' FROM table_columns AS row
UNION ALL SELECT 'table_statuses', to_jsonb(row) - 'updated_at' FROM table_statuses AS row UNION ALL SELECT 'records', to_jsonb(row) - '{updated_at,search_vector}'::text[] FROM records AS row;
DELETE FROM tables;
SELECT (SELECT count(*) FROM records) AS records, (SELECT count(*) FROM table_columns) AS columns;
SELECT undo_transaction(max(transaction_id)) FROM audit_logs;
SELECT relation, row FROM public.before EXCEPT (
SELECT 'tables', to_jsonb(row) - '{updated_at,schema}'::text[] FROM tables AS row UNION ALL SELECT 'table_columns', to_jsonb(row) - 'updated_at' FROM table_columns AS row
UNION ALL SELECT 'table_statuses', to_jsonb(row) - 'updated_at' FROM table_statuses AS row UNION ALL SELECT 'records', to_jsonb(row) - '{updated_at,search_vector}'::text[] FROM records AS row);
SELECT bool_and(search_vector IS NOT NULL) AS searchable FROM records;
SELECT jsonb_path_query_array(schema, '$.columns.name') AS columns, jsonb_path_query_array(schema, '$.statuses.name') AS statuses FROM tables;
SELECT sync_table_schema('00000000-0000-4000-8000-0000000000d1', 'tables') AS was_wrong;
\set VERBOSITY sqlstate
INSERT INTO records (table_id, name, data) VALUES ('00000000-0000-4000-8000-0000000000d1', 'Twin', '{"city": "Gent"}');
\set VERBOSITY verbose
-- lead_intelligence: counters are no events; a query that was deleted comes back with its leads, and all that counts them is right.
SET search_path = lead_intelligence, rowkit, public;
INSERT INTO workspaces (id, name) VALUES ('00000000-0000-4000-8000-000000000004', 'Delta');
INSERT INTO queries (id, workspace_id, name, leads_this_week) VALUES ('00000000-0000-4000-8000-0000000000e1', '00000000-0000-4000-8000-000000000004', 'SaaS', 50);
INSERT INTO leads (query_id, company_name) VALUES ('00000000-0000-4000-8000-0000000000e1', 'Northwind'), ('00000000-0000-4000-8000-0000000000e1', 'Globex');
UPDATE queries SET last_run_at = now(), next_run_at = now();
SELECT table_name, action, count(*) FROM audit_logs WHERE action <> 'ENABLE' GROUP BY table_name, action ORDER BY table_name, action;
DELETE FROM queries;
SELECT current_query_count FROM workspaces;
SELECT undo_transaction(max(transaction_id)) FROM audit_logs;
SELECT name, lead_count, leads_this_week, (SELECT current_query_count FROM workspaces) FROM queries;
SELECT * FROM usage_drift('queries') UNION ALL SELECT * FROM usage_drift('workspaces');
-- customer_accounts: events of contacts are their customer's; a customer that was deleted comes back with its contacts, under the same numbers.
SET search_path = customer_accounts, rowkit, public;
INSERT INTO customer_accounts (company_name, customer_type) VALUES ('Northwind', 'Commercial'), ('Globex', 'Commercial');
INSERT INTO customer_contacts (customer_account_id, contact_name, phone) VALUES (1, 'Ann', '(555) 123-4567'), (2, 'Bob', NULL);
UPDATE customer_contacts SET contact_name = 'Anna' WHERE id = 1;
SELECT customer_account_id, table_name, action, new_data ->> 'contact_name' AS contact FROM audit_logs WHERE action <> 'ENABLE' ORDER BY 1, 2, 3;
DELETE FROM customer_accounts WHERE id = 1;
SELECT undo_transaction(max(transaction_id)) FROM audit_logs;
SELECT account.id, company_name, contact.id, contact_name FROM customer_accounts AS account JOIN customer_contacts AS contact ON customer_account_id = account.id ORDER BY 1;
SELECT count(*) FROM search_rows('customer_contacts', '5551234567');
-- Who reads: admins of the tenant, or who sees the customer or did it; nobody writes.
RESET search_path;
CREATE ROLE regress_reader;
SELECT format('GRANT USAGE ON SCHEMA %I TO regress_reader', blueprint) FROM rowkit.blueprints() \gexec
SELECT blueprint, has_table_privilege('regress_reader', blueprint || '.audit_logs', 'SELECT') AS reads,
    has_table_privilege('regress_reader', blueprint || '.audit_logs', 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes,
    (SELECT string_agg(concat_ws(' ', polname, polcmd, pg_get_expr(polqual, polrelid)), '; ') FROM pg_policy WHERE polrelid = (blueprint || '.audit_logs')::regclass) AS policies
FROM rowkit.blueprints() ORDER BY blueprint COLLATE "C";
SELECT format('GRANT SELECT ON %1$I.audit_logs TO regress_reader', blueprint) FROM rowkit.blueprints() \gexec
GRANT SELECT ON customer_accounts.customer_accounts TO regress_reader;
INSERT INTO custom_tables.user_organizations (user_id, organization_id, role) VALUES
    ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000003', 'member');
INSERT INTO lead_intelligence.users (workspace_id, auth_user_id, email, role) VALUES
    ('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-0000000000a1', 'ann@example.com', 'member');
UPDATE customer_accounts.customer_accounts SET created_by = '00000000-0000-4000-8000-0000000000a2' WHERE id = 1;
CREATE FUNCTION public.read_logs() RETURNS TABLE(custom_tables bigint, lead_intelligence bigint, customers bigint[]) LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM custom_tables.audit_logs), (SELECT count(*) FROM lead_intelligence.audit_logs),
        (SELECT array_agg(DISTINCT customer_account_id) FROM customer_accounts.audit_logs)
$$;
SET ROLE regress_reader;
SELECT custom_tables, lead_intelligence, customers AS did FROM public.read_logs();
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2"}';
SELECT custom_tables, lead_intelligence, customers AS sees FROM public.read_logs();
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a3"}';
SELECT * FROM public.read_logs();
RESET ROLE;
UPDATE custom_tables.user_organizations SET role = 'admin';
UPDATE lead_intelligence.users SET role = 'admin';
SET ROLE regress_reader;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT custom_tables > 5 AS custom_tables, lead_intelligence > 5 AS lead_intelligence FROM public.read_logs();
RESET ROLE;
DROP OWNED BY regress_reader;
DROP ROLE regress_reader;
-- What is left out can be logged, too.
SET search_path = studio_crm, rowkit, public;
SELECT count(*) > 0 AS audited FROM rowkit.enable_audit('messages', ignore => '{updated_at}');
INSERT INTO messages (organization_id, channel, direction, from_address, to_address, body) VALUES ('00000000-0000-4000-8000-000000000001', 'sms', 'inbound', 'a', 'b', 'Hi');
SELECT action, organization_id IS NOT NULL AS has_tenant, new_data ->> 'body' AS body FROM audit_logs WHERE table_name = 'messages' AND action <> 'ENABLE';
