-- Queries: filters, sort lists, pages, groups and figures, and what is refused.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
SET search_path = public, rowkit;
SET timezone = 'UTC';
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set c '''00000000-0000-4000-8000-00000000000c'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'Deals'), (:c, :org, 'Customers');
INSERT INTO table_columns (table_id, name, type, indexed, searchable, options) VALUES
    (:t, 'stage', 'select', true, false, '{"choices": ["new", "won", "lost"]}'), (:t, 'amount', 'decimal', true, false, '{}'), (:t, 'due', 'date', false, false, '{}'),
    (:t, 'customer', 'reference', false, false, jsonb_build_object('table_id', :c)), (:t, 'others', 'reference', false, false, jsonb_build_object('table_id', :c, 'multiple', true)),
    (:t, 'paid', 'boolean', false, false, '{}'), (:t, 'begins', 'datetime', false, false, '{}'), (:t, 'tags', 'multi_select', false, false, '{"choices": ["a", "b"]}'), (:t, 'note', 'text', false, true, '{}');
CREATE FUNCTION id(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
INSERT INTO records (id, table_id, name, created_at, updated_at) VALUES (id(101), :c, '佐藤商店', '2024-01-01', '2024-01-01'), (id(102), :c, 'Sato Ltd', '2024-01-01', '2024-01-01');
INSERT INTO records (id, table_id, name, created_at, data) VALUES
    (id(1), :t, 'deal 2', '2024-01-01', jsonb_build_object('stage', 'won', 'amount', 10.10, 'due', '2024-02-28', 'customer', id(101), 'paid', true, 'begins', '2024-01-31T23:30:00Z', 'tags', '["a","b"]'::jsonb, 'note', '東京の佐藤')),
    (id(2), :t, 'deal 10', '2024-01-02', jsonb_build_object('stage', 'new', 'amount', 0.20, 'due', '2024-03-01', 'customer', id(102), 'paid', false, 'tags', '["a"]'::jsonb)),
    (id(3), :t, 'deal 1', '2024-01-03', jsonb_build_object('stage', 'won', 'amount', -5, 'others', jsonb_build_array(id(102), id(101)), 'note', '大阪')),
    (id(4), :t, NULL, '2024-01-04', '{}');
CREATE FUNCTION names(query jsonb) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(coalesce(record ->> 'name', '-'), ', ' ORDER BY place) FROM query_records('00000000-0000-4000-8000-00000000000b', query) WITH ORDINALITY AS found(record_id, record, cursor, place) $$;
SELECT names('{}'), names('{"sort": [{"column": "created_at", "direction": "desc"}], "limit": 2}'), names('{"sort": [{"column": "name"}]}'), names('{"sort": [{"column": "stage"}, {"column": "amount", "direction": "desc"}]}'),
    names('{"sort": [{"column": "customer"}]}'), names('{"sort": [{"column": "amount", "empty": "first", "direction": "desc"}]}');
SELECT names('{"filter": {"column": "stage", "op": "is", "value": "won"}}'), names('{"filter": {"not": {"column": "amount", "op": ">", "value": 0}}}'), names('{"filter": {"column": "customer", "op": "contains", "value": "sato"}}'),
    names('{"search": "佐藤"}'), names('{"search": "佐藤", "filter": {"column": "stage", "op": "is", "value": "new"}}'), names('{"search": "-"}'),
    names('{"filter": {"column": "begins", "op": "is", "value": "2024-02-01"}, "time_zone": "Asia/Tokyo"}'), names('{"filter": {"column": "begins", "op": "is", "value": "2024-02-01"}}');
SELECT record FROM query_records(:t, '{"fields": ["name", "amount"], "expand": ["customer", "others"], "limit": 3}');
SELECT count_records(:t), count_records(:t, '{"filter": {"column": "stage", "op": "is", "value": "won"}}'), count_records(:t, '{}', 3), count_records(:t, NULL);
SELECT count(*) FROM filter_records(:t, '{"filter": {"column": "stage", "op": "is_not_empty"}, "limit": 1}');

-- Pages both ways; what is inserted between two of them neither repeats nor hides others.
SELECT cursor AS first FROM query_records(:t, '{"sort": [{"column": "amount"}], "limit": 1}') \gset
INSERT INTO records (id, table_id, name, data) VALUES (id(5), :t, 'before', '{"amount": -6}'), (id(6), :t, 'between', '{"amount": 0}');
SELECT names(jsonb_build_object('sort', '[{"column": "amount"}]'::jsonb, 'after', :'first')), names(jsonb_build_object('sort', '[{"column": "amount"}]'::jsonb, 'before', :'first'));
SELECT names(jsonb_build_object('sort', '[{"column": "amount", "direction": "desc"}]'::jsonb, 'after', :'first'));
SELECT cursor AS foreign FROM query_records(:c, '{"sort": [{"column": "name"}], "limit": 1}') \gset
SELECT names(jsonb_build_object('sort', '[{"column": "name"}]'::jsonb, 'after', :'foreign'));
SELECT names('{"after": "x"}');
SELECT names('{"filter": {"column": "stage", "op": "is", "value": "quite another"}}');
SELECT names(jsonb_build_object('sort', '[{"column": "amount"}]'::jsonb, 'after', :'first', 'before', :'first'));
DELETE FROM records WHERE id = ANY (ARRAY[id(5), id(6)]);
BEGIN;
UPDATE table_columns SET type = 'text' WHERE name = 'amount';
SELECT names(jsonb_build_object('sort', '[{"column": "amount"}]'::jsonb, 'after', :'first'));
ROLLBACK;

-- Groups and figures.
SELECT group_values, record_count, figures FROM group_records(:t, '{}', '["stage"]', '{"total": {"function": "sum", "column": "amount"}, "mean": {"function": "average", "column": "amount"}}');
SELECT group_values, record_count FROM group_records(:t, '{}', '[{"column": "due", "period": "month"}, "paid"]');
SELECT group_values, record_count FROM group_records(:t, '{"time_zone": "Asia/Tokyo"}', '[{"column": "begins", "period": "quarter"}]');
SELECT group_values, record_count FROM group_records(:t, '{}', '["tags"]');
SELECT jsonb_pretty(aggregate_records(:t, '{}', (
    SELECT jsonb_object_agg(name, jsonb_build_object('function', name, 'column', 'amount'))
    FROM unnest('{count,empty,filled,unique,percent_empty,percent_filled,percent_unique,min,max,range,sum,average,median,std_dev,variance,distribution}'::text[]) AS name)));
SELECT aggregate_records(:t, '{}', '{"all": {"function": "count"}, "first": {"function": "earliest", "column": "due"}, "last": {"function": "latest", "column": "created_at"}, "days": {"function": "range", "column": "due"},
    "seconds": {"function": "range", "column": "created_at"}, "paid": {"function": "checked", "column": "paid"}, "share": {"function": "percent_checked", "column": "paid"}, "tags": {"function": "distribution", "column": "tags"}}');
SELECT aggregate_records(:t, '{"filter": {"or": []}}', '{"sum": {"function": "sum", "column": "amount"}, "median": {"function": "median", "column": "amount"}, "max": {"function": "max", "column": "amount"}, "share": {"function": "percent_empty", "column": "amount"}}');

-- What is refused, all at once.
SELECT * FROM query_records(:t, '{"filter": {"column": "stge", "op": "is", "value": "won"}, "sort": [{"column": "amount", "direction": "up"}], "limit": 0, "offset": 5}');
SELECT * FROM query_records(:t, '[]');
SELECT aggregate_records(:t, '{"limit": "x"}', '{"a": {"function": "sun", "column": "amount"}, "b": {"function": "sum", "column": "stage"}, "c": {"function": "sum"}, "d": 5}');
SELECT * FROM group_records(:t, '{}', '["stage", {"column": "amount", "period": "month"}, {"column": "due", "period": "hour"}]');
SELECT * FROM group_records(:t, '{}', '["stage", "amount", "due", "paid"]');
SELECT * FROM group_records(:t, '{}', '[]');
SELECT * FROM group_records(:t, '{}', '["stage", {"column": "stage"}]');
SELECT count_records(:t, '{}', 0);
SELECT * FROM query_records('00000000-0000-4000-8000-0000000000ff', '{}');
SELECT * FROM query_records(NULL, '{}');
SELECT explain_records(:t, '{"filter": {"column": "due", "op": "is", "value": "2024-03-01"}}') - 'advice' AS plan,
    explain_records(:t, '{"filter": {"column": "due", "op": "is", "value": "2024-03-01"}}') ->> 'advice' LIKE 'UPDATE table_columns SET indexed = true WHERE id = %' AS has_advice;
-- What queries asked for, counted without a write.
SELECT column_name, is_indexed, query_count > 3 AS often, examined_records > returned_records AS in_vain, p95_ms > 0 AS timed, estimated_bytes BETWEEN 500 AND 5000 AS sized
FROM index_advice(:t) WHERE column_name IN ('stage', 'due', 'note');
SELECT * FROM index_advice('00000000-0000-4000-8000-0000000000ff');
-- Values that a filter finds by one value are one, in groups and figures; the record with the lowest id says how it is written. Computed columns show what the record knows.
\set d '''00000000-0000-4000-8000-00000000000d'''
INSERT INTO tables (id, organization_id, name) VALUES (:d, :org, 'Calls');
INSERT INTO table_columns (table_id, name, type, options) VALUES
    (:d, 'at', 'datetime', '{}'), (:d, 'ph', 'phone', '{"default_region": "JP"}'), (:d, 'tm', 'time', '{}'), (:d, 'who', 'uuid', '{}'), (:d, 'tags', 'multi_select', '{"choices": ["a", "b"]}'), (:d, 'made', 'created_at', '{}');
INSERT INTO records (id, table_id, created_at, data) VALUES
    (id(201), :d, '2024-01-01', '{"at": "2026-11-30T00:00:00Z", "ph": "03-1234-5678", "tm": "09:00", "who": "0193b5a0-0000-7000-8000-0000000000b1", "tags": ["a", "b"]}'),
    (id(202), :d, 'infinity', '{"at": "2026-11-30T09:00:00+09:00", "ph": "+81 3 1234 5678", "tm": "09:00:00", "who": "0193B5A0-0000-7000-8000-0000000000B1", "tags": ["b", "a"]}'),
    (id(203), :d, 'infinity', '{}'), (id(204), :d, '-infinity', '{}');
SELECT by, group_values, record_count FROM unnest('{at,ph,tm,who,tags}'::text[]) AS by CROSS JOIN group_records(:d, '{}', jsonb_build_array(by)) WHERE record_count <> 2 OR group_values ->> by IS NOT NULL;
SELECT jsonb_object_agg(by, aggregate_records(:d, '{}', jsonb_build_object('unique', jsonb_build_object('function', 'unique', 'column', by))) -> 'unique') FROM unnest('{at,ph,tm,who,tags}'::text[]) AS by;
SELECT aggregate_records(:d, '{}', '{"least": {"function": "min", "column": "made"}, "most": {"function": "max", "column": "made"}, "range": {"function": "range", "column": "made"}, "tags": {"function": "distribution", "column": "tags"}}');
SELECT group_values, record_count FROM group_records(:d, '{}', '[{"column": "made", "period": "year"}]');
-- Page by page to the last record, both ways, whatever its moment.
WITH RECURSIVE pages AS (
    SELECT sort.*, page.record_id, page.cursor, 1 AS step FROM unnest(ARRAY['[]', '[{"column": "created_at", "direction": "desc"}]', '[{"column": "made"}]']) AS sort
    CROSS JOIN LATERAL query_records(:d, jsonb_build_object('sort', sort::jsonb, 'limit', 1)) AS page
    UNION ALL
    SELECT pages.sort, page.record_id, page.cursor, pages.step + 1 FROM pages CROSS JOIN LATERAL query_records(:d, jsonb_build_object('sort', pages.sort::jsonb, 'limit', 1, 'after', pages.cursor)) AS page
)
SELECT sort, string_agg(right(record_id::text, 3), ' ' ORDER BY step) FROM (SELECT * FROM pages LIMIT 100) AS pages GROUP BY sort ORDER BY sort;
SELECT record -> 'made' AS made, record ? 'created_at' AS whole FROM query_records(:d, '{}') WHERE record_id = id(201);
SELECT record FROM query_records(:d, '{"fields": ["made"]}');
-- Zones by name alone: the server reads an offset with the opposite sign.
SELECT count_records(:d, jsonb_build_object('time_zone', zone)) FROM unnest('{Asia/Tokyo,Etc/GMT-9}'::text[]) AS zone;
SELECT count_records(:d, '{"time_zone": "+09:00"}');
SELECT count_records(:d, '{"time_zone": "JST-9"}');
-- No more indexes than a table may have, also by indexed.
INSERT INTO table_columns (table_id, name, type, indexed) SELECT :d, 'n' || n, 'integer', true FROM generate_series(1, 65) AS n;
-- A page may name one record many times, a sum add numbers of any length: both within bounds.
SET rowkit.max_work_mem = '1MB';
UPDATE records SET data = jsonb_build_object('note', repeat('x', 300000)) WHERE id = id(101);
UPDATE records SET data = data || jsonb_build_object('customer', id(101)) WHERE table_id = :t;
SELECT count(*) FROM query_records(:t, '{"expand": ["customer"]}');
SELECT count(*) FROM query_records(:t, '{"expand": ["customer"], "limit": 1}');
RESET rowkit.max_work_mem;
UPDATE table_columns SET options = '{}', type = 'number' WHERE name = 'amount';
INSERT INTO records (table_id, data) VALUES (:t, '{"amount": 1e100}'), (:t, '{"amount": 1e-100}');
SELECT aggregate_records(:t, '{}', '{"sum": {"function": "sum", "column": "amount"}}');
INSERT INTO records (table_id, data) VALUES (:t, '{"amount": 1e5000}');
SELECT aggregate_records(:t, '{}', '{"sum": {"function": "std_dev", "column": "amount"}}');
SELECT length(aggregate_records(:t, '{}', '{"max": {"function": "max", "column": "amount"}}') ->> 'max');
-- In a transaction that may not write, with no search_path and odd settings.
BEGIN READ ONLY;
SET LOCAL search_path = '';
SET LOCAL datestyle = 'German';
SELECT record ->> 'name' AS name FROM public.query_records('00000000-0000-4000-8000-00000000000b', '{"filter": {"column": "due", "op": "before", "value": "2024-03-01"}}');
COMMIT;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
