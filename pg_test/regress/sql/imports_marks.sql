-- What the numbers and dates of a file mean: in its error file, beside what a record holds already, and for the next file of its header.
\pset format unaligned
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE authenticated;
SELECT count(*) > 0 AS installed FROM install_blueprint('custom_tables', 'ct');
SET search_path = ct, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set copies '''00000000-0000-4000-8000-0000000000bb'''
\set rates '''00000000-0000-4000-8000-0000000000bc'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'T'), (:copies, :org, 'Copies'), (:rates, :org, 'Rates');
INSERT INTO table_columns (table_id, name, type, is_unique, options)
SELECT given_table, column_name, type, column_name = 'email', options::jsonb
FROM (VALUES ('email', 'email', '{}'), ('eur', 'currency', '{"currency": "EUR"}'), ('num', 'number', '{}'), ('note', 'text', '{}'), ('day', 'date', '{}')) AS given(column_name, type, options),
    unnest(ARRAY[:t, :copies]::uuid[]) AS given_table;
INSERT INTO table_columns (table_id, name, type, position) VALUES (:rates, 'mail', 'text', 1), (:rates, 'rate', 'percent', 2);
CREATE FUNCTION counts(result jsonb) RETURNS text LANGUAGE sql
    AS $$ SELECT format('created %s, updated %s, unchanged %s, failed %s', result ->> 'created', result ->> 'updated', result ->> 'unchanged', result ->> 'failed') $$;
CREATE FUNCTION imported(file text, options jsonb DEFAULT '{}') RETURNS text LANGUAGE sql
    AS $$ SELECT counts(import_records('00000000-0000-4000-8000-00000000000b', convert_to(file, 'UTF8'), options)) $$;
-- The error file without its byte order mark and line ends of two bytes.
CREATE FUNCTION error_file(result jsonb) RETURNS text LANGUAGE sql
    AS $$ SELECT rtrim(replace(substr(import_error_file((result ->> 'import_id')::uuid), 2), E'\r', ''), E'\n') $$;
CREATE FUNCTION record_of(wanted text) RETURNS SETOF jsonb LANGUAGE sql AS $$ SELECT data FROM records WHERE table_id = '00000000-0000-4000-8000-00000000000b' AND email = wanted $$;

-- Typed numbers of a JSON file: its error file says the same values in CSV.
SELECT import_records(:t, convert_to('[{"email": "a@x.jp", "eur": 1999, "num": 12.345}, {"email": "bad", "eur": 1999, "num": 12.345, "note": 5}]', 'UTF8')) AS result \gset
SELECT counts(:'result'), :'result'::jsonb -> 'mapping' -> 'eur' AS eur;
SELECT error_file(:'result');
SELECT imported(replace(error_file(:'result'), 'bad', 'b@x.jp'));
SELECT record_of('a@x.jp'), record_of('b@x.jp');
-- Where amounts of the file are in smallest units, or in larger ones, the option is given again.
SELECT import_records(:t, convert_to('[{"email": "bad", "eur": 1999}]', 'UTF8'), '{"minor_units": true}') AS result \gset
SELECT error_file(:'result');
SELECT imported(replace(error_file(:'result'), 'bad', 'c@x.jp'), '{"minor_units": true}');
SELECT import_records(:t, convert_to('[{"email": "bad", "eur": 19.99}]', 'UTF8'), '{"minor_units": false}') AS result \gset
SELECT error_file(:'result');
SELECT imported(replace(error_file(:'result'), 'bad', 'd@x.jp'));
SELECT record_of('c@x.jp'), record_of('d@x.jp');
-- A column with decimal commas keeps them.
SELECT import_records(:t, convert_to('[{"email": "e@x.jp", "num": "1.234,5"}, {"email": "bad", "num": 1.234}]', 'UTF8')) AS result \gset
SELECT error_file(:'result');
SELECT imported(replace(error_file(:'result'), 'bad', 'f@x.jp'));
SELECT record_of('e@x.jp'), record_of('f@x.jp');
-- A percent cell of a workbook that goes to a text.
INSERT INTO records (table_id, data) VALUES (:rates, '{"mail": "bad", "rate": 0.125}');
SELECT import_records(:t, export_records(:rates, format => 'xlsx'), '{"mapping": {"*": null, "_record_id": null, "mail": "email", "rate": "note"}}') AS result \gset
SELECT counts(:'result'), split_part(split_part(error_file(:'result'), E'\n', 2), ',', 3) AS rate;
SELECT imported(replace(error_file(:'result'), 'bad', 'g@x.jp'), '{"mapping": {"*": null, "_record_id": null, "mail": "email", "rate": "note"}}');
SELECT record_of('g@x.jp');

-- The same text is another number by another mark, and by another unit: it is written.
INSERT INTO records (table_id, email, data) VALUES (:t, 'h@x.jp', '{"num": 1.234, "eur": 1999}');
SELECT imported(E'email;num\nh@x.jp;1.234\ni@x.jp;2,5\n', '{"match_on": "email", "on_match": "replace"}');
SELECT record_of('h@x.jp'), record_of('i@x.jp');
SELECT imported('[{"email": "h@x.jp", "eur": 1999}]', '{"match_on": "email", "on_match": "replace", "minor_units": false}');
SELECT imported('[{"email": "i@x.jp", "eur": 1999}]', '{"match_on": "email", "on_match": "replace"}');
SELECT imported('[{"email": "i@x.jp", "eur": 1999}]', '{"match_on": "email", "on_match": "replace"}');
SELECT record_of('h@x.jp'), record_of('i@x.jp');

-- An order that was found in the values of one file does not read the next one. One that somebody gave does.
SELECT import_records(:t, convert_to(E'email,day\nj@x.jp,31/12/2024\n', 'UTF8')) AS result \gset
SELECT counts(:'result'), :'result'::jsonb -> 'mapping' -> 'day' AS day;
SELECT import_records(:t, convert_to(E'email,day\nk@x.jp,01/02/2024\n', 'UTF8')) AS result \gset
SELECT counts(:'result'), :'result'::jsonb -> 'mapping' -> 'day' AS day, (SELECT code FROM import_errors((:'result'::jsonb ->> 'import_id')::uuid));
SELECT imported(E'email,day\nl@x.jp,31/12/2024\n', '{"date_order": "dmy"}');
SELECT import_records(:t, convert_to(E'email,day\nk@x.jp,01/02/2024\n', 'UTF8')) AS result \gset
SELECT counts(:'result'), :'result'::jsonb -> 'mapping' -> 'day' AS day;
SELECT record_of('k@x.jp');
-- A mapping that was returned can be given back, and then counts as given.
SELECT import_records(:t, convert_to(E'day,email\n31/12/2024,m@x.jp\n', 'UTF8')) -> 'mapping' AS mapping \gset
SELECT :'mapping'::jsonb AS mapping;
SELECT imported(E'day,email\n01/02/2024,n@x.jp\n', jsonb_build_object('mapping', :'mapping'::jsonb));
SELECT imported(E'day,email\n03/02/2024,o@x.jp\n');
SELECT record_of('n@x.jp'), record_of('o@x.jp');
SELECT imported(E'day,email\n03/02/2024,x@x.jp\n', '{"mapping": {"day": {"column": "day", "detected": 5}}}');
-- The rows of an error file are read as those of their file were.
SELECT import_records(:t, convert_to(E'email,num,day\np@x.jp,1,31/12/2024\nbad,2,01/02/2024\n', 'UTF8')) AS result \gset
SELECT import_records(:t, convert_to(replace(error_file(:'result'), 'bad', 'q@x.jp'), 'UTF8')) AS result \gset
SELECT counts(:'result'), :'result'::jsonb -> 'mapping' -> 'day' AS day;
SELECT record_of('q@x.jp');

-- The ids of an export are left out by whoever says so, each time.
SELECT count(*) FROM records WHERE table_id = :t;
SELECT counts(import_records(:copies, export_records(:t), '{"mapping": {"_record_id": null}}'));
SELECT counts(import_records(:copies, export_records(:copies)));
RESET search_path;
DROP SCHEMA ct CASCADE;
SET client_min_messages = error;
DROP OWNED BY authenticated;
DROP ROLE authenticated;
