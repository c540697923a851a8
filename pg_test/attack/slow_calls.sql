-- Native calls that take their time with arguments that anybody may give. statement_timeout must end each of them, or a bound of its own: nobody may keep a
-- processor busy past it. (A release build answers within 1.2 s; this one need not be quick, so the test allows 3.)
\connect - authenticator
SELECT attack.sign_in('a3');
SET search_path = ct, rowkit;
INSERT INTO ct.tables (id, organization_id, name) VALUES (attack.id('T'), attack.id('A'), 'attack');
INSERT INTO ct.table_columns (table_id, name, type, options) VALUES (attack.id('T'), 'many', 'multi_select', (SELECT jsonb_build_object('choices', jsonb_agg('choice' || n)) FROM generate_series(1, 400) AS n));
-- The arguments are made first, in a statement without the limit.
CREATE TEMP TABLE given (name text, value jsonb, words text);
INSERT INTO given VALUES
    ('items', (SELECT jsonb_build_object('many', jsonb_agg('choice' || n % 400 || ' ' || n)) FROM generate_series(1, 30000) AS n), NULL),
    ('names', NULL, (SELECT string_agg('{{n' || n || '}}', '') FROM generate_series(1, 100000) AS n)),
    ('doubling', (SELECT jsonb_build_object('$ref', '#/$defs/d0', '$defs', jsonb_object_agg('d' || i, CASE WHEN i = 24 THEN '{"type": "string"}'::jsonb
        ELSE jsonb_build_object('if', jsonb_build_object('$ref', '#/$defs/d' || i + 1), 'then', jsonb_build_object('$ref', '#/$defs/d' || i + 1), 'else', jsonb_build_object('$ref', '#/$defs/d' || i + 1)) END))
        FROM generate_series(0, 24) AS i), NULL),
    ('enum', (SELECT jsonb_build_object('items', jsonb_build_object('enum', jsonb_agg(jsonb_build_array(n, repeat('x', 20))))) FROM generate_series(1, 1000) AS n), NULL),
    ('instances', (SELECT jsonb_agg(jsonb_build_array(-n, repeat('x', 20))) FROM generate_series(1, 10000) AS n), NULL),
    ('unique', (SELECT jsonb_agg(jsonb_build_array(n, repeat('x', 20))) FROM generate_series(1, 10000) AS n), NULL),
    ('text', NULL, repeat('the quick brown fox ', 50000)),
    ('phrase', NULL, '"' || repeat('quick brown ', 12) || 'fox"'),
    ('long', NULL, repeat('ﾊﾝｶｸ株式会社', 200000)),
    ('digits', (SELECT jsonb_agg(repeat('7', 131000)::numeric + n) FROM generate_series(1, 20) AS n), NULL),
    ('bytes', NULL, repeat('x', 400000000));
CREATE FUNCTION pg_temp.given(name text) RETURNS jsonb LANGUAGE sql AS 'SELECT value FROM given WHERE given.name = $1';
CREATE FUNCTION pg_temp.words(name text) RETURNS text LANGUAGE sql AS 'SELECT words FROM given WHERE given.name = $1';
-- The call is answered, stopped, or refused for its size; `refuses` says that its arguments are refused in any case.
CREATE FUNCTION pg_temp.timed(call text, refuses boolean DEFAULT false) RETURNS interval LANGUAGE plpgsql AS $$
DECLARE
    answer text; began timestamptz; took interval;
BEGIN
    began := clock_timestamp();
    BEGIN
        EXECUTE format('SELECT (%s)::text', call) INTO answer;
    EXCEPTION WHEN query_canceled OR program_limit_exceeded OR statement_too_complex THEN NULL;
    WHEN invalid_parameter_value THEN
        IF NOT refuses THEN
            RAISE;
        END IF;
    END;
    took := clock_timestamp() - began;
    IF took > interval '3 s' THEN
        RAISE EXCEPTION 'ATTACK SUCCEEDED: % took % with a statement_timeout of 1 s', call, took;
    END IF;
    RETURN took;
END
$$;
SET statement_timeout = '1s';
SELECT pg_temp.timed('rowkit.cast_record(attack.id(''T''), pg_temp.given(''items''))');
SELECT pg_temp.timed('rowkit.validate_record(attack.id(''T''), pg_temp.given(''items''))');
SELECT pg_temp.timed('rowkit.template_variables(pg_temp.words(''names''))');
SELECT pg_temp.timed('rowkit.render_text(pg_temp.words(''names''), ''{"n1": 1}'')', true);
SELECT pg_temp.timed('rowkit.is_valid_json(pg_temp.given(''doubling''), ''{"a": 1}'')', true);
SELECT pg_temp.timed('rowkit.is_valid_json(pg_temp.given(''enum''), pg_temp.given(''instances''))');
SELECT pg_temp.timed('rowkit.validate_json(pg_temp.given(''enum''), pg_temp.given(''instances''))');
SELECT pg_temp.timed('rowkit.is_valid_json(''{"uniqueItems": true}'', pg_temp.given(''unique''))');
SELECT pg_temp.timed('rowkit.search_highlight(pg_temp.words(''text''), pg_temp.words(''phrase''))');
SELECT pg_temp.timed('rowkit.search_query(pg_temp.words(''text''))');
SELECT pg_temp.timed('rowkit.search_key(pg_temp.words(''long''))');
SELECT pg_temp.timed('rowkit.validate_against_schema(jsonb_build_object(''version'', 1, ''columns'', (SELECT jsonb_agg(jsonb_build_object(''id'', gen_random_uuid(), ''name'', ''d'' || n, ''type'', ''decimal'', '
    '''options'', ''{"multiple_of": 7.0007}''::jsonb)) FROM generate_series(0, 19) AS n)), (SELECT jsonb_object_agg(''d'' || n, pg_temp.given(''digits'') -> n) FROM generate_series(0, 19) AS n))');
SELECT pg_temp.timed('rowkit.hash_api_token(pg_temp.words(''bytes''))');
SELECT pg_temp.timed('rowkit.validate_workflow((SELECT jsonb_agg(jsonb_build_object(''id'', n::text, ''type'', ''action'')) FROM generate_series(1, 60000) AS n), '
    '(SELECT jsonb_agg(jsonb_build_object(''id'', n::text, ''source'', n::text, ''target'', (n + 1)::text)) FROM generate_series(1, 60000) AS n))');
