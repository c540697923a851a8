-- How a file is read: columns that come late, cells beyond the header, values within values, and the option limits.
\pset format unaligned
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE authenticated;
SELECT count(*) > 0 AS installed FROM install_blueprint('custom_tables', 'ct');
SET search_path = ct, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'T');
INSERT INTO table_columns (table_id, name, type) VALUES (:t, 'note', 'text');
CREATE FUNCTION counts(result jsonb) RETURNS text LANGUAGE sql AS $$ SELECT format('created %s, failed %s', result ->> 'created', result ->> 'failed') $$;
-- A file of 6,000 lines, one of which has more.
CREATE FUNCTION lines(prefix text, suffix text, more text) RETURNS bytea LANGUAGE sql
    AS $$ SELECT convert_to(string_agg(prefix || n || '"' || CASE n WHEN 5500 THEN more ELSE '' END || suffix, E'\n' ORDER BY n), 'UTF8') FROM generate_series(1, 6000) AS n $$;

-- Keys that first come behind the rows of the sample, as in a file that comes in parts; the header with them is that of the next file.
SELECT import_records(:t, lines('{"name": "a', '}', ', "late": "x"'), '{"mapping": {"late": "note"}}') AS result \gset
SELECT counts(:'result'), :'result'::jsonb -> 'mapping' -> 'late' AS late;
SELECT import_records(:t, lines('{"name": "b', '}', ', "late": "y"')) AS result \gset
SELECT counts(:'result'), :'result'::jsonb -> 'mapping' -> 'late' AS late;
-- And rows without a header that are wider.
SELECT import_records(:t, lines('["c', ']', ', "z"'), '{"format": "json", "has_header": false, "mapping": {"column_1": "name", "column_2": "note"}}') AS result \gset
SELECT counts(:'result'), :'result'::jsonb -> 'mapping' AS mapping;
SELECT name, data FROM records WHERE name LIKE '_5500' ORDER BY name;

-- A cell beyond the header is told, whatever the format.
SELECT import_records(:t, convert_to('[["name", "note"], ["d1", "x", null], ["d2", "y", "lost"]]', 'UTF8')) AS result \gset
SELECT counts(:'result');
SELECT row_number, code, message FROM import_errors((:'result'::jsonb ->> 'import_id')::uuid);
SELECT rtrim(replace(substr(import_error_file((:'result'::jsonb ->> 'import_id')::uuid), 2), E'\r', ''), E'\n') AS error_file;
-- A value within a value is one line, with its numbers as they are spelled.
SELECT counts(import_records(:t, convert_to(E'{"name": "e",\n "note": {"b":\n  [1e2, "x  \\" y"], "a": 1.50}}\n', 'UTF8')));
SELECT name, data FROM records WHERE name IN ('d1', 'd2', 'e') ORDER BY name;

-- Limits of one call: lower than the settings, never higher.
SELECT import_records(:t, convert_to(E'name\nf1\nf2\nf3\n', 'UTF8'), '{"limits": {"rows": 2}}');
SELECT preview_import(:t::uuid, convert_to(E'name,note\nf1,x\n', 'UTF8'), '{"limits": {"columns": 1}}');
SELECT create_table_from_file(:org, 'F', convert_to(E'name,note\nf1,x\n', 'UTF8'), '{"limits": {"file_bytes": 5}}');
SELECT create_table_from_file(:org, 'F', convert_to(E'name,note\nf1,x\n', 'UTF8'), '{"limits": {"cells": 3}, "import_rows": false}');
SET rowkit.import_rows = 2;
SELECT import_records(:t, convert_to(E'name\nf1\nf2\nf3\n', 'UTF8'), '{"limits": {"rows": 1000}}');
RESET rowkit.import_rows;
SELECT import_records(:t, convert_to(E'name\nf1\n', 'UTF8'), '{"limits": {"row": 2}}');
SELECT import_records(:t, convert_to(E'name\nf1\n', 'UTF8'), '{"limits": {"rows": 0}}');
SELECT import_records(:t, convert_to(E'name\nf1\n', 'UTF8'), '{"limits": 2}');
-- A file in parts is read again by other limits.
SELECT begin_import(:t, 'f.csv', 'f') AS i \gset
SELECT append_import(:'i', 1, convert_to(E'name\nf1\nf2\nf3\n', 'UTF8'));
SELECT plan_import(:'i', '{"limits": {"rows": 2}}');
SELECT plan_import(:'i') ->> 'created' AS created;
SELECT run_import(:'i', '{"limits": {"rows": 2}}');
SELECT run_import(:'i', '{"limits": {"rows": 10}}') ->> 'created' AS created;
-- One character that was cut leaves the others as they are.
SELECT import_records(:t, convert_to(E'name,note\n' || repeat(E'高橋,東京都港区\n', 3), 'SJIS') || convert_to(E'佐藤,東京', 'SJIS') || '\x930a') AS result \gset
SELECT counts(:'result');
SELECT DISTINCT name, data ->> 'note' AS note FROM records WHERE name ~ '[高佐]' ORDER BY 1;
SELECT column_name, code FROM import_errors((:'result'::jsonb ->> 'import_id')::uuid);
-- One value of a JSON array that cannot be read keeps none of the others back.
SELECT import_records(:t, convert_to('[{"name": "g1"}, {"name": "\ud800"}, {"name": "g3"}]', 'UTF8')) AS result \gset
SELECT counts(:'result');
SELECT row_number, code FROM import_errors((:'result'::jsonb ->> 'import_id')::uuid);
-- What looks like an error of a spreadsheet comes back from JSON, and is a choice where the column has it.
INSERT INTO table_columns (table_id, name, type, options) VALUES (:t, 'any', 'json', '{}'), (:t, 'grade', 'select', '{"choices": ["#N/A"]}'), (:t, 'tags', 'multi_select', '{"choices": ["r"]}');
INSERT INTO records (table_id, name, data) VALUES (:t, 'h', '{"any": "#N/A", "grade": "#N/A"}');
SELECT format, import_records(:t, export_records(:t, '{"filter": {"column": "name", "op": "is", "value": "h"}}', format), '{"on_match": "replace"}') ->> 'unchanged' AS unchanged
FROM unnest(ARRAY['csv', 'json', 'xlsx']) AS format;
-- Lists with quotes make the choices that they name.
SELECT import_records(:t, convert_to(E'name,tags\nk,"r,""b, c"""\n', 'UTF8'), '{"create_choices": true}') AS result \gset
SELECT counts(:'result'), data -> 'tags' AS tags FROM records WHERE name = 'k';
RESET search_path;
DROP SCHEMA ct CASCADE;
SET client_min_messages = error;
DROP OWNED BY authenticated;
DROP ROLE authenticated;
