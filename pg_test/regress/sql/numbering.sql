-- autonumber: what a statement took and no record got is given again, and "numbering": "fast".
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set f '''00000000-0000-4000-8000-00000000000f'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'T'), (:f, :org, 'Fast');
INSERT INTO table_columns (id, table_id, name, type, is_unique, options) VALUES
    ('00000000-0000-4000-8000-0000000000e1', :t, 'no', 'autonumber', false, '{}'), ('00000000-0000-4000-8000-0000000000e2', :t, 'memo', 'text', true, '{}'),
    ('00000000-0000-4000-8000-0000000000e3', :f, 'no', 'autonumber', false, '{"numbering": "fast"}'), ('00000000-0000-4000-8000-0000000000e4', :f, 'memo', 'text', false, '{}');
CREATE FUNCTION id(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
CREATE FUNCTION numbers(of uuid) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg((data ->> 'no'), ' ' ORDER BY (data ->> 'no')::bigint) FROM public.records WHERE table_id = of $$;
-- What was given has no gap, or what is missing waits to be given.
CREATE FUNCTION holes(of uuid) RETURNS TABLE(records bigint, highest bigint, counted bigint, free bigint[]) LANGUAGE sql AS $$
    SELECT count(*), max((data ->> 'no')::bigint), (SELECT last_number FROM public.record_counters WHERE table_id = of AND slot = 0),
        (SELECT free_numbers FROM public.record_counters WHERE table_id = of AND slot = 0)
    FROM public.records WHERE table_id = of $$;

-- ON CONFLICT: the record keeps its number, whoever sends EXCLUDED back.
INSERT INTO records (id, table_id, data) VALUES (id(1), :t, '{"memo": "a"}') RETURNING data;
INSERT INTO records (id, table_id, data) VALUES (id(1), :t, '{"memo": "b"}') ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data RETURNING data;
INSERT INTO records (id, table_id, data) VALUES (id(1), :t, '{"memo": "c"}') ON CONFLICT (id) DO UPDATE SET data = records.data || EXCLUDED.data RETURNING data;
INSERT INTO records (id, table_id, data) VALUES (id(1), :t, '{"memo": "d"}') ON CONFLICT (id) DO UPDATE SET data = records.data || (EXCLUDED.data - 'no') RETURNING data;
INSERT INTO records (id, table_id, data) VALUES (id(1), :t, '{"memo": "e"}') ON CONFLICT (id) DO UPDATE SET name = 'named' RETURNING name, data;
INSERT INTO records (id, table_id, data) VALUES (id(1), :t, '{"memo": "f"}') ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data WHERE false;
INSERT INTO records (id, table_id, data) VALUES (id(1), :t, '{"memo": "g"}') ON CONFLICT DO NOTHING;
SELECT * FROM holes(:t);
-- A number of one's own is refused as ever.
INSERT INTO records (id, table_id, data) VALUES (id(1), :t, '{"memo": "h"}') ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data || '{"no": 7}';
INSERT INTO records (id, table_id, data) VALUES (id(1), :t, '{"memo": "h", "no": 2}') ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data;
UPDATE records SET data = data || '{"no": 2}' WHERE id = id(1);
-- Conflicts and new rows by turns, in one statement.
INSERT INTO records (id, table_id, data)
SELECT id(n), :t, jsonb_build_object('memo', 'mixed ' || n) FROM unnest('{1,2,1,3,4,1}'::integer[]) WITH ORDINALITY AS given(n, place) WHERE place <> 3 AND place <> 6
ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data;
INSERT INTO records (id, table_id, data) SELECT id(n), :t, jsonb_build_object('memo', 'nothing ' || n) FROM generate_series(1, 8) AS n ON CONFLICT DO NOTHING;
SELECT numbers(:t);
SELECT * FROM holes(:t);
-- A record that is older than its number gets it by the upsert.
ALTER TABLE records DISABLE TRIGGER records_enforce_schema;
UPDATE records SET data = data - 'no' WHERE id = id(8);
ALTER TABLE records ENABLE TRIGGER records_enforce_schema;
INSERT INTO records (id, table_id, data) VALUES (id(7), :t, '{"memo": "kept"}'), (id(8), :t, '{"memo": "late"}'), (id(9), :t, '{"memo": "new"}')
ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data RETURNING data;
SELECT * FROM holes(:t);

-- A trigger that skips the row; one that throws the number away; one that writes records itself.
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.name = 'skip' THEN RETURN NULL; END IF;
    IF NEW.name = 'strip' THEN NEW.data := NEW.data - 'no'; END IF;
    IF NEW.name IN ('nest', 'nest and skip') THEN
        INSERT INTO public.records (table_id, name) VALUES (NEW.table_id, 'nested');
        BEGIN
            INSERT INTO public.records (table_id, name) VALUES (NEW.table_id, 'nested and rolled back');
            RAISE EXCEPTION 'no';
        EXCEPTION WHEN raise_exception THEN NULL;
        END;
        IF NEW.name = 'nest and skip' THEN RETURN NULL; END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER zz_skip BEFORE INSERT ON records FOR EACH ROW EXECUTE FUNCTION skip();
INSERT INTO records (table_id, name) VALUES (:t, 'skip');
INSERT INTO records (table_id, name) SELECT :t, CASE WHEN n % 3 = 0 THEN 'skip' ELSE 'row' END FROM generate_series(1, 10) AS n;
SELECT * FROM holes(:t);
INSERT INTO records (table_id, name) SELECT :t, CASE n % 4 WHEN 0 THEN 'nest' WHEN 1 THEN 'nest and skip' WHEN 2 THEN 'skip' ELSE 'row' END FROM generate_series(1, 40) AS n;
INSERT INTO records (table_id, name) SELECT :t, CASE n WHEN 2 THEN 'strip' ELSE 'row' END FROM generate_series(1, 3) AS n;
SELECT count(DISTINCT data -> 'no') = count(data -> 'no') AS once FROM records WHERE table_id = :t;
-- What waits is given first. One number was lost above by hand, and one record has none.
INSERT INTO records (table_id, name) SELECT :t, 'row' FROM holes(:t) AS hole, unnest(hole.free);
SELECT records - highest AS difference, highest = counted AS to_the_end, free FROM holes(:t);
COPY records (table_id, name) FROM stdin;
00000000-0000-4000-8000-00000000000b	skip
00000000-0000-4000-8000-00000000000b	row
\.
-- Where the server does not count, the statement's end finds them.
SET track_counts = off;
INSERT INTO records (table_id, name) SELECT :t, CASE WHEN n % 2 = 0 THEN 'skip' ELSE 'row' END FROM generate_series(1, 9) AS n;
RESET track_counts;
INSERT INTO records (table_id, name) SELECT :t, 'row' FROM holes(:t) AS hole, unnest(hole.free);
SELECT records - highest AS difference, highest = counted AS to_the_end, free FROM holes(:t);
DROP TRIGGER zz_skip ON records;
-- Two statements in one, and an error that is caught.
WITH one AS (INSERT INTO records (table_id, name) VALUES (:t, 'one'), (:t, 'one') ON CONFLICT DO NOTHING RETURNING 1),
    two AS (INSERT INTO records (id, table_id, name) VALUES (id(1), :t, 'two'), (id(2), :t, 'two') ON CONFLICT DO NOTHING RETURNING 1),
    changed AS (UPDATE records SET data = data - 'no' WHERE id = id(3) RETURNING 1)
SELECT (SELECT count(*) FROM one), (SELECT count(*) FROM two), (SELECT count(*) FROM changed);
SELECT records - highest AS difference, highest = counted AS to_the_end, free FROM holes(:t);
SELECT count(*), count(DISTINCT data -> 'no') FROM records WHERE table_id = :t;

-- Fast: one writer alone counts without a gap.
INSERT INTO records (id, table_id, data) SELECT id(100 + n), :f, '{}' FROM generate_series(1, 3) AS n;
INSERT INTO records (id, table_id, data) VALUES (id(101), :f, '{"memo": "again"}') ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data RETURNING data;
INSERT INTO records (id, table_id, data) VALUES (id(101), :f, '{}') ON CONFLICT DO NOTHING;
DO $$
BEGIN
    FOR n IN 4..40 LOOP
        INSERT INTO public.records (table_id, data) VALUES ('00000000-0000-4000-8000-00000000000f', '{}');
        COMMIT;
    END LOOP;
END
$$;
SELECT count(*), max((data ->> 'no')::bigint) FROM records WHERE table_id = :f;
BEGIN;
INSERT INTO records (table_id, data) SELECT :f, '{}' FROM generate_series(1, 500);
ROLLBACK;
-- A transaction takes four slots at most: other writers have the others, and get the numbers in between later.
INSERT INTO records (table_id, data) SELECT :f, '{}' FROM generate_series(1, 200);
SELECT count(*), count(DISTINCT data -> 'no'), max((data ->> 'no')::bigint) > 240 AS ahead FROM records WHERE table_id = :f;
DO $$
BEGIN
    FOR n IN 1..2000 LOOP
        INSERT INTO public.records (table_id, data) VALUES ('00000000-0000-4000-8000-00000000000f', '{}');
        COMMIT;
    END LOOP;
END
$$;
SELECT count(*) = 2240 AS all, count(DISTINCT data -> 'no') = 2240 AS once, max((data ->> 'no')::bigint) - count(*) AS open FROM records WHERE table_id = :f;
-- There and back again: what follows is higher than all before.
UPDATE table_columns SET options = '{}' WHERE table_id = :f AND type = 'autonumber';
SELECT count(*) AS slots FROM record_counters WHERE table_id = :f;
INSERT INTO records (table_id, data) VALUES (:f, '{}');
SELECT count(DISTINCT data -> 'no') = 2241 AS once FROM records WHERE table_id = :f;
UPDATE table_columns SET options = '{"numbering": "fast"}' WHERE table_id = :t AND type = 'autonumber';
SELECT counted + 1 AS next FROM holes(:t) \gset
INSERT INTO records (table_id, data) VALUES (:t, '{}') RETURNING (data ->> 'no')::bigint = :next AS goes_on;
SELECT count(*) AS counters, min(last_number) + 1 = :next AS base FROM record_counters WHERE table_id = :t;
UPDATE table_columns SET options = '{"numbering": "slow"}' WHERE table_id = :t AND type = 'autonumber';

-- No value is none, in every column whose value the database gives: null and the empty string count as left out.
\set g '''00000000-0000-4000-8000-000000000010'''
\set h '''00000000-0000-4000-8000-000000000011'''
INSERT INTO tables (id, organization_id, name) VALUES (:g, :org, 'Gapless'), (:h, :org, 'Fast');
INSERT INTO table_columns (id, table_id, name, type, is_unique, options)
SELECT md5(home.id::text || part.name)::uuid, home.id::uuid, part.name, part.type, part.name = 'code', CASE part.name WHEN 'no' THEN home.options ELSE '{}' END
FROM (VALUES (:g, '{}'::jsonb), (:h, '{"numbering": "fast"}')) AS home(id, options),
    (VALUES ('no', 'autonumber'), ('code', 'text'), ('made', 'created_at'), ('changed', 'updated_at'), ('maker', 'created_by')) AS part(name, type);
CREATE VIEW of_both AS SELECT CASE table_id WHEN :g THEN 'gapless' ELSE 'fast' END AS numbering, data FROM records WHERE table_id IN (:g, :h) ORDER BY 1 DESC, data -> 'no', data;
INSERT INTO records (table_id, data)
SELECT home.id::uuid, given.data
FROM (VALUES (:g), (:h)) AS home(id),
    (VALUES (1, '{"no": null, "made": null, "changed": "", "maker": null, "code": "a"}'::jsonb), (2, '{"no": "", "made": "", "changed": null, "maker": "", "code": "b"}'),
        (3, '{"code": "c"}')) AS given(place, data)
ORDER BY given.place;
SELECT * FROM of_both;
UPDATE records SET data = data || '{"no": null, "made": null, "maker": ""}' WHERE data ->> 'code' = 'b';
UPDATE records SET data = '{"no": "", "code": "c", "changed": ""}' WHERE data ->> 'code' = 'c';
UPDATE records SET data = data || '{"x": 1}' WHERE data ->> 'code' IN ('b', 'c');
SELECT * FROM of_both;
SELECT is_new FROM upsert_record(:g, 'code', '{"code": "A", "no": null}'), upsert_record(:h, 'code', '{"code": "A", "no": "", "made": null}') AS other(other_id, is_new_too);
SELECT is_new FROM upsert_record(:g, 'code', '{"code": "d", "no": null}'), upsert_record(:h, 'code', '{"code": "d", "no": ""}') AS other(other_id, is_new_too);
INSERT INTO records (id, table_id, data) VALUES (id(201), :g, '{"no": null}'), (id(202), :h, '{"no": ""}');
INSERT INTO records (id, table_id, data) VALUES (id(201), :g, '{"no": null, "x": 2}'), (id(202), :h, '{"no": "", "x": 2}')
ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data;
SELECT bulk_update_records(ARRAY[id(201), id(202)], '{"no": null, "made": "", "x": 3}');
SELECT * FROM of_both;
-- A value that is one is refused as ever, and so is a list.
UPDATE records SET data = data || '{"no": []}' WHERE id = id(201);
UPDATE records SET data = data || '{"made": "2024-01-05T00:00:00Z"}' WHERE id = id(201);
-- Under the former name, too.
UPDATE table_columns SET name = 'nr', renamed_from = 'no' WHERE table_id = :g AND name = 'no';
UPDATE records SET data = '{"no": null, "code": "e"}' WHERE id = id(201);
INSERT INTO records (table_id, data) VALUES (:g, '{"no": "", "code": "f"}');
UPDATE table_columns SET name = 'no', renamed_from = NULL WHERE table_id = :g AND name = 'nr';
SELECT * FROM of_both WHERE numbering = 'gapless';

-- A column that becomes an autonumber counts on behind the highest whole number that the table's records hold under its name, deleted ones too.
\set i '''00000000-0000-4000-8000-000000000012'''
\set j '''00000000-0000-4000-8000-000000000013'''
INSERT INTO tables (id, organization_id, name) VALUES (:i, :org, 'Gapless'), (:j, :org, 'Fast');
CREATE FUNCTION in_both(statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    home uuid;
BEGIN
    FOREACH home IN ARRAY '{00000000-0000-4000-8000-000000000012,00000000-0000-4000-8000-000000000013}'::uuid[] LOOP
        EXECUTE statement USING home, CASE WHEN home::text LIKE '%3' THEN '{"numbering": "fast"}'::jsonb ELSE '{}' END;
    END LOOP;
END
$$;
CREATE VIEW counted AS
    SELECT CASE table_id WHEN :i THEN 'gapless' ELSE 'fast' END AS numbering, string_agg(data ->> 'no', ' ' ORDER BY (data ->> 'no')::numeric) AS numbers,
        count(*) - count(DISTINCT data -> 'no') AS twice
    FROM records WHERE table_id IN (:i, :j) GROUP BY table_id ORDER BY 1 DESC;
-- Numbers under an unknown key, in a deleted record the highest. What is none that a counter gives is reported, and replaced when it is left out.
SELECT in_both($$INSERT INTO records (table_id, name, data) VALUES ($1, 'three', '{"no": 3}'), ($1, 'half', '{"no": 1.5}'), ($1, 'minus', '{"no": -4}'), ($1, 'huge', '{"no": 1e30}')$$);
SELECT in_both($$INSERT INTO records (table_id, name, data) VALUES ($1, 'gone', '{"no": 20.0}')$$);
SELECT rowkit.soft_delete('records', id) FROM records WHERE name = 'gone';
SELECT in_both($$INSERT INTO table_columns (id, table_id, name, type, options) VALUES ($1, $1, 'no', 'autonumber', $2)$$);
SELECT in_both($$INSERT INTO records (table_id) VALUES ($1), ($1)$$);
SELECT * FROM counted;
SELECT name, errors #>> '{0,code}' AS code FROM rowkit.invalid_records(:i) JOIN records ON id = record_id ORDER BY data -> 'no';
UPDATE records SET data = data || '{"x": 1}' WHERE name = 'half';
UPDATE records SET data = '{}' WHERE name IN ('half', 'minus', 'huge');
SELECT * FROM counted;
-- Another type and back, and numbers of one's own meanwhile.
SELECT in_both($$UPDATE table_columns SET type = 'integer', options = '{}' WHERE table_id = $1$$);
SELECT in_both($$INSERT INTO records (table_id, data) VALUES ($1, '{"no": 30}')$$);
SELECT in_both($$UPDATE table_columns SET type = 'autonumber', options = $2 WHERE table_id = $1$$);
SELECT in_both($$INSERT INTO records (table_id) VALUES ($1)$$);
SELECT * FROM counted;
-- Deleted and restored.
SELECT in_both($$DELETE FROM table_columns WHERE table_id = $1$$);
SELECT in_both($$INSERT INTO records (table_id, data) VALUES ($1, '{"no": 40}')$$);
SELECT rowkit.restore_column(:i), rowkit.restore_column(:j);
SELECT in_both($$INSERT INTO records (table_id) VALUES ($1)$$);
SELECT * FROM counted;
-- Another id, and the counter goes with it; another name that records hold already; a name that comes from a name given before.
UPDATE table_columns SET id = rowkit.uuidv7() WHERE table_id IN (:i, :j);
SELECT in_both($$INSERT INTO records (table_id) VALUES ($1)$$);
SELECT * FROM counted;
ALTER TABLE records DISABLE TRIGGER records_enforce_schema;
SELECT in_both($$INSERT INTO records (table_id, data) VALUES ($1, '{"nr": 50}')$$);
ALTER TABLE records ENABLE TRIGGER records_enforce_schema;
SELECT rowkit.rename_column(:i, 'no', 'nr'), rowkit.rename_column(:j, 'no', 'nr');
SELECT in_both($$INSERT INTO records (table_id) VALUES ($1)$$);
SELECT rowkit.rename_column(:i, 'nr', 'no'), rowkit.rename_column(:j, 'nr', 'no');
SELECT * FROM counted;
-- A number that a record left, and another one has by now, is not given again; one that nobody has is.
DO $$
BEGIN
    FOR n IN 1..4 LOOP
        INSERT INTO public.records (table_id, name) VALUES ('00000000-0000-4000-8000-000000000012', 'row ' || n);
    END LOOP;
END
$$;
UPDATE record_counters SET free_numbers = '{52,53}' WHERE table_id = :i AND column_id = (SELECT id FROM table_columns WHERE table_id = :i);
DELETE FROM records WHERE table_id = :i AND name = 'row 2';
SELECT in_both($$UPDATE table_columns SET type = 'integer', options = '{}' WHERE table_id = $1$$);
SELECT in_both($$UPDATE table_columns SET type = 'autonumber', options = $2 WHERE table_id = $1$$);
SELECT in_both($$INSERT INTO records (table_id) VALUES ($1), ($1)$$);
SELECT * FROM counted;
-- Fast, then another type, then gapless: behind all that the slots gave.
UPDATE table_columns SET type = 'integer', options = '{}' WHERE table_id = :j;
DELETE FROM records WHERE table_id = :j AND (data ->> 'no')::numeric > 50;
UPDATE table_columns SET type = 'autonumber' WHERE table_id = :j;
INSERT INTO records (table_id) VALUES (:j);
SELECT * FROM counted WHERE numbering = 'fast';
