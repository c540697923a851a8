\set t '''00000000-0000-4000-8000-0000000000b1'''
\set u '''00000000-0000-4000-8000-0000000000b2'''
SELECT count(*) > 0 AS installed FROM install_blueprint('custom_tables', 'public');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, '00000000-0000-4000-8000-0000000000a1', 'T'), (:u, '00000000-0000-4000-8000-0000000000a1', 'U');
CREATE VIEW shown AS SELECT name, schema -> 'version' AS version, jsonb_path_query_array(schema, '$.columns[*].name') AS columns, jsonb_path_query_array(schema, '$.statuses[*].name') AS statuses FROM tables ORDER BY name;
SELECT * FROM shown;
-- One statement, many rows, one version; the order is the position's.
INSERT INTO table_columns (id, table_id, name, type, position) SELECT ('00000000-0000-4000-8000-0000000000' || lpad(n::text, 2, '0'))::uuid, :t, 'c' || n, 'text', 10 - n FROM generate_series(1, 5) AS n;
SELECT * FROM shown;
INSERT INTO table_statuses (id, table_id, name, color, position) VALUES ('00000000-0000-4000-8000-0000000000e1', :t, 'リード', '#3B82F6', 1);
SELECT jsonb_pretty(jsonb_build_object('columns', jsonb_build_array(schema -> 'columns' -> 0), 'statuses', schema -> 'statuses', 'version', schema -> 'version')) FROM tables WHERE id = :t;
-- Nothing changed, nothing rises.
UPDATE table_columns SET updated_at = now();
UPDATE tables SET description = 'x';
SELECT * FROM shown;
-- Moving a column touches both tables.
UPDATE table_columns SET table_id = :u WHERE name = 'c1';
SELECT * FROM shown;
-- COPY, ON CONFLICT, DELETE, several tables at once.
COPY table_columns (table_id, name, type, options) FROM stdin;
00000000-0000-4000-8000-0000000000b1	copied	integer	{"min": 1}
00000000-0000-4000-8000-0000000000b2	copied	integer	{"min": 1}
\.
INSERT INTO table_columns (table_id, name, type) VALUES (:t, 'copied', 'number'), (:t, 'more', 'date') ON CONFLICT (table_id, name) DO UPDATE SET type = excluded.type;
INSERT INTO table_columns (table_id, name, type) VALUES (:t, 'copied', 'number') ON CONFLICT DO NOTHING;
DELETE FROM table_columns WHERE name IN ('c2', 'c3');
SELECT * FROM shown;
-- A rollback takes the schema back.
BEGIN;
DELETE FROM table_statuses;
SAVEPOINT s;
TRUNCATE table_columns;
SELECT * FROM shown;
ROLLBACK TO s;
SELECT * FROM shown;
ROLLBACK;
SELECT * FROM shown;
-- What cannot work is refused at once.
INSERT INTO table_columns (table_id, name, type) VALUES (:t, 'x', 'txet');
INSERT INTO table_columns (table_id, name, type) VALUES (:t, 'x y', 'text');
INSERT INTO table_columns (table_id, name, type) VALUES (:t, 'data', 'text');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'text', '{"pattern": "(?=look)"}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'text', '{"pattern": "((a{1,500}){1,500}){1,500}"}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'text', '{"min_length": 5, "max_length": 4}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'integer', '{"maximum": 5}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'decimal', '{"precision": 2, "scale": 3}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'currency', '{"currency": "yen"}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'select', '{}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'select', '{"choices": ["a", "a"]}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'date', '{"min": "2024-02-30"}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'json', '{"schema": {"type": "nothing"}}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'url', '{"schemes": ["javascript"]}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'reference', '{}');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'x', 'text', '[]');
INSERT INTO table_columns (table_id, name, type, default_value) VALUES (:t, 'x', 'integer', '"five"');
INSERT INTO table_columns (table_id, name, type, is_unique) VALUES (:t, 'x', 'boolean', true);
INSERT INTO table_columns (table_id, name, type, required) VALUES (:t, 'x', 'autonumber', true);
INSERT INTO table_columns (table_id, name, type) VALUES (:t, 'email', 'integer');
INSERT INTO table_columns (table_id, name, type, default_value) VALUES (:t, 'status', 'status', '"unheard of"');
INSERT INTO table_columns (table_id, name, type) VALUES (:t, 'copied', 'number');
INSERT INTO table_statuses (table_id, name) VALUES (:t, ' ');
-- The schema is derived; a setting lifts that, drift is found and mended.
UPDATE tables SET schema = '{}' WHERE id = :t;
INSERT INTO tables (organization_id, name, schema) SELECT organization_id, 'V', '{"columns": [{"name": "a", "type": "text"}]}' FROM tables LIMIT 1;
BEGIN;
SET LOCAL rowkit.allow_schema_edit = on;
UPDATE tables SET schema = '{"columns": [{"name": "a", "type": "txt"}]}' WHERE id = :t;
ROLLBACK;
BEGIN;
SET LOCAL rowkit.allow_schema_edit = on;
UPDATE tables SET schema = '{"columns": [{"name": "a", "type": "text"}]}' WHERE id = :t;
SELECT * FROM shown;
SELECT table_id, old_version, new_version, drift -> 'was' -> 'columns' AS was FROM sync_all_table_schemas();
SELECT sync_table_schema(:t) AS changed;
SELECT * FROM shown;
ROLLBACK;
UPDATE tables SET unknown_keys = 'strict' WHERE id = :u;
SELECT schema -> 'unknown_keys' AS unknown_keys, schema -> 'version' AS version FROM tables WHERE id = :u;
UPDATE table_columns SET label = 'Copied' WHERE table_id = :u AND name = 'copied';
SELECT schema -> 'unknown_keys' AS unknown_keys, schema -> 'version' AS version FROM tables WHERE id = :u;
SELECT sync_table_schema('00000000-0000-4000-8000-0000000000ff');
SELECT sync_table_schema(NULL);
-- Deleting the table takes its columns along.
DELETE FROM tables WHERE id = :t;
SELECT count(*) FROM table_columns WHERE table_id = :t;
-- An end user who may edit columns but not tables still gets a schema that follows.
CREATE ROLE rowkit_editor;
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000f1');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000f1', '00000000-0000-4000-8000-0000000000a1', 'member');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000f1"}';
GRANT USAGE ON SCHEMA rowkit TO rowkit_editor;
GRANT SELECT, INSERT, UPDATE, DELETE ON table_columns TO rowkit_editor;
SET ROLE rowkit_editor;
SET search_path = '';
INSERT INTO public.table_columns (table_id, name, type) VALUES (:u, 'by_editor', 'text');
UPDATE public.tables SET name = 'mine';
RESET search_path;
RESET ROLE;
SELECT * FROM shown;
DROP OWNED BY rowkit_editor;
DROP ROLE rowkit_editor;
-- A rename moves what is stored, bad old values too; but it is no way around the rules.
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-0000000000b9', '00000000-0000-4000-8000-0000000000a1', 'Legacy');
INSERT INTO table_columns (id, table_id, name, type) VALUES ('00000000-0000-4000-8000-0000000000f1', '00000000-0000-4000-8000-0000000000b9', 'size', 'text');
INSERT INTO records (table_id, data) VALUES ('00000000-0000-4000-8000-0000000000b9', '{"size": "XL"}');
UPDATE table_columns SET type = 'integer' WHERE id = '00000000-0000-4000-8000-0000000000f1';
SELECT rename_column('00000000-0000-4000-8000-0000000000b9', 'size', 'width');
SELECT data FROM records WHERE table_id = '00000000-0000-4000-8000-0000000000b9';
UPDATE records SET data = '{"width": "XXL"}' WHERE table_id = '00000000-0000-4000-8000-0000000000b9';
UPDATE records SET data = '{"free": "XL"}' WHERE table_id = '00000000-0000-4000-8000-0000000000b9';
SELECT rename_column('00000000-0000-4000-8000-0000000000b9', 'free', 'width');
UPDATE records SET data = '{"width": "XL"}' WHERE table_id = '00000000-0000-4000-8000-0000000000b9';
SELECT rename_column('00000000-0000-4000-8000-0000000000b9', NULL, 'x');
SELECT rename_column('00000000-0000-4000-8000-0000000000b9', 'width', 'not a name');
SELECT rename_column('00000000-0000-4000-8000-0000000000b9', 'width', 'email');
