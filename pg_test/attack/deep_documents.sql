-- A document that is nested deeper than the server's stack goes: native code that follows it by recursion, and does not ask how deep it is, ends the server.
\connect - authenticator
SELECT attack.sign_in('a3');
SET search_path = ct, rowkit;
SET statement_timeout = '30s';
INSERT INTO ct.tables (id, organization_id, name) VALUES (attack.id('T'), attack.id('A'), 'attack');
DO $$
BEGIN
    -- Either the schema is refused, or what is too deep for it.
    BEGIN
        INSERT INTO ct.table_columns (table_id, name, type, options) VALUES (attack.id('T'), 'j', 'json',
            '{"schema": {"$ref": "#/$defs/x", "$defs": {"x": {"type": "array", "not": {"not": {"type": "array", "allOf": [{"type": "array", "anyOf": [{"type": "array", "items": {"$ref": "#/$defs/x"}}]}]}}}}}}');
    EXCEPTION WHEN invalid_parameter_value THEN
        INSERT INTO ct.table_columns (table_id, name, type, options) VALUES (attack.id('T'), 'j', 'json', '{"schema": {"$ref": "#/$defs/x", "$defs": {"x": {"type": "array", "items": {"$ref": "#/$defs/x"}}}}}');
    END;
    PERFORM attack.refused($attack$
        INSERT INTO ct.records (table_id, data) VALUES (attack.id('T'), ('{"j":' || repeat('[', 15000) || repeat(']', 15000) || '}')::jsonb)
    $attack$, '23514', '54001', '54000', '22023');
END
$$;
-- Every native function that takes a jsonb, with a document as deep as the server itself reads. An error or an answer, both are well.
CREATE FUNCTION pg_temp.deep(opens text, closes text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    depth integer := 60000;
BEGIN
    LOOP
        BEGIN
            RETURN (repeat(opens, depth) || '1' || repeat(closes, depth))::jsonb;
        EXCEPTION WHEN statement_too_complex THEN
            depth := depth * 9 / 10;
        END;
    END LOOP;
END
$$;
CREATE FUNCTION pg_temp.try(call text, document jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SELECT (%s)::text', call) INTO answer USING document, attack.id('A table');
    -- Only that there is one counts.
    answer := length(answer)::text;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    IF SQLSTATE LIKE 'XX%' OR SQLSTATE IN ('42883', '42601', '42P01') THEN RAISE EXCEPTION 'ATTACK WENT WRONG with %: % [%]', SQLSTATE, left(SQLERRM, 300), call; END IF;
    RETURN SQLSTATE;
END
$$;
SELECT pg_temp.try(call, pg_temp.deep(shape.opens, shape.closes))
FROM (VALUES ('[', ']'), ('{"a":', '}'), ('{"type":"array","items":', '}'), ('{"not":', '}'), ('{"anyOf":[', ']}')) AS shape(opens, closes)
CROSS JOIN unnest(ARRAY[
    'rowkit.validate_record($2, jsonb_build_object(''salary'', $1))', 'rowkit.validate_record($2, $1)', 'rowkit.cast_record($2, jsonb_build_object(''grade'', $1))',
    'rowkit.validate_against_schema($1, ''{}'')', 'rowkit.validate_against_schema(''{"version": 1, "columns": [{"id": "11111111-1111-4111-8111-111111111111", "name": "j", "type": "json"}]}'', jsonb_build_object(''j'', $1))',
    'rowkit.schema_to_json_schema($1)', 'rowkit.is_valid_json($1, ''1'')', 'rowkit.is_valid_json(''true'', $1)', 'rowkit.is_valid_json(''{"uniqueItems": true, "const": [[1]], "enum": [1]}'', $1)',
    'rowkit.validate_json($1, ''1'')', 'rowkit.validate_json(''{"type": "string"}'', $1)', 'rowkit.validate_workflow($1, $1)', 'rowkit.render_text(''{{a}} {{a.a.a}}'', $1)',
    'rowkit.field_text($1, ''a'')', 'rowkit.extract_common_fields($1)', 'rowkit.transform_to_record($1)', 'rowkit.transform_from_record($1)']) AS call;
-- A query of the search, nested as deep.
SELECT pg_temp.try('rowkit.search_query(repeat(''('', 200000) || ''a'' || repeat('')'', 200000))', '1');
SELECT pg_temp.try('rowkit.search_highlight(''a b c'', repeat(''"a '', 100000))', '1');
