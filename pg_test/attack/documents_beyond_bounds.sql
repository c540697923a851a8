-- A member defines a json column whose JSON Schema takes memory and time that double with each level of $ref, or whose recursion goes past the server's stack,
-- and writes one record. Once the server crashed. The definition must be refused, or the record, in little time.
\connect - authenticator
SELECT attack.sign_in('a3');
SET search_path = ct, rowkit;
SET statement_timeout = '20s';
INSERT INTO ct.tables (id, organization_id, name) VALUES (attack.id('T'), attack.id('A'), 'attack');
-- Each level refers to the next one twice: 2^17 ways lead down.
CREATE FUNCTION pg_temp.doubling(levels integer, keyword text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('$ref', '#/$defs/d0', '$defs', jsonb_object_agg('d' || i, CASE
        WHEN i = levels THEN '{"type": "string"}'::jsonb
        ELSE jsonb_build_object(keyword, jsonb_build_array(jsonb_build_object('$ref', '#/$defs/d' || (i + 1)), jsonb_build_object('$ref', '#/$defs/d' || (i + 1)))) END))
    FROM generate_series(0, levels) AS i
$$;
SELECT attack.refused(format('INSERT INTO ct.table_columns (table_id, name, type, options) VALUES (%L, %L, ''json'', %L)',
    attack.id('T'), 'j' || keyword, jsonb_build_object('schema', pg_temp.doubling(17, keyword))), '22023', '54000')
FROM unnest('{anyOf,allOf,oneOf}'::text[]) AS keyword;
-- The same by if, then and else, and by properties of one instance, and by a $dynamicRef.
SELECT attack.refused(format('INSERT INTO ct.table_columns (table_id, name, type, options) VALUES (%L, ''jif'', ''json'', %L)', attack.id('T'), jsonb_build_object('schema',
    jsonb_build_object('$ref', '#/$defs/d0', '$defs', (SELECT jsonb_object_agg('d' || i, CASE
        WHEN i = 17 THEN '{"type": "string"}'::jsonb
        ELSE jsonb_build_object('if', jsonb_build_object('$ref', '#/$defs/d' || (i + 1)), 'then', jsonb_build_object('$ref', '#/$defs/d' || (i + 1)), 'else', jsonb_build_object('$ref', '#/$defs/d' || (i + 1))) END)
        FROM generate_series(0, 17) AS i)))), '22023', '54000');
-- A circle that meets the same place of the document twice, for ever.
SELECT attack.refused(format('INSERT INTO ct.table_columns (table_id, name, type, options) VALUES (%L, ''circle'', ''json'', %L)', attack.id('T'),
    '{"schema": {"$ref": "#/$defs/x", "$defs": {"x": {"anyOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/x"}]}}}}'), '22023', '54000');
-- Functions and a trigger that take a schema as an argument go by the same rule.
SELECT attack.refused(format('SELECT rowkit.validate_json(%L, ''{"a": 1}'')', pg_temp.doubling(17, 'anyOf')), '22023', '54000');
SELECT attack.refused(format('SELECT rowkit.validate_against_schema(%L, ''{"j": {"a": 1}}'')',
    jsonb_build_object('version', 1, 'columns', jsonb_build_array(jsonb_build_object('id', attack.id('c'), 'name', 'j', 'type', 'json', 'options', jsonb_build_object('schema', pg_temp.doubling(17, 'anyOf')))))),
    '22023', '54000', '23514');
CREATE TEMP TABLE one (j jsonb);
DO $$
BEGIN
    PERFORM attack.refused(format('DO $do$ BEGIN CREATE TRIGGER check_it BEFORE INSERT ON pg_temp.one FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema(''j'', %L); '
        'INSERT INTO pg_temp.one VALUES (''{"a": 1}''); END $do$', pg_temp.doubling(17, 'anyOf')), '22023', '54000');
END
$$;
-- What writes a name hundreds of times takes none that no schema has.
SELECT attack.refused(call, '22023', '42622', '54000', '57014') FROM unnest(ARRAY[
    $$SELECT rowkit_internal._blueprint_scripts('customer_accounts', repeat('x', 33000000))$$,
    $$SELECT rowkit_internal._plain_blueprint_scripts('data_catalog', repeat('x', 33000000), '{}')$$,
    $$SELECT * FROM rowkit.install_blueprint('data_catalog', repeat('x', 33000000), dry_run => true)$$,
    $$SELECT rowkit_internal._trigger_arguments(convert_to(repeat('x', 100000000), 'UTF8'), 1::smallint)$$]) AS call;
