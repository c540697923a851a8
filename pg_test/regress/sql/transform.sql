\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
-- The seed's example: an old customer becomes a record.
SELECT jsonb_pretty(transform_to_record('{
    "name": "佐藤", "email": "sato@example.com", "company_name": "株式会社エムロック", "status": "リード", "phone": "03-1234-5678",
    "custom_fields": {"linkedin_url": "https://example.com/sato", "notes": "Important client", "employee_count": 50}}'));
-- And a record becomes what is displayed, whether written by hand or a row.
SELECT transform_from_record('{"name": "佐藤", "company": "株式会社エムロック", "data": {"phone": "03-1234-5678", "industry": "IT"}}');
SELECT transform_from_record(to_jsonb(stored))
FROM (SELECT 'a'::text AS name, NULL::text AS email, '{"n": 1}'::jsonb AS data, 'a'::tsvector AS search_vector) AS stored;
-- The two halves.
SELECT extract_common_fields('{"name": "a", "company_name": "c", "phone": "1"}');
SELECT extract_custom_fields('{"name": "a", "company_name": "c", "phone": "1", "data": {"x": 1}, "custom_fields": {"y": 2}}');
-- What is not given is left out, so a partial update stays partial; a null that is given stays.
SELECT transform_to_record('{"email": null, "phone": null}');
SELECT transform_to_record('{}');
-- A record stays as it is, with its columns at the top.
SELECT transform_to_record('{"id": "i", "table_id": "t", "organization_id": "o", "created_by": "u", "name": "a", "data": {"name": "b", "id": 5}}');
-- company_name is company, unless company has a value; another value is kept.
SELECT transform_to_record('{"company": null, "company_name": "b"}');
SELECT transform_to_record('{"company": "a", "company_name": "a"}');
SELECT transform_to_record('{"company": "a", "company_name": "b"}');
-- Collisions: what is given directly, then data, then custom_fields; null gives way; what loses stays under where it came from.
SELECT transform_to_record('{"phone": "1", "data": {"phone": "2", "x": 1}, "custom_fields": {"phone": "3", "x": 1, "y": 2}}');
SELECT transform_to_record('{"phone": null, "custom_fields": {"phone": "3"}}');
SELECT transform_to_record('{"phone": "1", "data": {"phone": "2", "data": 5}, "custom_fields": {"custom_fields": 6}}');
SELECT transform_from_record('{"name": "a", "email": null, "data": {"name": "b", "email": "e", "phone": "1"}}');
SELECT transform_from_record('{"name": "a", "data": {"name": "b", "data": {"phone": "2"}}}');
-- data and custom_fields that hold no fields are values.
SELECT transform_to_record('{"data": [1, 2], "custom_fields": "note"}');
SELECT transform_from_record('{"name": "a", "data": [1, 2]}');
SELECT transform_to_record('{"data": null, "custom_fields": null}');
-- Digits stay as they are.
SELECT transform_from_record(transform_to_record('{
    "amount": 12345678901234567890123456789012345.678, "minor": 1000000000000000000, "rate": 0.10,
    "custom_fields": {"tiny": 0.00000000000000000000000000000000000001, "list": [99999999999999999999999999999999999999]}}'));
-- NULL is NULL; anything but an object is refused.
SELECT transform_to_record(NULL) IS NULL, transform_from_record(NULL) IS NULL;
SELECT transform_to_record('[]');
SELECT transform_from_record('"a"');
SELECT extract_common_fields('1');
SELECT extract_custom_fields('null');
SELECT provolatile, proparallel, proname FROM pg_proc
WHERE pronamespace = 'rowkit'::regnamespace AND (proname ~ '^(transform|extract)_') ORDER BY proname COLLATE "C";
-- 3,000 random documents, every value in each of its own: none is lost there and back, and a record stays as it is.
CREATE FUNCTION pg_temp.random_fields(names text[], depth integer) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(jsonb_object_agg(name, CASE
        WHEN depth > 0 AND name IN ('data', 'custom_fields') AND random() < 0.8 THEN pg_temp.random_fields(names, depth - 1)
        WHEN random() < 0.15 THEN 'null'
        ELSE to_jsonb(gen_random_uuid()::text) END), '{}')
    FROM unnest(names) AS name WHERE random() < 0.6
$$;
CREATE FUNCTION pg_temp.leaves(document jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(leaf #>> '{}'), '{}') FROM jsonb_path_query(document, 'strict $.** ? (@.type() == "string")') AS leaf
$$;
WITH sample AS MATERIALIZED (
    SELECT pg_temp.random_fields(
        ARRAY['name', 'company', 'company_name', 'id', 'created_by', 'phone', 'note', 'data', 'custom_fields'], 2) AS document
    FROM generate_series(1, 3000) AS number WHERE number > 0
), turned AS (
    SELECT document, transform_to_record(document) AS record, transform_from_record(transform_to_record(document)) AS flat FROM sample
)
SELECT
    count(*) FILTER (WHERE NOT pg_temp.leaves(record) @> pg_temp.leaves(document)) AS lost_in_record,
    count(*) FILTER (WHERE NOT pg_temp.leaves(flat) @> pg_temp.leaves(document)) AS lost_in_display,
    count(*) FILTER (WHERE NOT pg_temp.leaves(transform_to_record(flat)) @> pg_temp.leaves(document)) AS lost_on_the_way_back,
    count(*) FILTER (WHERE transform_to_record(record) <> record) AS changed_again,
    count(DISTINCT document) > 2900 AS really_random
FROM turned;
