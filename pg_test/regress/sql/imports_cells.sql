-- Imports, what a cell means: amounts, blanks, mappings, matches, quotes, and rows that fail again until they are mended.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
GRANT USAGE ON SCHEMA public, rowkit TO authenticated;
SET search_path = public, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set other '''00000000-0000-4000-8000-0000000000bb'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000a1');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000a1', :org, 'member');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'Customers'), (:other, :org, 'Copies');
INSERT INTO table_columns (table_id, name, label, type, is_unique, options)
SELECT given_table, column_name, label, type, is_unique AND given_table = :t, options::jsonb
FROM (VALUES ('email', 'E-mail', 'email', true, '{}'), ('amount', 'Amount', 'currency', false, '{"currency": "USD"}'), ('yen', 'Yen', 'currency', false, '{"currency": "JPY"}'), ('number', 'Number', 'number', false, '{}'),
    ('note', 'Note', 'text', false, '{}'), ('kept', 'Kept', 'text', false, '{"keep_empty": true}'), ('done', 'Done', 'boolean', false, '{}'), ('stage', 'Stage', 'select', false, '{"choices": ["受注", "失注前"]}'),
    ('tags', 'Tags', 'multi_select', false, '{"choices": ["a", "b"]}')) AS given(column_name, label, type, is_unique, options), unnest(ARRAY[:t, :other]::uuid[]) AS given_table;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
-- The counts of an import, and what is wrong with its rows.
CREATE FUNCTION pg_temp.imported(file text, options jsonb DEFAULT '{}', table_id uuid DEFAULT '00000000-0000-4000-8000-00000000000b') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE result jsonb;
BEGIN
    result := import_records(table_id, convert_to(file, 'UTF8'), options);
    RETURN NEXT format('created %s, updated %s, unchanged %s, skipped %s, failed %s', result ->> 'created', result ->> 'updated', result ->> 'unchanged', result ->> 'skipped', result ->> 'failed');
    RETURN QUERY SELECT format('%s %s %s', problem.row_number, problem.code, problem.message) FROM import_errors((result ->> 'import_id')::uuid) AS problem;
END $$;

-- Amounts: minor_units counts for texts, too, and a number of JSON is one of rowkit's own.
SELECT pg_temp.imported(E'name,amount\nminor,1999\n', '{"minor_units": true}');
SELECT pg_temp.imported(E'name,amount\nmajor,1999\n');
SELECT pg_temp.imported('[{"name": "json number", "amount": 1999}, {"name": "json text", "amount": "1999"}]');
SELECT pg_temp.imported('[{"name": "minor text", "amount": "1999"}]', '{"minor_units": true}');
SELECT pg_temp.imported('[{"name": "major number", "amount": 19.99}]', '{"minor_units": false}');
SELECT pg_temp.imported(E'name,amount,yen\ncodes,US$12.50,JPY 1000\ngroups,"1,000","1,000"\neuros,12 EUR,$5\nparts,12.5050,1000.5\npeople,1,"1,200人"\n');
SELECT name, data FROM records WHERE table_id = :t ORDER BY created_at, name;
-- 2000 smallest units are no 20 larger ones.
SELECT pg_temp.imported(E'name,amount\nminor,20\n', '{"minor_units": true, "match_on": "name", "on_match": "replace"}');
SELECT pg_temp.imported('[{"name": "minor", "amount": 2000}]', '{"match_on": "name", "on_match": "replace"}');
SELECT pg_temp.imported('[{"name": "minor", "amount": 20}]', '{"match_on": "name", "on_match": "replace"}');
SELECT data ->> 'amount' AS amount FROM records WHERE table_id = :t AND name = 'minor';
DELETE FROM records WHERE table_id = :t;

-- Blanks are no value.
SELECT pg_temp.imported(E'name,email,note,number,tags\nAnn,ann@x.jp,hello,5,a\n');
SELECT pg_temp.imported(E'name,email,note,number,tags\n 　,ann@x.jp,\u00A0,　,", ,"\n 　,  ,　, ,\nBob,  ,x, ,\n', '{"match_on": "email", "on_match": "replace_nonblank"}');
SELECT name, email, data FROM records WHERE table_id = :t ORDER BY name;
SELECT pg_temp.imported(E'name,email,note,number,tags\n,ann@x.jp, ,　,\n', '{"match_on": "email", "on_match": "replace"}');
SELECT name, email, data FROM records WHERE table_id = :t ORDER BY email;

-- An export changes nothing, whatever texts there are; a copy has what there was.
INSERT INTO records (table_id, name, data) VALUES (:t, 'Cyd', '{"note": "  x ", "kept": ""}'), (:t, 'Dan', '{"note": "", "kept": " "}');
SELECT format, pg_temp.counts ->> 'unchanged' AS unchanged, pg_temp.counts ->> 'updated' AS updated
FROM unnest('{csv,json,xlsx}'::text[]) AS format, import_records(:t, export_records(:t, format => format), '{"on_match": "replace"}') AS pg_temp(counts);
SELECT pg_temp.imported(substr(convert_from(export_records(:t), 'UTF8'), 2), '{"mapping": {"_record_id": null}}', :other);
SELECT name, email, data FROM records WHERE table_id = :other ORDER BY name;

-- A mapping is laid over what is followed without it, and the whole is remembered.
SELECT file_column ->> 'name' AS name, file_column ->> 'followed' AS followed, file_column ->> 'followed_from' AS followed_from
FROM jsonb_array_elements(preview_import(:t, convert_to(E'name,e-mail,comment,number\nEve,eve@x.jp,c,1\n', 'UTF8'), '{"mapping": {"comment": "note", "number": null}}') -> 'columns') AS file_column;
SELECT pg_temp.imported(E'name,e-mail,comment,number\nEve,eve@x.jp,c,1\n', '{"mapping": {"comment": "note", "number": null}}');
SELECT file_column ->> 'name' AS name, file_column ->> 'followed' AS followed, file_column ->> 'followed_from' AS followed_from
FROM jsonb_array_elements(preview_import(:t, convert_to(E'name,e-mail,comment,number\nEve,eve@x.jp,c,1\n', 'UTF8'), '{"mapping": {"comment": "kept"}}') -> 'columns') AS file_column;
SELECT import_records(:t, convert_to(E'name,e-mail,comment,number\nFay,fay@x.jp,d,1\n', 'UTF8')) -> 'mapping' AS mapping;
SELECT import_records(:t, convert_to(E'name,e-mail,comment,number\nGus,gus@x.jp,d,1\n', 'UTF8'), '{"mapping": {"*": null, "name": "name"}}') -> 'mapping' AS mapping;
SELECT name, email, data FROM records WHERE table_id = :t AND name IN ('Eve', 'Fay', 'Gus') ORDER BY name;

-- Records that cannot be found as the options want it.
SELECT pg_temp.imported(E'name,note\nAnn,x\n', '{"match_on": "email"}');
SELECT pg_temp.imported(E'name,email\nAnn,x@x.jp\n', '{"match_on": "email", "mapping": {"email": null}}');
SELECT pg_temp.imported(E'name,note\nAnn,x\n', '{"on_match": "replace"}');
SELECT pg_temp.imported(E'name,note\nAnn,x\n', '{"on_new": "skip"}');

-- Quotes: one that is out of order turns no others off, and is told.
SELECT pg_temp.imported(E'name,note\nHal,"a" b\nIda,"x, y"\nJay,z\n');
SELECT name, data FROM records WHERE table_id = :t AND name IN ('Hal', 'Ida', 'Jay') ORDER BY name;
-- Rows are those of a spreadsheet; a row has no more cells than the header has names.
SELECT pg_temp.imported(E'name,note\n"Kim\n\nK",x\nLea,1,2\nMia,3,4\nNoa,5,abc\n');

-- What fails is written as it came, and fails again until it is mended.
SELECT import_id FROM (SELECT import_records(:t, convert_to(E'name,note,number\nOra,hello, world,1\nPia,"a" b,2\nQua,=1+1,abc\nRay,#N/A,"a, bc"\n', 'UTF8')) ->> 'import_id' AS import_id) AS import \gset
SELECT substr(import_error_file(:'import_id'), 2);
SELECT pg_temp.imported(import_error_file(:'import_id'));
SELECT pg_temp.imported(replace(replace(import_error_file(:'import_id'), 'hello, world,1', '"hello, world",1,'), '"""a"" b"', 'a b'));
SELECT import_id FROM (SELECT import_records(:t, convert_to(E'{"name": "Sol", "note": "a"}\n{"name": "Tom", "note":\n{"name": "Uma", "note": "b\\u0000c"}\n{"name": "Vic", "note": "d", "note": "e"}\n', 'UTF8')) ->> 'import_id' AS import_id) AS import \gset
SELECT substr(import_error_file(:'import_id'), 2);
SELECT pg_temp.imported(import_error_file(:'import_id'));
SELECT name, data FROM records WHERE table_id = :t AND name >= 'Hal' ORDER BY name;

-- Truth values, and choices that are no misspelling of others.
SELECT pg_temp.imported(E'name,done\nw1,ja\nw2,нет\nw3,是\nw4,maybe\n');
SELECT pg_temp.imported(E'name,done\nx1,x\nx2,\nx3,X\n');
SELECT pg_temp.imported(E'name,done\ny1,x\ny2,✓\n');
SELECT name, data -> 'done' AS done FROM records WHERE table_id = :t AND name ~ '^[wxy]\d' ORDER BY name;
SELECT pg_temp.imported(E'name,stage\nz,失注\n');

-- What is no file of rows says why; the counts say how many bytes there were.
SELECT pg_temp.imported('');
SELECT pg_temp.imported('{"name": "Ann", }');
SELECT import_records(:t, 'name\012Ann\012') ->> 'bytes' AS bytes;
-- A batch that may not go on is called again with what else becomes of problems.
SELECT begin_import(:t, 'x.csv', 'x') AS batches \gset
SELECT append_import(:'batches', 1, convert_to(E'name,number\nb1,1\nb2,x\nb3,3\n', 'UTF8'));
SELECT continue_import(:'batches', 1, '{"on_problem": "refuse"}') ->> 'created' AS created;
SELECT continue_import(:'batches', 5);
SELECT continue_import(:'batches', 5, '{"on_problem": "skip_row"}') - 'import_id' - 'mapping' AS result;
RESET ROLE;
SET client_min_messages = error;
DROP OWNED BY authenticated;
DROP ROLE authenticated;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
