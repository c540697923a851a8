-- What a client sends is no evidence: an address in a header, an actor in a column, a setting that any session can set.
\connect - authenticator
SELECT attack.sign_in('a3');
SET request.headers = '{"x-forwarded-for": "203.0.113.7", "x-real-ip": "203.0.113.7", "user-agent": "x"}';
UPDATE ct.records SET name = 'Alice 2' WHERE id = attack.id('A record');
\connect - rowkit
SELECT attack.holds(count(*) = 0, 'the log has no address that a client made up') FROM ct.audit_logs AS event WHERE event::text LIKE '%203.0.113.7%';
SELECT attack.holds(count(*) = 1, 'the change is in the log') FROM ct.audit_logs AS event WHERE event.table_name = 'records' AND event.action = 'UPDATE' AND event.user_id = attack.id('a3');
-- Who may say which proxies are believed, and where the keys are. A name that no extension defined as yet is anybody's to set: so rowkit is loaded first, which
-- also drops what was set before.
\connect - authenticator
SELECT attack.sign_in('a3');
SET rowkit.trusted_proxies = '0.0.0.0/0';
SELECT rowkit.uuidv7();
SELECT attack.holds(current_setting('rowkit.trusted_proxies') = '', 'a list that was set before rowkit was loaded does not count');
SELECT attack.refused(format('SET rowkit.%s = %L', name, value), '42501') FROM (VALUES ('trusted_proxies', '0.0.0.0/0'), ('secret_key_file', '/etc/passwd')) AS given(name, value);
-- A schema that is written by hand, past the rules of its columns: only its table's owner may.
SELECT attack.refused($attack$DO $do$ BEGIN SET LOCAL rowkit.allow_schema_edit = on; UPDATE ct.tables SET schema = '{"version": 1, "columns": []}' WHERE id = attack.id('A table'); END $do$ $attack$, '42501', '23514', '55000', '428C9');
SELECT attack.sign_in('a1');
SELECT attack.refused($attack$DO $do$ BEGIN SET LOCAL rowkit.allow_schema_edit = on; UPDATE ct.tables SET schema = '{"version": 1, "columns": []}' WHERE id = attack.id('A table'); END $do$ $attack$, '42501', '23514', '55000', '428C9');
SELECT attack.refused($attack$DO $do$ BEGIN SET LOCAL rowkit.allow_schema_edit = on; INSERT INTO ct.tables (organization_id, name, schema) VALUES (attack.id('A'), 'x', '{"version": 1, "columns": [{"id": "11111111-1111-4111-8111-111111111111", "name": "amount", "type": "integer"}]}'); END $do$ $attack$, '42501', '23514', '55000', '428C9');
-- The log itself is nobody's of the API to write or clear.
SELECT attack.refused(command, '42501') FROM unnest(ARRAY['DELETE FROM ct.audit_logs', 'UPDATE ct.audit_logs SET action = ''INSERT''', 'TRUNCATE ct.audit_logs', 'INSERT INTO ct.audit_logs (action) VALUES (''UPDATE'')',
    'SELECT rowkit.rebind_audit_events(''ct.records'', ''other'')', 'SELECT rowkit.disable_audit(''ct.records'')']) AS command;
SELECT count(*) AS before FROM ct.audit_logs \gset
SELECT attack.shows_nothing('SELECT rowkit.purge_audit_logs(0, ''ct.audit_logs'')', '42501');
SELECT attack.holds(count(*) = :before, 'the log is as long as before') FROM ct.audit_logs;
-- Whoever stole a token uses it first with the address of its owner. What a service says is believed.
\connect - authenticator
SELECT attack.sign_in('a1');
SET search_path = dc, rowkit;
SELECT token_id, token FROM create_api_token(attack.id('A'), 'mine', '{*}') \gset
SELECT attack.sign_in(NULL);
SELECT attack.holds(is_valid, 'the token is valid') FROM dc.validate_api_token(:'token', '203.0.113.7', 'x');
\connect - rowkit
SELECT attack.holds(last_used_at IS NOT NULL AND last_used_ip IS NULL, 'the use is noted, and no address that a client made up') FROM dc.api_tokens WHERE id = :'token_id';
UPDATE dc.api_tokens SET last_used_at = NULL WHERE id = :'token_id';
\connect - authenticator
SET ROLE service_role;
SELECT attack.holds(is_valid, 'the token is valid') FROM dc.validate_api_token(:'token', '203.0.113.8', 'x');
\connect - rowkit
SELECT attack.holds(last_used_ip = '203.0.113.8', 'what a service says is noted') FROM dc.api_tokens WHERE id = :'token_id';
