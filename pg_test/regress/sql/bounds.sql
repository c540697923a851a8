-- Memory: refused with 54000 before it is allocated. A small limit keeps the test small.
LOAD 'rowkit';
SHOW rowkit.max_work_mem;
SET rowkit.max_work_mem = '1MB';
SELECT length(render_text(repeat('{{a}}', 20), jsonb_build_object('a', repeat('x', 20000))));
SELECT render_text(repeat('{{a}}', 60), jsonb_build_object('a', repeat('x', 20000)));
SELECT array_length(template_variables(string_agg('{{name' || n || '}}', '')), 1) FROM generate_series(1, 10000) AS n;
SELECT template_variables(string_agg('{{name' || n || '}}', '')) FROM generate_series(1, 100000) AS n;
SELECT length(search_key(repeat('x', 80000)));
SELECT search_key(repeat('x', 100000));
SELECT search_highlight(repeat('a ', 100000), 'a');
-- One sign that becomes eighteen.
SELECT search_key(repeat('ﷺ', 20000));
-- A number of ten bytes that is written with 131,072 digits.
SELECT validate_json(jsonb_build_object('const', jsonb_agg(1e131071)), '1') FROM generate_series(1, 100);
SELECT is_valid_json('{"uniqueItems": true}', jsonb_agg(n)) FROM generate_series(1, 20000) AS n;
SELECT validate_workflow(jsonb_agg(jsonb_build_object('id', n::text)), '[]') FROM generate_series(1, 20000) AS n;
SELECT count(*) > 0 AS made FROM install_blueprint('custom_tables', 'ct');
INSERT INTO ct.organizations (id, name) VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 'Acme');
INSERT INTO ct.tables (id, organization_id, name) VALUES ('aaaaaaaa-1111-4000-8000-000000000000', 'aaaaaaaa-0000-4000-8000-000000000000', 'T');
INSERT INTO ct.table_columns (table_id, name, type, options) VALUES
    ('aaaaaaaa-1111-4000-8000-000000000000', 'tags', 'multi_select', '{"choices": ["one", {"name": "Two", "id": "t"}]}'),
    ('aaaaaaaa-1111-4000-8000-000000000000', 'note', 'long_text', '{}'),
    ('aaaaaaaa-1111-4000-8000-000000000000', 'extra', 'json', '{}'),
    ('aaaaaaaa-1111-4000-8000-000000000000', 'any', 'json', '{"max_depth": 300}');
SELECT cast_record('aaaaaaaa-1111-4000-8000-000000000000', jsonb_build_object('tags', '[]', 'note', repeat('x', 300000)), 'ct.tables');
SELECT data, changes FROM cast_record('aaaaaaaa-1111-4000-8000-000000000000', '{"tags": ["ＴＷＯ", "t", "ONE", "three"]}', 'ct.tables');
-- A write does not fail for what a text holds: past the limit the search vector is cut.
UPDATE ct.table_columns SET searchable = true WHERE name = 'note';
INSERT INTO ct.records (id, table_id, data) VALUES
    ('aaaaaaaa-2222-4000-8000-000000000000', 'aaaaaaaa-1111-4000-8000-000000000000', jsonb_build_object('note', 'first ' || repeat('word ', 50000)));
SELECT row_count, cut_count FROM search_vector_status('ct.records');
SELECT count(*) FROM ct.records WHERE search_vector @~ search_query('first');
-- Only a superuser sets the limit, or who was granted SET on it.
CREATE ROLE bounds_member;
GRANT USAGE ON SCHEMA rowkit TO bounds_member;
SET ROLE bounds_member;
SET rowkit.max_work_mem = '1GB';
RESET ROLE;
RESET rowkit.max_work_mem;

-- Depth: of a json column 64 levels unless it says more.
SELECT validate_record('aaaaaaaa-1111-4000-8000-000000000000', ('{"extra": ' || repeat('[', 64) || repeat(']', 64) || '}')::jsonb, 'ct.tables') AS as_deep;
SELECT validate_record('aaaaaaaa-1111-4000-8000-000000000000', ('{"extra": ' || repeat('[', 65) || repeat(']', 65) || '}')::jsonb, 'ct.tables') #- '{0,column_id}' AS deeper;
SELECT validate_record('aaaaaaaa-1111-4000-8000-000000000000', ('{"any": ' || repeat('[', 300) || repeat(']', 300) || '}')::jsonb, 'ct.tables') AS as_allowed;
SELECT is_valid_json('{"$ref": "#/$defs/x", "$defs": {"x": {"items": {"$ref": "#/$defs/x"}}}}', (repeat('[', 100) || repeat(']', 100))::jsonb);
-- The stack is looked at on the way down; how deep it is differs with the build.
CREATE FUNCTION ends(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE call;
    RETURN 'done';
EXCEPTION WHEN statement_too_complex THEN
    RETURN SQLSTATE;
END $$;
SET max_stack_depth = '200kB';
SELECT ends($$SELECT is_valid_json('{"$ref": "#/$defs/x", "$defs": {"x": {"type": "array", "items": {"allOf": [{"$ref": "#/$defs/x"}]}}}}',
    (repeat('[', 1200) || repeat(']', 1200))::jsonb)$$);
SELECT ends($$SELECT search_key('x'), validate_json('{}', '1'), schema_to_json_schema('{}')$$);
RESET max_stack_depth;

-- JSON Schemas: what could take more than linear time in a document is refused, with its place.
CREATE FUNCTION chain(link text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('$ref', '#/$defs/d0', '$defs', jsonb_object_agg('d' || i, CASE WHEN i < 22
        THEN replace(link, 'NEXT', '{"$ref": "#/$defs/d' || (i + 1) || '"}')::jsonb ELSE '{"type": "string"}'::jsonb END))
    FROM generate_series(0, 22) AS i
$$;
SELECT is_valid_json(chain('{"anyOf": [NEXT, NEXT]}'), '{"a": 1}');
SELECT validate_json(chain('{"if": NEXT, "then": NEXT}'), '{"a": 1}');
SELECT is_valid_json('{"$ref": "#/$defs/x", "$defs": {"x": {"anyOf": [{"items": {"$ref": "#/$defs/x"}}, {"items": {"$ref": "#/$defs/x"}}]}}}', '[]');
SELECT is_valid_json('{"$ref": "#/$defs/x", "$defs": {"x": {"anyOf": [{"$ref": "#/$defs/x"}, {"type": "string"}]}}}', '[]');
SELECT is_valid_json(jsonb_build_object('properties', jsonb_build_object('a', jsonb_build_object('enum', jsonb_agg(n)))), '[]') FROM generate_series(1, 3000) AS n;
SELECT is_valid_json(jsonb_build_object('description', repeat('x', 600000)), '[]');
SELECT is_valid_json(('{"not": ' || repeat('{"not": ', 70) || '{}' || repeat('}', 71))::jsonb, '[]');
INSERT INTO ct.table_columns (table_id, name, type, options) SELECT 'aaaaaaaa-1111-4000-8000-000000000000', 'j', 'json', jsonb_build_object('schema', chain('{"anyOf": [NEXT, NEXT]}'));
SELECT validate_against_schema(jsonb_build_object('columns', jsonb_build_array(jsonb_build_object('name', 'j', 'type', 'json', 'options',
    jsonb_build_object('schema', chain('{"oneOf": [NEXT, NEXT]}'))))), '{}');
CREATE TABLE place (id integer, address jsonb);
CREATE TRIGGER place_address BEFORE INSERT ON place FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('address',
    '{"$ref": "#/$defs/x", "$defs": {"x": {"items": {"$ref": "#/$defs/x"}, "contains": {"$ref": "#/$defs/x"}}}}');
INSERT INTO place VALUES (1, '[]');
DROP TRIGGER place_address ON place;
-- A tree is no such thing.
CREATE TRIGGER place_address BEFORE INSERT ON place FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('address',
    '{"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}}');
INSERT INTO place VALUES (1, '{"name": "a", "children": [{"name": "b", "children": []}]}');
INSERT INTO place VALUES (1, '{"name": "a", "children": [{"name": 5, "children": []}]}');
-- The budget of an evaluation is linear in the document.
SELECT is_valid_json(jsonb_build_object('items', jsonb_build_object('anyOf', (SELECT jsonb_agg(jsonb_build_object('enum',
    (SELECT jsonb_agg(ARRAY[n * 500 + m]) FROM generate_series(1, 500) AS m))) FROM generate_series(10, 40) AS n))), jsonb_agg(ARRAY[20500])) FROM generate_series(1, 1000);
-- Errors: the first hundred, in bounded memory.
SELECT jsonb_array_length(validate_json('{"items": {"type": "string"}}', jsonb_agg(n))) FROM generate_series(1, 200) AS n;
SELECT validate_json('{"items": false}', jsonb_agg(n)) FROM generate_series(1, 300000) AS n;
SELECT length(validate_json('{"additionalProperties": false}', jsonb_object_agg('key' || n, n)) -> 0 ->> 'message') FROM generate_series(1, 2000) AS n;
-- Long texts and heavy patterns do not meet uninterrupted; a column's pattern is then matched step by step.
SELECT is_valid_json('{"pattern": "^(a|b|ab){1,100}([a-z]{1,50}){1,50}c$"}', to_jsonb(repeat('ab', 200000)));
SELECT validate_against_schema('{"columns": [{"name": "a", "type": "long_text", "options": {"pattern": "^(a|b|ab){1,100}([a-z]{1,50}){1,50}c$"}}]}',
    jsonb_build_object('a', repeat('ab', 50000))) -> 0 ->> 'code' AS code;
SELECT validate_against_schema('{"columns": [{"name": "a", "type": "long_text", "options": {"pattern": "^\\w+\\b.*c$"}}]}', jsonb_build_object('a', repeat('ab ', 500000) || 'c'));

-- Sums: checked; where there is a limit it is what refuses.
CREATE TABLE accounts (id uuid PRIMARY KEY, current_storage_mb bigint NOT NULL DEFAULT 0, current_small_mb integer NOT NULL DEFAULT 0, max_storage_mb bigint);
CREATE TABLE files (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id uuid REFERENCES accounts (id), size_mb bigint NOT NULL);
SELECT count(*) > 0 AS made FROM enable_usage_counter('files', 'accounts', 'current_storage_mb', sum_column => 'size_mb', limit_column => 'max_storage_mb');
INSERT INTO accounts (id, max_storage_mb) VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 1024), ('bbbbbbbb-0000-4000-8000-000000000000', NULL);
INSERT INTO files (account_id, size_mb) VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 1000);
INSERT INTO files (account_id, size_mb) VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 9223372036854775807);
INSERT INTO files (account_id, size_mb) VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 9223372036854775807), ('aaaaaaaa-0000-4000-8000-000000000000', 9223372036854773000);
INSERT INTO files (account_id, size_mb) VALUES ('bbbbbbbb-0000-4000-8000-000000000000', 9223372036854775807);
INSERT INTO files (account_id, size_mb) VALUES ('bbbbbbbb-0000-4000-8000-000000000000', 1);
-- What a statement adds and takes away again is no overflow.
UPDATE files SET size_mb = 9223372036854775806 WHERE account_id = 'bbbbbbbb-0000-4000-8000-000000000000';
INSERT INTO files (account_id, size_mb) VALUES ('bbbbbbbb-0000-4000-8000-000000000000', 1);
DELETE FROM files WHERE account_id = 'bbbbbbbb-0000-4000-8000-000000000000';
SELECT check_usage_available('aaaaaaaa-0000-4000-8000-000000000000', 'storage_mb', 9223372036854775807, 'accounts');
SELECT increment_usage_counter('aaaaaaaa-0000-4000-8000-000000000000'::uuid, 'storage_mb', 9223372036854775807, 'accounts');
SELECT current_storage_mb, (SELECT sum(size_mb) FROM files WHERE account_id = accounts.id) AS real_sum FROM accounts ORDER BY id;
SELECT count(*) > 0 AS made FROM disable_usage_counter('files', 'current_storage_mb');
TRUNCATE files;
UPDATE accounts SET current_storage_mb = 0;
SELECT count(*) > 0 AS made FROM enable_usage_counter('files', 'accounts', 'current_storage_mb', sum_column => 'size_mb', limit_column => 'max_storage_mb', mode => 'sharded');
INSERT INTO files (account_id, size_mb) VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 9223372036854775807);
INSERT INTO files (account_id, size_mb) VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 1);
INSERT INTO files (account_id, size_mb) VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 9223372036854775807);
SELECT increment_usage_counter('aaaaaaaa-0000-4000-8000-000000000000'::uuid, 'storage_mb', 9223372036854775807, 'accounts');
INSERT INTO files (account_id, size_mb) VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 9223372036854775807), ('aaaaaaaa-0000-4000-8000-000000000000', 9223372036854773000);
SELECT read_usage_counter('aaaaaaaa-0000-4000-8000-000000000000', 'storage_mb', 'accounts') AS read, (SELECT sum(size_mb) FROM files) AS real_sum;
INSERT INTO files (account_id, size_mb) VALUES ('bbbbbbbb-0000-4000-8000-000000000000', 9223372036854775807);
INSERT INTO files (account_id, size_mb) VALUES ('bbbbbbbb-0000-4000-8000-000000000000', 9223372036854775807);
SELECT count(*) > 0 AS made FROM enable_credits('accounts');
SELECT grant_credits('aaaaaaaa-0000-4000-8000-000000000000'::uuid, 9223372036854775807) ->> 'balance' AS balance;
SELECT grant_credits('aaaaaaaa-0000-4000-8000-000000000000'::uuid, 1);
SET rowkit.allow_schema_edit = on;
UPDATE ct.tables SET schema = jsonb_set(schema, '{version}', '9223372036854775807') WHERE id = 'aaaaaaaa-1111-4000-8000-000000000000';
UPDATE ct.tables SET schema = jsonb_set(schema, '{columns, 0, label}', '"Another"') WHERE id = 'aaaaaaaa-1111-4000-8000-000000000000';
RESET rowkit.allow_schema_edit;
UPDATE ct.table_columns SET label = 'Another' WHERE name = 'note';

-- LEAKPROOF functions: what they raise depends on the asker's arguments alone.
SELECT oid::regprocedure FROM pg_proc WHERE proleakproof AND pronamespace IN ('rowkit'::regnamespace, 'rowkit_internal'::regnamespace) ORDER BY oid::regprocedure::text COLLATE "C";
SELECT value, key, field_text(value, key), field_int8(value, key), field_float8(value, key), field_bool(value, key), field_date(value, key), field_timestamptz(value, key)
FROM unnest(ARRAY['null', '1', '"text"', '[]', '[1]', '{}', '{"a": null}', '{"a": []}', '{"a": {}}', '{"a": ""}', '{"": 1}', '{"a": 1e-20}', '{"a": -9223372036854775809}',
    '{"a": "0000-01-01"}', '{"a": "9999-12-31"}', '{"a": "9999-12-31T23:59:60Z"}', '{"a": "0000-01-01T00:00:00+23:59"}', '{"a": "2024-02-30T24:00:00Z"}']::jsonb[]) AS value,
    unnest('{a, ""}'::text[]) AS key;
SELECT length(field_text(jsonb_build_object('a', number), 'a')), field_int8(jsonb_build_object('a', number), 'a'), field_float8(jsonb_build_object('a', number), 'a')
FROM unnest(ARRAY[1e131071, 1e-16383, repeat('9', 131072)::numeric]) AS number;
-- The same near the end of the stack and of memory: no row is told from another.
SELECT ends($$SELECT sum(length(field_text(value, 'a'))) FROM unnest(ARRAY['{"a": true}', '{"a": "x"}', '{"a": 12.5}', '[]']::jsonb[]) AS value$$);
CREATE TABLE hidden (id integer, tenant integer, search_vector tsvector);
INSERT INTO hidden VALUES (1, 1, 'secret notes'), (2, 1, 'other words');
CREATE INDEX hidden_search ON hidden USING gin (search_vector rowkit.search_ops);
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY none ON hidden FOR SELECT USING (tenant = 2);
GRANT SELECT ON hidden TO bounds_member;
CREATE FUNCTION deep(word text, depth integer) RETURNS tsquery LANGUAGE sql AS $$
    SELECT (quote_literal(word) || ' & ' || repeat('(', depth) || '!zzz' || repeat(' & !zzz)', depth))::tsquery
$$;
-- How far down the stack a query still passes.
CREATE FUNCTION down(levels integer, query tsquery) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF levels > 0 THEN RETURN down(levels - 1, query); END IF;
    RETURN (SELECT count(*) FROM hidden WHERE search_vector OPERATOR(rowkit.@~) query);
END $$;
CREATE FUNCTION passes(levels integer, query tsquery) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM down(levels, query);
    RETURN true;
EXCEPTION WHEN statement_too_complex THEN
    RETURN false;
END $$;
CREATE FUNCTION edge(query tsquery) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE low integer := 0; high integer := 3000; middle integer;
BEGIN
    WHILE high - low > 1 LOOP
        middle := (low + high) / 2;
        IF passes(middle, query) THEN low := middle; ELSE high := middle; END IF;
    END LOOP;
    RETURN low;
END $$;
SET ROLE bounds_member;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM hidden WHERE search_vector OPERATOR(rowkit.@~) 'secret'::tsquery;
-- The first searches plan, which takes stack of its own.
SELECT edge('warm'::tsquery) > 0 AS warm;
SELECT edge('secret'::tsquery) = edge('nosuchword'::tsquery) AS shallow, edge(deep('secret', 1000)) = edge(deep('nosuchword', 1000)) AS deep,
    edge(deep('secret', 1000)) BETWEEN 1 AND 2998 AS is_an_edge;
RESET enable_seqscan;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM hidden WHERE search_vector OPERATOR(rowkit.@~) 'secret'::tsquery;
-- The first searches plan, which takes stack of its own.
SELECT edge('warm'::tsquery) > 0 AS warm;
SELECT edge('secret'::tsquery) = edge('nosuchword'::tsquery) AS shallow, edge(deep('secret', 1000)) = edge(deep('nosuchword', 1000)) AS deep,
    edge(deep('secret', 1000)) BETWEEN 1 AND 2998 AS is_an_edge;
SELECT count(*) FROM hidden WHERE search_vector OPERATOR(rowkit.@~) deep('secret', 2001);
RESET ROLE;
SELECT count(*) FROM hidden WHERE search_vector OPERATOR(rowkit.@~) (SELECT string_agg('w' || n, ' | ')::tsquery FROM generate_series(1, 9000) AS n);
SELECT id FROM hidden WHERE search_vector OPERATOR(rowkit.@~) deep('secret', 1000);
SELECT id FROM hidden WHERE search_vector OPERATOR(rowkit.@~) 'secret & !(notes & other) | (other <-> words)'::tsquery ORDER BY id;
DROP OWNED BY bounds_member;
DROP ROLE bounds_member;
