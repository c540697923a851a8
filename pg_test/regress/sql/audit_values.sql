-- What the log holds of a value does not depend on the session, and what is taken back is the value that was there: of any type, nested as deep as may be, with any key.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
SELECT count(*) > 0 FROM create_audit_log(tenant_column => 'organization_id');
CREATE TYPE stay AS (since date, kept interval);
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN must AS integer NOT NULL;
-- A type whose cast to json would say less than its text.
CREATE FUNCTION mood_json(mood) RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT ''{}''::json';
CREATE CAST (mood AS json) WITH FUNCTION mood_json(mood);
CREATE TYPE visit AS (stays stay[], floor real);
CREATE TABLE k (id integer PRIMARY KEY, kept must DEFAULT 7, d date, t timestamp, tz timestamptz, iv interval, dr daterange, tr tsrange, mr datemultirange, s stay, v visit, ds date[],
    elsewhere integer[], docs jsonb[], f double precision, r real, m money, b bytea, n numeric, j jsonb, j0 jsonb NOT NULL DEFAULT 'null', js json, e mood, c char(4), bits bit(3), g point, ip inet, rel regclass, tsv tsvector);
SELECT count(*) > 0 FROM enable_audit('k');
CREATE TABLE was AS TABLE k;
INSERT INTO was VALUES (1, 7, '2031-02-03', '2031-02-03 04:05:06.789', '2031-02-03 04:05:06.789+09', '-1 mon +3 days -04:05:06', '[2031-02-03,2031-02-05)', '[2031-02-03 01:00,2031-02-03 02:00)', '{[2031-02-03,2031-02-05)}',
    '(2031-02-03,"-1 mon +3 days")', '("{""(2031-02-03,\\""-1 mon\\"")""}",0.1)', '{2031-02-03,NULL}', '[0:1]={1,2}', '{"[1, 2]","null","{\"a\": 1}"}', 0.1::float8 + 0.2::float8, 0.1, 12.34, '\x00ff5c27', 'NaN',
    '{"a": [1.50, null]}', 'null', '{"b": 1}', 'sad', 'ab', B'101', '(0.1,1e300)', '10.0.0.1/8', 'k', $$'it''s':1A$$);
-- Each is written under other settings than those that it is read under.
SET datestyle = 'SQL, DMY'; SET intervalstyle = 'sql_standard'; SET timezone = 'America/New_York'; SET extra_float_digits = -10; SET bytea_output = 'escape'; SET array_nulls = off;
INSERT INTO k SELECT * FROM was;
RESET ALL; SET search_path = app, rowkit; SET client_min_messages = warning;
SELECT key, value FROM audit_logs, jsonb_each(new_data) WHERE action = 'INSERT' ORDER BY key COLLATE "C";
SET datestyle = 'German'; SET intervalstyle = 'iso_8601'; SET timezone = 'Asia/Tokyo'; SET extra_float_digits = -15;
DELETE FROM k;
SELECT count(DISTINCT coalesce(old_data, new_data)) AS images FROM audit_logs WHERE record_id IS NOT NULL;
SET datestyle = 'Postgres, MDY'; SET intervalstyle = 'postgres_verbose'; SET bytea_output = 'escape'; SET array_nulls = off;
SELECT undo_transaction((SELECT transaction FROM audit_logs WHERE action = 'DELETE'));
RESET ALL; SET search_path = app, rowkit; SET client_min_messages = warning;
CREATE FUNCTION other() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE name text; is_same boolean;
BEGIN
    FOR name IN SELECT attname FROM pg_attribute WHERE attrelid = 'app.k'::regclass AND attnum > 0 LOOP
        EXECUTE format('SELECT k.%1$I::text IS NOT DISTINCT FROM w.%1$I::text FROM app.k, app.was AS w', name) INTO is_same;
        IF is_same IS NOT TRUE THEN RETURN NEXT name; END IF;
    END LOOP;
END $$;
SELECT * FROM other();
-- A change is told and taken back, however little it is; a newer one is not overwritten, however little that is.
SET extra_float_digits = -15;
UPDATE k SET f = 0.3;
SELECT old_data -> 'f' AS f, new_data -> 'f' AS new_f FROM audit_logs WHERE action = 'UPDATE';
SELECT undo_transaction((SELECT transaction FROM audit_logs WHERE action = 'UPDATE'));
UPDATE k SET f = 0.3;
SELECT transaction AS latest FROM audit_logs WHERE action = 'UPDATE' ORDER BY created_at DESC LIMIT 1 \gset
UPDATE k SET f = 0.3000000000000001;
SELECT undo_transaction(:'latest');
RESET extra_float_digits;
UPDATE k SET f = 0.30000000000000004;
SELECT * FROM other();

-- A key's text is the same in every session, and found by how a session writes it.
CREATE TABLE dated (d date, f double precision, v integer, PRIMARY KEY (d, f));
CREATE TABLE timed (tz timestamptz PRIMARY KEY, v integer);
CREATE TABLE spans (s daterange PRIMARY KEY, v integer);
CREATE TABLE listed (l integer[] PRIMARY KEY, v integer);
SELECT count(*) > 0 FROM unnest('{dated,timed,spans,listed}'::regclass[]) AS name, enable_audit(name);
SET datestyle = 'SQL, DMY'; SET extra_float_digits = 0; SET timezone = 'Asia/Tokyo';
INSERT INTO dated VALUES ('2031-02-03', 0.1, 1);
INSERT INTO timed VALUES ('2031-02-03 00:00:00+00', 1);
INSERT INTO spans VALUES ('[2031-02-03,2031-02-05)', 1);
INSERT INTO listed VALUES ('{1,2}', 1);
SET datestyle = 'German'; SET timezone = 'UTC'; SET extra_float_digits = 3;
UPDATE dated SET v = 2; UPDATE timed SET v = 2; UPDATE spans SET v = 2; UPDATE listed SET v = 2;
SELECT table_name, record_id, count(*) FROM audit_logs WHERE table_name IN ('dated', 'timed', 'spans', 'listed') AND record_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) FROM row_history('dated', '{"d": "03.02.2031", "f": 0.1}');
SELECT count(*) FROM row_history('dated', '{"d": "2031-02-03", "f": "0.1"}');
SELECT count(*) FROM row_history('timed', '03.02.2031 01:00:00+01');
SELECT count(*) FROM row_history('spans', '[03.02.2031,05.02.2031)');
SELECT count(*) FROM row_history('listed', '{1,2}');
SELECT row_as_of('spans', '[2031-02-03,2031-02-05)', now()), row_as_of('listed', '{1,2}', now());
RESET ALL; SET search_path = app, rowkit; SET client_min_messages = warning;

-- Nested deeper than a parser of JSON likes, and by keys that one keeps for itself.
CREATE TABLE deep (id integer PRIMARY KEY, j jsonb, n integer);
SELECT count(*) > 0 FROM enable_audit('deep');
INSERT INTO deep SELECT d, (repeat('[', d) || repeat(']', d))::jsonb, 1 FROM unnest(ARRAY[100, 126, 127, 128, 200, 2000]) AS d;
INSERT INTO deep VALUES (1, '{"a": {"$serde_json::private::Number": "77"}}', 1), (2, '{"a": {"$serde_json::private::Number": "x"}}', 1), (3, '{"a": {"$serde_json::private::RawValue": "[1]"}}', 1), (4, '1e400', 1), (5, '12345678901234567890123.4500', 1);
CREATE TABLE deep_was AS TABLE deep;
UPDATE deep SET n = 2;
SELECT count(*) AS as_they_are FROM deep WHERE row_as_of('deep', id::bigint, now()) = to_jsonb(deep);
UPDATE deep SET j = '1';
SELECT undo_transaction((SELECT transaction FROM audit_logs WHERE table_name = 'deep' AND new_data ? 'j' AND action = 'UPDATE' LIMIT 1));
DELETE FROM deep;
SELECT undo_transaction((SELECT transaction FROM audit_logs WHERE table_name = 'deep' AND action = 'DELETE' LIMIT 1));
SELECT undo_transaction((SELECT transaction FROM audit_logs WHERE table_name = 'deep' AND new_data ? 'n' AND action = 'UPDATE' LIMIT 1));
SELECT count(*) AS back FROM deep JOIN deep_was USING (id, n) WHERE deep.j::text = deep_was.j::text;
