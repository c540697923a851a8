-- The owner under FORCE ROW LEVEL SECURITY: writing records obeys the schema all the same, reading shows no more than the
-- policies do, in whichever order the two come.
CREATE ROLE forced_owner;
CREATE SCHEMA forced AUTHORIZATION forced_owner;
GRANT USAGE ON SCHEMA rowkit TO forced_owner;
SET ROLE forced_owner;
SET search_path = forced, rowkit;
SELECT count(*) > 0 AS installed FROM install_blueprint('custom_tables', 'forced');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000a1', 'T');
INSERT INTO table_columns (id, organization_id, table_id, name, type, required)
VALUES ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1', 'amount', 'integer', true);
SELECT count(*) FROM disable_isolation('tables');
ALTER TABLE tables ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY visible ON tables USING (current_setting('test.sees_all', true) = 'yes');
\c
SET ROLE forced_owner;
SET search_path = forced, rowkit;
INSERT INTO records (organization_id, table_id, data) VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1', '{"amount": "x"}');
SELECT validate_record('00000000-0000-4000-8000-0000000000b1', '{}');
SET test.sees_all = 'yes';
SELECT jsonb_array_length(validate_record('00000000-0000-4000-8000-0000000000b1', '{}')) AS errors;
\c
SET ROLE forced_owner;
SET search_path = forced, rowkit;
SELECT validate_record('00000000-0000-4000-8000-0000000000b1', '{}');
INSERT INTO records (organization_id, table_id, data) VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1', '{"amount": "x"}');
INSERT INTO records (organization_id, table_id, data) VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1', '{"amount": 1}');
SELECT count(*) FROM records;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA forced CASCADE;
DROP OWNED BY forced_owner;
DROP ROLE forced_owner;
