-- Search on records and on any table.
SET client_min_messages = warning;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'Customers');
INSERT INTO table_columns (id, table_id, name, type, searchable) VALUES
    ('00000000-0000-4000-8000-0000000000c1', :t, 'phone', 'phone', true), ('00000000-0000-4000-8000-0000000000c2', :t, 'memo', 'long_text', true),
    ('00000000-0000-4000-8000-0000000000c3', :t, 'secret', 'text', false);
INSERT INTO records (id, table_id, name, email, company, data) VALUES
    ('00000000-0000-4000-8000-000000000001', :t, '佐藤 太郎', 'sato@example.com', '株式会社エムロック', '{"phone": "03-1234-5678", "memo": "running late", "secret": "hidden"}'),
    ('00000000-0000-4000-8000-000000000002', :t, '髙橋花子', 'hana@example.co.jp', '㈱エムロック', '{"phone": "+81 90-1111-2222", "memo": "INV-2024-00123"}'),
    ('00000000-0000-4000-8000-000000000003', :t, 'ｻﾄｳ ﾊﾅｺ', 'x@other.org', NULL, '{"memo": "https://example.com/path"}'),
    ('00000000-0000-4000-8000-000000000004', :t, '佐々木', NULL, NULL, '{}');
SELECT search_vector FROM records WHERE name = '佐々木';
CREATE FUNCTION found(query text) RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(right(id::text, 1), ',' ORDER BY id) FROM records WHERE search_vector OPERATOR(rowkit.@~) rowkit.search_query(query) $$;
SELECT query, found(query) FROM unnest(ARRAY[
    '佐藤', '佐', '藤', '太郎', '佐藤太郎', '太郎 佐藤', '"佐藤 太郎"', '"太郎 佐藤"', 'さとう', 'サトウ', 'ﾊﾅｺ', 'はなこ', '高橋', '髙橋', '佐佐木', '々木',
    '株式会社エムロック', '㈱エムロック', '(株)エムロック', 'エムロック', 'ムロ', '会社', 'sato', 'SATO@EXAMPLE.COM', 'example', 'example.co', 'exam',
    '03-1234-5678', '0312345678', '+81 3 1234 5678', '０３（１２３４）５６７８', '5678', '03 1234 5678', '090-1111-2222', '1111', 'run', 'runs',
    'INV-2024-00123', 'inv2024', '00123', '2024-001', 'hidden', '佐藤 -太郎', '太郎 or 花子', '', '!', '"', '-', '佐藤 佐々木']) AS query;

-- Ranks and pages.
SELECT right(record_id::text, 1) AS id, match_level FROM rowkit.search_records(:t, 'エムロック');
SELECT right(record_id::text, 1) AS id, match_level FROM rowkit.search_records(:t, 'さとう');
SELECT right(record_id::text, 1) AS id, match_level, cursor FROM rowkit.search_records(:t, 'example', 1);
SELECT right(record_id::text, 1) AS id, match_level FROM rowkit.search_records(:t, 'example', 5, '2:00000000-0000-4000-8000-000000000003');
SELECT * FROM rowkit.search_records(:t, 'example', 5, 'x');
SELECT * FROM rowkit.search_records(:t, ' ');
SELECT * FROM rowkit.search_records('00000000-0000-4000-8000-0000000000ff', 'x');
SELECT * FROM rowkit.search_records(NULL, 'x');
SELECT rowkit.search_highlight('㈱エムロック <佐藤>', '株式会社エムロック 佐藤'), rowkit.search_highlight(NULL, 'x'), rowkit.search_query(NULL);

-- Nothing changed, nothing made; a change of searchable makes vectors stale.
SELECT * FROM rowkit.search_vector_status('records');
UPDATE table_columns SET searchable = true WHERE name = 'secret';
SELECT * FROM rowkit.search_vector_status('records');
SELECT found('hidden');
CREATE TEMP TABLE before AS SELECT id, updated_at FROM records;
CALL rowkit.rebuild_search_vectors_in_batches('records');
SELECT * FROM rowkit.search_vector_status('records');
SELECT found('hidden'), (SELECT count(*) FROM records JOIN before USING (id, updated_at)) AS untouched;
UPDATE records SET search_vector = 'forged' WHERE name = '佐々木';
SELECT search_vector FROM records WHERE name = '佐々木';

-- Never a failed write: what is too much is cut, and told.
INSERT INTO records (id, table_id, name, data) SELECT '00000000-0000-4000-8000-000000000005', :t, 'long', jsonb_build_object('memo', string_agg(md5(n::text), ' '))
FROM generate_series(1, 60000) AS n;
SELECT table_id, row_count, stale_count, cut_count FROM rowkit.search_vector_status('records');
INSERT INTO records (table_id, name, data) VALUES (:t, repeat('a', 2500), jsonb_build_object('memo', repeat('本', 100000)));
SELECT row_count, stale_count, cut_count FROM rowkit.search_vector_status('records');
-- What was laid out by hand is what the server writes and reads: through text, and through its binary form.
SELECT count(*) FILTER (WHERE search_vector = search_vector::text::tsvector) AS through_text, count(*) FROM records;
CREATE TABLE read_back (v tsvector);
\copy (SELECT search_vector FROM records ORDER BY id) TO 'read_back.bin' WITH (FORMAT binary)
\copy read_back FROM 'read_back.bin' WITH (FORMAT binary)
\! rm read_back.bin
SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM records WHERE search_vector = v)) AS through_binary, count(*) FROM read_back;

-- Any table: text, arrays, jsonb, no stems.
CREATE TABLE note (id integer PRIMARY KEY, title varchar(100), tags text[], body jsonb, tel text, v tsvector);
CREATE TRIGGER note_v BEFORE INSERT OR UPDATE ON note FOR EACH ROW
    EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'title:A', 'tags:B', 'body:D', 'tel:C:phone', 'dictionary=none');
INSERT INTO note VALUES (1, 'Running', ARRAY['東京', NULL, 'red'], '{"a": {"b": ["深い", 5]}}', '(03) 1234 5678'), (2, NULL, NULL, NULL, NULL);
SELECT v FROM note WHERE id = 2;
SELECT row_data ->> 'id' AS id, match_level FROM rowkit.search_rows('note', '東京');
SELECT row_data ->> 'id' AS id FROM rowkit.search_rows('note', 'run'), LATERAL (SELECT 1) AS one;
SELECT row_data ->> 'id' AS id FROM rowkit.search_rows('note', '深い 1234');
SELECT count(*) FROM rowkit.search_rows('tables', 'x');
SELECT * FROM rowkit.search_vector_status('note');
CREATE TRIGGER note_bad BEFORE INSERT OR UPDATE ON note FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'title:E');
UPDATE note SET title = 'x' WHERE id = 1;
DROP TRIGGER note_bad ON note;

-- The aggressive folds, for rows and queries alike; another dictionary is used by both, too.
CREATE TABLE shop (id integer PRIMARY KEY, name text, v tsvector);
CREATE TRIGGER shop_v BEFORE INSERT OR UPDATE ON shop FOR EACH ROW
    EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'name:A', 'dictionary=german_stem', 'folds=aggressive');
INSERT INTO shop VALUES (1, '齋藤キャノン'), (2, 'Café Zürich'), (3, 'Häuser'), (4, '斉木');
SELECT query, (SELECT string_agg(row_data ->> 'id', ',' ORDER BY row_data ->> 'id') FROM rowkit.search_rows('shop', query)) AS ids
FROM unnest(ARRAY['斉藤', '斎', 'キヤノン', 'cafe', 'CAFÉ', 'zurich', 'haus', 'hauser']) AS query;
SELECT rowkit.search_highlight('Café 齋藤', 'cafe 斉藤', aggressive => true), rowkit.search_highlight('Café 齋藤', 'cafe 斉藤');
CREATE TRIGGER shop_bad BEFORE INSERT ON shop FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'name:A', 'folds=all');
INSERT INTO shop VALUES (5, 'x');
DROP TRIGGER shop_bad ON shop;

-- The index serves an end user under row security; PostgreSQL's own operator has none.
INSERT INTO records (table_id, name) SELECT :t, 'filler ' || n FROM generate_series(1, 5000) AS n;
VACUUM ANALYZE records;
CREATE ROLE rowkit_reader;
SELECT count(*) FROM disable_isolation('records');
GRANT USAGE ON SCHEMA public TO rowkit_reader;
GRANT SELECT ON records, tables TO rowkit_reader;
ALTER TABLE records ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON records USING (organization_id = '00000000-0000-4000-8000-00000000000a');
SET ROLE rowkit_reader;
EXPLAIN (COSTS OFF) SELECT id FROM records
WHERE table_id = :t AND rowkit.search_scope(table_id, search_vector) OPERATOR(rowkit.@~) rowkit.search_query('佐藤', scope => :t);
EXPLAIN (COSTS OFF) SELECT id FROM records WHERE search_vector @@ rowkit.search_query('佐藤');
-- A table that row security hides is not there.
SELECT * FROM rowkit.search_records(:t, '佐藤');
RESET ROLE;
CREATE POLICY reader ON tables USING (organization_id = '00000000-0000-4000-8000-00000000000a');
SET ROLE rowkit_reader;
SELECT right(record_id::text, 1) AS id, match_level FROM rowkit.search_records(:t, '佐藤');
SELECT right(record_id::text, 1) AS id, match_level FROM rowkit.search_records(:t, '佐藤', records => 'public.records');
RESET ROLE;
DROP POLICY reader ON tables;
DROP OWNED BY rowkit_reader;
DROP ROLE rowkit_reader;
-- Columns of any script: search_vector_status and rebuild_search_vectors_in_batches read the trigger's arguments.
CREATE TABLE "覚書" ("題" text, "本文\000" text, "索引" tsvector);
CREATE TRIGGER vectors BEFORE INSERT OR UPDATE ON "覚書" FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('索引', '題:A', '本文\000:B');
INSERT INTO "覚書" VALUES ('佐藤', '東京');
SELECT count(*) FROM "覚書" WHERE "索引" OPERATOR(rowkit.@~) rowkit.search_query('東京');
SELECT row_count, stale_count, cut_count FROM rowkit.search_vector_status('"覚書"');
-- A step at a time, for clients that cannot CALL: following the cursor, or from the beginning each time.
CREATE TABLE steps (id integer PRIMARY KEY, title text, padding text, v tsvector);
INSERT INTO steps SELECT n, 'Running ' || n, repeat('x', 1000) FROM generate_series(1, 100) AS n;
SELECT count(*) FROM rowkit.enable_search('steps', ARRAY['title:A'], search_column => 'v');
DO $$
DECLARE
    answer jsonb := '{}';
    steps integer := 0;
    made integer := 0;
BEGIN
    WHILE NOT coalesce((answer ->> 'is_done')::boolean, false) AND steps < 100 LOOP
        answer := rowkit.continue_rebuild_search_vectors('steps', 20, answer ->> 'cursor');
        steps := steps + 1;
        made := made + (answer ->> 'changed')::integer;
    END LOOP;
    RAISE INFO 'made %, in more than one step: %, ended: %', made, steps > 2, answer;
    PERFORM rowkit.enable_search('steps', ARRAY['title:A'], search_column => 'v', aggressive => true);
    answer := '{}';
    steps := 0;
    made := 0;
    WHILE NOT coalesce((answer ->> 'is_done')::boolean, false) AND steps < 100 LOOP
        answer := rowkit.continue_rebuild_search_vectors('steps', 20);
        steps := steps + 1;
        made := made + (answer ->> 'changed')::integer;
    END LOOP;
    RAISE INFO 'made %, in more than one step: %, ended: %', made, steps > 2, answer;
END
$$;
SELECT row_count, stale_count FROM rowkit.search_vector_status('steps');
-- enable_search adds what is missing, changes settings, and does nothing where nothing is missing; disable_search takes the trigger away.
CREATE TABLE "Memo" (id integer PRIMARY KEY, title text, "tel:B" varchar(40), tags text[], body jsonb, v tsvector);
INSERT INTO "Memo" VALUES (1, 'Running in Tokyo', '03-1234-5678', ARRAY['red'], '{"a": ["deep"]}');
SELECT * FROM rowkit.enable_search('"Memo"', ARRAY['title:A'], dry_run => true);
SET client_min_messages = notice;
SELECT * FROM rowkit.enable_search('"Memo"', ARRAY['title:A', 'tel:B:B:phone', 'tags:B', 'body:D']);
SET client_min_messages = warning;
SELECT count(*) FROM rowkit.search_rows('"Memo"', 'tokyo');
SELECT rowkit.continue_rebuild_search_vectors('"Memo"', batch_size => 1);
SELECT rowkit.continue_rebuild_search_vectors('"Memo"');
SELECT rowkit.continue_rebuild_search_vectors('"Memo"', after => 'x');
SELECT query, (SELECT count(*) FROM rowkit.search_rows('"Memo"', query)) AS found FROM unnest(ARRAY['tokyo', 'runs', '5678', 'red', 'deep']) AS query;
SELECT * FROM rowkit.enable_search('"Memo"', ARRAY['title:A', 'tel:B:B:phone', 'tags:B', 'body:D']);
SELECT kind, command FROM rowkit.enable_search('"Memo"', ARRAY['title:A'], dictionary => NULL, aggressive => true);
SELECT stale_count FROM rowkit.search_vector_status('"Memo"');
SELECT * FROM rowkit.enable_search('"Memo"', ARRAY['title:A'], search_column => 'v');
SELECT * FROM rowkit.disable_search('"Memo"', dry_run => true);
SELECT * FROM rowkit.disable_search('"Memo"');
SELECT * FROM rowkit.disable_search('"Memo"');
SELECT * FROM rowkit.search_rows('"Memo"', 'tokyo');
SELECT kind, identity FROM rowkit.enable_search('"Memo"', ARRAY['title:A'], search_column => 'v', dictionary => 'none', dry_run => true);
SELECT * FROM rowkit.enable_search('"Memo"', '{}');
SELECT * FROM rowkit.enable_search('"Memo"', ARRAY['title:E']);
SELECT * FROM rowkit.enable_search('"Memo"', ARRAY['id:A']);
SELECT * FROM rowkit.enable_search('"Memo"', ARRAY['title:A'], search_column => 'body');
SELECT * FROM rowkit.enable_search('"Memo"', ARRAY['title:A'], search_column => NULL);
SELECT * FROM rowkit.enable_search('"Memo"', ARRAY['title:A'], dictionary => 'no_such_dictionary');
SELECT * FROM rowkit.enable_search('pg_class', ARRAY['relname:A']);
CREATE TABLE parted (id integer, title text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
SELECT kind, command FROM rowkit.enable_search('parted', ARRAY['title:A']);
INSERT INTO parted VALUES (1, 'Crème');
SELECT row_data FROM rowkit.search_rows('parted', 'creme');
SELECT * FROM rowkit.enable_search('parted_1', ARRAY['title:A']);
SELECT command FROM rowkit.disable_search('parted');
