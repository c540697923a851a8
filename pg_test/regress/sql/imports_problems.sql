-- Rows with problems: what they do not make, whom they do not match, and who is told of them.
\pset format unaligned
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
GRANT USAGE ON SCHEMA public, rowkit TO authenticated;
SET search_path = public, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000a1'), ('00000000-0000-4000-8000-0000000000a2');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000a1', :org, 'member'), ('00000000-0000-4000-8000-0000000000a2', :org, 'member');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'People');
INSERT INTO table_columns (table_id, name, type, is_unique, options) VALUES
    (:t, 'email', 'email', true, '{}'), (:t, 'amount', 'number', false, '{}'), (:t, 'day', 'date', false, '{}'), (:t, 'code', 'text', false, '{}'), (:t, 'stage', 'select', false, '{"choices": ["won"]}'),
    (:t, 'tags', 'multi_select', false, '{"choices": ["a"]}'), (:t, 'boss', 'reference', false, jsonb_build_object('table_id', :t));
\set i 00000000-0000-4000-8000-0000000000d1
\set clean 00000000-0000-4000-8000-0000000000d2
\set empty 00000000-0000-4000-8000-0000000000d3
INSERT INTO imports (id, table_id, file_name, created_by) SELECT id, :t, 'a.csv', '00000000-0000-4000-8000-0000000000a1' FROM unnest(ARRAY[:'i', :'clean', :'empty']::uuid[]) AS id;
CREATE FUNCTION imported(file text, options jsonb DEFAULT '{}') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE result jsonb;
BEGIN
    result := import_records('00000000-0000-4000-8000-00000000000b', convert_to(file, 'UTF8'), options);
    RETURN NEXT format('created %s, updated %s, unchanged %s, failed %s', result ->> 'created', result ->> 'updated', result ->> 'unchanged', result ->> 'failed');
    RETURN QUERY SELECT format('%s %s %s', problem.row_number, problem.column_name, problem.code) FROM import_errors((result ->> 'import_id')::uuid) AS problem;
END $$;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';

-- A cell that its row is refused for makes no choice and no status, and no error either.
SELECT imported(E'{"name": "A", "stage": "open"}\n{"name": "B", "stage": "x\\u0000y"}\n{"name": "C", "tags": ["b", "x\\u0000y"]}\n{"name": "D", "stage": "#N/A"}\n{"name": "E", "tags": ["c"]}\n', '{"create_choices": true}');
SELECT name, options FROM table_columns WHERE table_id = :t AND name IN ('stage', 'tags') ORDER BY name;
SELECT imported(E'{"name": "F", "status": "s\\u0000t"}\n{"name": "G", "status": "fine"}\n{"name": "H", "status": "#REF!"}\n', '{"create_choices": true}');
SELECT name FROM table_statuses WHERE table_id = :t;
SELECT name, status, data FROM records WHERE table_id = :t ORDER BY name;
SELECT made -> 'columns' AS columns, made ->> 'failed' AS failed FROM create_table_from_file(:org, 'Grades', convert_to(E'name,grade\n' || repeat(E'x,a\ny,b\n', 10) || E'z,#N/A\n', 'UTF8')) AS made;

-- A new column of days: none where a row has a time of day, however late it comes.
SELECT made -> 'columns' -> 0 ->> 'type' AS type FROM create_table_from_file(:org, 'Days', convert_to(E'name,seen\nA,2024-01-05\nB,2024-01-05\nC,2024-01-05\nD,2024-01-05\nE,2024-01-06 10:30\n', 'UTF8')) AS made;
SELECT data FROM records WHERE table_id = (SELECT id FROM tables WHERE name = 'Days') AND name = 'E';
SELECT made -> 'columns' -> 0 ->> 'type' AS type
FROM unnest(ARRAY[' 00:00', ' 10:30']) WITH ORDINALITY AS late(clock, place), create_table_from_file(:org, 'Late' || place, convert_to('name,seen' || (SELECT string_agg(E'\nx,2024-01-05' || CASE n WHEN 5500 THEN late.clock ELSE '' END, '') FROM generate_series(1, 6000) AS n), 'UTF8'), '{"import_rows": false}') AS made
ORDER BY place;

-- With skip_cell a row is not matched without the cell that it is matched by.
INSERT INTO records (table_id, name, email, data) VALUES (:t, 'Ann', 'ann@x.jp', '{"code": "1"}'), (:t, 'Bob', NULL, '{"code": "1"}'), (:t, 'Bob', NULL, '{"code": "1", "day": "2024-02-01"}');
SELECT imported(E'name,email,code\nAnn,ann@,2\n', '{"match_on": "email", "on_match": "replace", "on_problem": "skip_cell"}');
SELECT imported(E'name,day,code\nBob,01/02/2024,2\n', '{"match_on": ["name", "day"], "on_match": "replace", "on_problem": "skip_cell"}');
SELECT imported(E'name,boss,code\nZed,Nobody,2\n', '{"match_on": ["name", "boss"], "on_match": "replace", "on_problem": "skip_cell"}');
SELECT name, email, data FROM records WHERE table_id = :t AND (name IN ('Ann', 'Bob', 'Zed') OR data ->> 'code' = '2') ORDER BY name, data;
-- A row that names its record by id is not matched by the cell.
SELECT id AS ann FROM records WHERE table_id = :t AND name = 'Ann' \gset
SELECT imported(format(E'_record_id,email,code\n%s,ann@,3\n', :'ann'), '{"match_on": "email", "on_match": "replace", "on_problem": "skip_cell"}');
SELECT name, email, data FROM records WHERE id = :'ann';

-- Rows with problems that came in, and rows without any: no rows to be seen are no answer.
SELECT append_import(:'i', 1, convert_to(E'name,amount\nFay,abc\n', 'UTF8')), append_import(:'clean', 1, convert_to(E'name,amount\nGus,5\n', 'UTF8'));
SELECT run_import(:'i', '{"on_problem": "skip_cell"}') ->> 'failed' AS failed, run_import(:'clean') ->> 'failed' AS failed;
SELECT row_number, code FROM import_errors(:'i');
SELECT row_number, code FROM import_errors(:'clean');
SELECT rtrim(replace(substr(import_error_file(:'clean'), 2), E'\r', ''), E'\n') AS error_file;
SELECT preview_import(:'empty'::uuid);
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2", "role": "authenticated"}';
SELECT row_number, code FROM import_errors(:'i');
SELECT import_error_file(:'i');
SELECT row_number, code FROM import_errors(:'clean');
SELECT row_number, code FROM import_errors(:'empty');
SELECT preview_import(:'i'::uuid);
SELECT preview_import(:'empty'::uuid);
RESET ROLE; RESET request.jwt.claims;
SET client_min_messages = error;
DROP OWNED BY authenticated;
DROP ROLE authenticated;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
