-- How the columns of a file are read: what the caller says, then what the file decides, then what somebody said of the last file of the header.
\pset format unaligned
SET client_min_messages = warning;
CREATE ROLE authenticated;
SELECT count(*) > 0 AS installed FROM install_blueprint('custom_tables', 'ct');
SET search_path = ct, rowkit;
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000a', 'T');
\set t '''00000000-0000-4000-8000-00000000000b'''
INSERT INTO table_columns (table_id, name, type, is_unique) VALUES (:t, 'code', 'text', true), (:t, 'amount', 'number', false), (:t, 'day', 'date', false);
SELECT import_records(:t, convert_to(E'code,amount,day\na,"1,234.5",12/31/2024\n', 'UTF8')) ->> 'created' AS created;
-- A file that decides otherwise, one that leaves it open, as what another file decided is no word for it, and one of which the caller says it.
SELECT import_records(:t, convert_to(E'code,amount,day\nb,"1.234,5",31/12/2024\nc,"1,234",01/02/2024\n', 'UTF8'), '{"mapping": {"*": null, "code": "code", "amount": "amount", "day": {"column": "day", "date_order": "mdy"}}, "on_problem": "skip_cell"}') ->> 'created' AS created;
SELECT import_records(:t, convert_to(E'code,amount,day\nd,"1.234,5",31/12/2024\ne,"1,234",01/02/2024\n', 'UTF8')) ->> 'created' AS created;
SELECT import_records(:t, convert_to(E'code,amount,day\nf,"1,234",01/02/2024\n', 'UTF8')) ->> 'created' AS created;
SELECT import_records(:t, convert_to(E'code,amount,day\ng,"1,234",01/02/2024\n', 'UTF8'), '{"date_order": "mdy", "decimal_mark": "."}') ->> 'created' AS created;
SELECT data FROM records ORDER BY data ->> 'code';
-- An export that somebody saved with decimal commas and short years.
SELECT id AS a FROM records WHERE data ->> 'code' = 'a' \gset
SELECT id AS b FROM records WHERE data ->> 'code' = 'b' \gset
SELECT import_records(:t, convert_to(format(E'_record_id;amount;day\n%s;1,234;31.12.24\n%s;12,5;28.02.25\n', :'a', :'b'), 'UTF8'), '{"on_match": "replace"}') - 'import_id' - 'mapping' AS result;
SELECT data FROM records WHERE data ->> 'code' IN ('a', 'b') ORDER BY data ->> 'code';
-- A column that was renamed since is found by its id, also when another one has its name now. One that was deleted is not asked for again.
UPDATE table_columns SET name = 'total' WHERE table_id = :t AND name = 'amount';
INSERT INTO table_columns (table_id, name, type) VALUES (:t, 'amount', 'number');
SELECT import_records(:t, convert_to(E'code,amount,day\nh,"2.5",2024-01-02\n', 'UTF8')) -> 'mapping' -> 'amount' ->> 'column' AS goes_to;
SELECT data FROM records WHERE data ->> 'code' IN ('a', 'h') ORDER BY data ->> 'code';
DELETE FROM table_columns WHERE table_id = :t AND name = 'total';
SELECT import_records(:t, convert_to(E'code,amount,day\ni,"3.5",2024-01-02\n', 'UTF8')) -> 'mapping' -> 'amount' AS goes_to;
SELECT data FROM records WHERE data ->> 'code' IN ('a', 'i') ORDER BY data ->> 'code';
-- Values of a unique column are looked up one by one, also where the table was empty when it was analyzed.
CREATE SCHEMA other;
SELECT count(*) > 0 AS installed FROM install_blueprint('custom_tables', 'other');
SET search_path = other, rowkit;
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, '00000000-0000-4000-8000-00000000000a', 'T');
INSERT INTO table_columns (table_id, name, type, is_unique) VALUES (:t, 'code', 'text', true);
VACUUM (ANALYZE) record_keys;
BEGIN;
SELECT import_records(:t, convert_to('code' || string_agg(E'\nc' || n, ''), 'UTF8')) ->> 'created' AS created FROM generate_series(1, 5000) AS n;
SELECT pg_stat_get_xact_tuples_returned('record_keys_pkey'::regclass) < 1000 AS is_looked_up_by_value;
COMMIT;
RESET search_path;
DROP SCHEMA ct CASCADE;
DROP SCHEMA other CASCADE;
SET client_min_messages = error;
DROP OWNED BY authenticated;
DROP ROLE authenticated;
