-- Typed fields of JSON documents, whose indexes serve end users under row security.
SELECT left(field_text(data, 'a'), 40) AS field_text, field_int8(data, 'a'), field_float8(data, 'a'), field_bool(data, 'a'), field_date(data, 'a'), field_timestamptz(data, 'a'), left(data::text, 40) AS data
FROM unnest(ARRAY['{"a": "x"}', '{"a": 12}', '{"a": 12.0}', '{"a": 12.5}', '{"a": 9223372036854775808}', '{"a": 1e400}', '{"a": true}', '{"a": "2024-02-29"}', '{"a": "2023-02-29"}',
    '{"a": "2024-02-29T12:00:00.123456+09:00"}', '{"a": "0000-01-01"}', '{"a": "9999-12-31T23:59:60Z"}', '{"a": null}', '{"a": [1]}', '{"a": {}}', '{"b": 1}', '[1]', '"a"', '1', 'null']::jsonb[]) AS data;
SELECT proname, proleakproof, provolatile, proparallel, proisstrict FROM pg_proc WHERE pronamespace = 'rowkit'::regnamespace AND proname ~ '^field_' ORDER BY proname COLLATE "C";

CREATE SCHEMA app;
CREATE ROLE end_user;
CREATE TABLE app.documents (id bigint PRIMARY KEY, tenant uuid NOT NULL, data jsonb NOT NULL);
INSERT INTO app.documents SELECT n, ('00000000-0000-4000-8000-' || lpad((n % 10)::text, 12, '0'))::uuid, jsonb_build_object('city', 'c' || n % 100, 'amount', n) FROM generate_series(1, 10000) AS n;
CREATE INDEX documents_city ON app.documents (tenant, field_text(data, 'city'));
CREATE INDEX documents_city_plain ON app.documents (tenant, (data ->> 'city'));
ALTER TABLE app.documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.documents USING (tenant = current_setting('app.tenant')::uuid);
GRANT USAGE ON SCHEMA app TO end_user;
GRANT SELECT ON app.documents TO end_user;
ANALYZE app.documents;
SET app.tenant = '00000000-0000-4000-8000-000000000003';
SET ROLE end_user;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM app.documents WHERE rowkit.field_text(data, 'city') = 'c13';
SELECT count(*) FROM app.documents WHERE rowkit.field_text(data, 'city') = 'c13';
RESET ROLE;
DROP SCHEMA app CASCADE;
DROP ROLE end_user;
