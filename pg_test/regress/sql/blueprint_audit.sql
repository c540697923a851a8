-- The two blueprints with an audit log: what is written there, and what is kept out of it.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT name, (SELECT count(*) > 0 FROM rowkit.install_blueprint(name, name)) AS installed FROM rowkit.blueprints() WHERE name IN ('data_catalog', 'studio_crm');
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
-- What is left out can be logged, too.
SET search_path = studio_crm, rowkit, public;
SELECT count(*) > 0 AS audited FROM rowkit.enable_audit('messages', ignore => '{updated_at}');
INSERT INTO messages (organization_id, channel, direction, from_address, to_address, body) VALUES ('00000000-0000-4000-8000-000000000001', 'sms', 'inbound', 'a', 'b', 'Hi');
SELECT action, organization_id IS NOT NULL AS has_tenant, new_data ->> 'body' AS body FROM audit_logs WHERE table_name = 'messages' AND action <> 'ENABLE';
