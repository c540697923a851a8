-- Records and tables of the custom_tables blueprint are deleted softly: what is unique, found, counted and numbered follows, and comes back.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('custom_tables', 'public');
CREATE FUNCTION id(text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5($1)::uuid $$;
INSERT INTO organizations (id, name, max_tables) VALUES (id('acme'), 'Acme', 2);
INSERT INTO tables (id, organization_id, name) VALUES (id('people'), id('acme'), 'People'), (id('deals'), id('acme'), 'Deals');
INSERT INTO table_columns (id, table_id, name, type, is_unique, searchable, options) VALUES
    (id('c1'), id('people'), 'email', 'email', true, true, '{}'), (id('c2'), id('people'), 'code', 'text', true, true, '{"max_length": 8}'),
    (id('c3'), id('people'), 'number', 'autonumber', false, false, '{}'), (id('c4'), id('people'), 'size', 'integer', true, false, '{}'),
    (id('c5'), id('deals'), 'person', 'reference', false, false, jsonb_build_object('table_id', id('people')));
INSERT INTO table_statuses (table_id, name) VALUES (id('people'), 'open');
INSERT INTO records (id, table_id, name, email, status, data) VALUES
    (id('ann'), id('people'), 'Ann', 'ann@example.com', 'open', '{"code": "A", "size": 1}'),
    (id('bob'), id('people'), 'Bob', 'bob@example.com', 'open', '{"code": "B", "size": 2}'),
    (id('cid'), id('people'), 'Cid', 'cid@example.com', NULL, '{"code": "C", "size": 3}');
INSERT INTO records (id, table_id, name, data) VALUES (id('d1'), id('deals'), 'Deal', jsonb_build_object('person', id('ann')));
CREATE VIEW people AS SELECT name, email, status, data, deleted_at IS NOT NULL AS is_deleted FROM records WHERE table_id = id('people') ORDER BY name;
CREATE VIEW keys AS SELECT (SELECT name FROM table_columns WHERE id::text = column_id) AS column_name, key, (SELECT name FROM records WHERE records.id = record_id) AS of FROM record_keys ORDER BY 1, 2, 3;

-- What is deleted is not found, not counted, and its unique values are free.
SELECT rowkit.soft_delete('records', ARRAY[id('ann'), id('bob')]);
SELECT name, is_deleted FROM people;
SELECT * FROM keys;
SELECT (SELECT count(*) FROM rowkit.search_records(id('people'), 'ann')) AS records, (SELECT count(*) FROM rowkit.search_rows('records', 'ann')) AS rows,
    (SELECT count(*) FROM rowkit.search_records(id('people'), 'cid')) AS live;
SELECT refresh_table_statistics();
SELECT table_name, record_count, status_counts, with_email_count FROM table_statistics ORDER BY 1;
SELECT name, data FROM records WHERE id = id('d1');
SELECT count(*) FROM records_active WHERE table_id = id('people');
-- A deleted record is no obstacle to a column that becomes unique, and is not told of.
UPDATE table_columns SET is_unique = false WHERE id = id('c4');
UPDATE records SET data = data || '{"size": 3}' WHERE id = id('bob');
UPDATE table_columns SET is_unique = true WHERE id = id('c4');
UPDATE records SET data = data || '{"size": 2}' WHERE id = id('bob');
SELECT count(*) FROM rowkit.invalid_records(id('people'));
-- Others take what is free; their numbers go on.
INSERT INTO records (id, table_id, name, email, data) VALUES
    (id('dan'), id('people'), 'Dan', 'Ann@Example.com', '{"code": "a"}'), (id('eve'), id('people'), 'Eve', NULL, '{"code": "b", "size": 9}');
SELECT name, data -> 'number' AS number FROM people WHERE name IN ('Dan', 'Eve');
-- So they cannot come back, and each conflict is listed.
SELECT rowkit.restore_deleted('records', ARRAY[id('ann'), id('bob')]);
SELECT count(*) FROM keys;
-- A number, to texts alone: not to an address.
SELECT rowkit.restore_deleted('records', ARRAY[id('ann'), id('bob')], 'rename');
SELECT rowkit.restore_deleted('records', id('bob'), 'skip');
SELECT name, is_deleted FROM people;
SELECT rowkit.soft_delete('records', ARRAY[id('dan')]);
SELECT rowkit.restore_deleted('records', id('ann'), 'rename');
SELECT * FROM people;
SELECT * FROM keys;
SELECT name, data FROM records WHERE id = id('d1');
-- A number in place of a number, and as long as the column lets it be.
INSERT INTO records (id, table_id, name, data) VALUES (id('fay'), id('people'), 'Fay', '{"code": "12345678"}');
SELECT rowkit.soft_delete('records', id('fay'));
INSERT INTO records (table_id, name, data) VALUES (id('people'), 'Gus', '{"code": "12345678"}'), (id('people'), 'Hal', '{"code": "1234 (2)"}');
SELECT rowkit.restore_deleted('records', id('fay'), 'rename');
SELECT data FROM people WHERE name = 'Fay';
-- In place of a number that was there before; and no text that the column would refuse: too long, of another pattern, an address.
INSERT INTO organizations (id, name) VALUES (id('gamma'), 'Gamma');
INSERT INTO tables (id, organization_id, name) VALUES (id('rules'), id('gamma'), 'Rules');
INSERT INTO table_columns (id, table_id, name, type, is_unique, options) VALUES
    (id('r1'), id('rules'), 'three', 'text', true, '{"max_length": 3}'), (id('r2'), id('rules'), 'four', 'text', true, '{"max_length": 4}'),
    (id('r3'), id('rules'), 'five', 'text', true, '{"max_length": 5}'), (id('r4'), id('rules'), 'digits', 'text', true, '{"pattern": "^[0-9]+$"}'),
    (id('r5'), id('rules'), 'choice', 'text', true, '{"choices": ["a", "b"]}'), (id('r6'), id('rules'), 'email', 'text', true, '{}'),
    (id('r7'), id('rules'), 'whole', 'integer', true, '{}');
CREATE FUNCTION taken(field text, value text, renamed text DEFAULT 'rename') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    given jsonb := CASE field WHEN 'email' THEN '{}' WHEN 'whole' THEN jsonb_build_object(field, value::integer) ELSE jsonb_build_object(field, value) END;
    line text;
    hint text;
BEGIN
    DELETE FROM records WHERE table_id = id('rules');
    INSERT INTO records (id, table_id, email, data) VALUES (id('first'), id('rules'), CASE field WHEN 'email' THEN value END, given);
    PERFORM rowkit.soft_delete('records', id('first'));
    INSERT INTO records (id, table_id, email, data) VALUES (id('second'), id('rules'), CASE field WHEN 'email' THEN value END, given);
    PERFORM rowkit.restore_deleted('records', id('first'), renamed);
    SELECT coalesce(data ->> field, email) INTO line FROM records WHERE id = id('first') AND deleted_at IS NULL;
    RETURN line;
EXCEPTION WHEN others THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', sqlstate, sqlerrm, hint);
END
$$;
SELECT field, taken(field, value) FROM (VALUES ('three', 'abc'), ('four', 'abcd'), ('five', 'abcde'), ('five', 'a (2)'), ('digits', '12'), ('choice', 'a'), ('email', 'a@b.example'), ('whole', '5'))
    AS given(field, value);
SELECT field, taken(field, value, 'skip') FROM (VALUES ('three', 'abc'), ('email', 'a@b.example'), ('whole', '5')) AS given(field, value);
-- 'skip' leaves out what is taken, named or not, and the rest comes back; what is left out comes back when its value is free.
INSERT INTO tables (id, organization_id, name) VALUES (id('codes'), id('gamma'), 'Codes');
INSERT INTO table_columns (id, table_id, name, type, is_unique) VALUES (id('k1'), id('codes'), 'code', 'text', true);
INSERT INTO records (id, table_id, name, data) SELECT id(name), id('codes'), name, jsonb_build_object('code', name) FROM unnest('{s1,s2,s3}'::text[]) AS name;
SELECT rowkit.soft_delete('records', ARRAY[id('s1'), id('s2'), id('s3')]);
INSERT INTO records (id, table_id, name, data) VALUES (id('s4'), id('codes'), 's4', '{"code": "s1"}');
SELECT rowkit.restore_deleted('records', ARRAY[id('s1'), id('s2')], 'skip') AS restored;
SELECT name, deleted_at IS NULL AS is_live FROM records WHERE table_id = id('codes') ORDER BY name;
SELECT rowkit.restore_deleted('records', id('s1'), 'skip') AS restored;
SELECT rowkit.restore_deleted('records', id('s1'));
DELETE FROM records WHERE id = id('s4');
SELECT rowkit.restore_deleted('records', id('s1'), 'skip') AS restored;
SELECT name, deleted_at IS NULL AS is_live FROM records WHERE table_id = id('codes') ORDER BY name;
DELETE FROM organizations WHERE id = id('gamma');
-- Two values of one deletion that cannot both live: each was deleted when the other was not there.
INSERT INTO records (id, table_id, name, data) VALUES (id('kim'), id('people'), 'Kim', '{"code": "K"}');
SELECT rowkit.soft_delete('records', ARRAY[id('kim'), id('d1')]);
INSERT INTO records (id, table_id, name, data) VALUES (id('leo'), id('people'), 'Leo', '{"code": "K"}');
SELECT rowkit.soft_delete('tables', id('people'));
SELECT rowkit.restore_deleted('records', id('d1'));
SELECT rowkit.restore_deleted('tables', id('people'));
SELECT rowkit.restore_deleted('tables', id('people'), 'skip');
SELECT name, data ->> 'code' AS code, is_deleted FROM people WHERE name IN ('Kim', 'Leo');

-- Permanently, whether it was deleted before or not; held by nothing that rowkit keeps for it.
SELECT rowkit.permanent_delete('records', id('ann')), rowkit.permanent_delete('records', id('bob'));
SELECT name FROM people WHERE name IN ('Ann', 'Bob');
SELECT count(*) FROM keys WHERE of IS NULL OR of IN ('Ann', 'Bob');
-- What blocks names what can be done, and no parameter that is not there.
CREATE TABLE comments (id integer PRIMARY KEY, record_id uuid REFERENCES records ON DELETE CASCADE);
INSERT INTO comments VALUES (1, id('cid'));
SELECT rowkit.permanent_delete('records', id('cid'));
DROP TABLE comments;
-- Retention purges them.
SELECT rowkit.soft_delete('records', id('cid'));
CALL rowkit.purge_deleted_in_batches(0);
SELECT name FROM people;
SELECT count(*) FROM deletions WHERE purged_at IS NOT NULL AND table_name = 'records';

-- A table: it and its records go and come back, its columns stay with it, and its place in the limit is free meanwhile.
SELECT id AS number_of_columns FROM (SELECT count(*) AS id FROM table_columns WHERE table_id = id('people')) AS counted;
SELECT schema AS schema_before FROM tables WHERE id = id('people') \gset
SELECT rowkit.soft_delete_with_counts('tables', id('people'));
SELECT current_table_count FROM organizations;
SELECT count(*) FROM keys;
SELECT count(*) FROM rowkit.search_records(id('people'), 'eve');
SELECT refresh_table_statistics();
SELECT table_name, record_count FROM table_statistics ORDER BY 1;
INSERT INTO records (table_id, name) VALUES (id('people'), 'late');
INSERT INTO tables (id, organization_id, name) VALUES (id('third'), id('acme'), 'Third');
SELECT rowkit.restore_deleted('tables', id('people'));
SELECT rowkit.soft_delete('tables', id('third'));
SELECT rowkit.restore_deleted('tables', id('people'));
SELECT (SELECT count(*) FROM table_columns WHERE table_id = id('people')) AS columns, schema = :'schema_before'::jsonb AS same_schema FROM tables WHERE id = id('people');
SELECT name, is_deleted FROM people;
SELECT count(*) > 0 AS has_keys FROM keys;
SELECT name FROM rowkit.search_records(id('people'), 'eve') AS found JOIN records ON id = found.record_id;
INSERT INTO records (table_id, name) VALUES (id('people'), 'Zoe') RETURNING data -> 'number' AS number;
-- Purged, it takes all with it.
SELECT rowkit.soft_delete('tables', id('people'));
CALL rowkit.purge_deleted_in_batches(0);
SELECT (SELECT count(*) FROM tables) AS tables, (SELECT count(*) FROM table_columns WHERE table_id = id('people')) AS columns, (SELECT count(*) FROM people) AS records,
    (SELECT count(*) FROM record_counters) AS counters;

-- Many at once, by a member: only what is the member's to delete.
CREATE ROLE regress_member;
GRANT USAGE ON SCHEMA public TO regress_member;
GRANT SELECT, INSERT, UPDATE, DELETE ON records, tables TO regress_member;
INSERT INTO organizations (id, name) VALUES (id('beta'), 'Beta');
INSERT INTO tables (id, organization_id, name) VALUES (id('foreign'), id('beta'), 'Foreign');
INSERT INTO records (id, table_id, name) VALUES (id('d2'), id('deals'), 'd2'), (id('f1'), id('foreign'), 'f1');
INSERT INTO users (id) VALUES (id('user'));
INSERT INTO user_organizations (user_id, organization_id, role) VALUES (id('user'), id('acme'), 'member');
SELECT set_config('request.jwt.claims', jsonb_build_object('sub', id('user'))::text, false) IS NULL AS no_claims;
SET ROLE regress_member;
SELECT bulk_delete_records(ARRAY[id('d1'), id('d2'), id('f1'), id('nobody')]);
SELECT bulk_delete_records(ARRAY[id('d1')]), bulk_delete_records('{}'), bulk_delete_records(NULL);
SELECT rowkit.restore_deleted('records', id('d2')), rowkit.restore_deleted('records', id('f1'));
-- A member does not delete tables.
SELECT rowkit.soft_delete('tables', id('deals'));
RESET ROLE;
SELECT name, deleted_at IS NOT NULL AS is_deleted, deleted_by = id('user') AS by_user FROM records ORDER BY name;
DROP OWNED BY regress_member;
DROP ROLE regress_member;

-- The table of keys has another name, which the triggers name: a value that is taken is found there, too.
SELECT set_config('request.jwt.claims', '', false) = '' AS no_claims;
INSERT INTO table_columns (id, table_id, name, type, is_unique, options) VALUES (id('c9'), id('foreign'), 'code', 'text', true, '{"max_length": 8}');
ALTER TABLE record_keys RENAME TO "登録\キー";
DO $$
DECLARE
    keeper record;
BEGIN
    FOR keeper IN
        SELECT tgname, pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgrelid = 'records'::regclass AND tgfoid = 'rowkit.enforce_record_keys()'::regprocedure
    LOOP
        EXECUTE format('DROP TRIGGER %I ON records', keeper.tgname);
        EXECUTE replace(keeper.definition, 'enforce_record_keys()', 'enforce_record_keys(''tables'', ''登録\キー'')');
    END LOOP;
END
$$;
INSERT INTO records (id, table_id, name, data) VALUES (id('k1'), id('foreign'), 'K1', '{"code": "K"}');
SELECT rowkit.soft_delete('records', id('k1'));
INSERT INTO records (id, table_id, name, data) VALUES (id('k2'), id('foreign'), 'K2', '{"code": "K"}');
SELECT rowkit.restore_deleted('records', id('k1'), on_conflict => 'rename');
SELECT id = id('k1') AS is_restored, data -> 'code' AS code FROM records WHERE id IN (id('k1'), id('k2')) ORDER BY name;
