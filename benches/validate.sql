-- What a good team writes by hand: one loop over the schema's columns, with the rules that rowkit has for these types.
CREATE FUNCTION plpgsql_validate(schema jsonb, record jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    col jsonb;
    val jsonb;
    txt text;
    opts jsonb;
    problems jsonb := '[]';
BEGIN
    FOR col IN SELECT jsonb_array_elements(schema -> 'columns') LOOP
        val := record -> (col ->> 'name');
        txt := record ->> (col ->> 'name');
        opts := col -> 'options';
        IF val IS NULL OR txt IS NULL OR txt = '' THEN
            IF (col ->> 'required')::boolean THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'required');
            END IF;
            CONTINUE;
        END IF;
        CASE col ->> 'type'
        WHEN 'text' THEN
            IF jsonb_typeof(val) <> 'string' THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'type');
            ELSIF opts ? 'max_length' AND length(txt) > (opts ->> 'max_length')::integer THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'text.max_length');
            ELSIF txt ~ '[\n\r\u0085\u2028\u2029]' THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'text.line_break');
            END IF;
        WHEN 'email' THEN
            IF length(txt) > 254 OR strpos(txt, '@') > 65
                OR txt !~ '^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)+$' THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'email.invalid');
            END IF;
        WHEN 'integer', 'decimal' THEN
            IF jsonb_typeof(val) <> 'number' THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'type');
            ELSIF opts ? 'min' AND txt::numeric < (opts ->> 'min')::numeric THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'number.min');
            ELSIF opts ? 'max' AND txt::numeric > (opts ->> 'max')::numeric THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'number.max');
            ELSIF col ->> 'type' = 'integer' AND trunc(txt::numeric) <> txt::numeric THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'number.fraction');
            ELSIF opts ? 'scale' AND min_scale(txt::numeric) > (opts ->> 'scale')::integer THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'number.scale');
            END IF;
        WHEN 'boolean' THEN
            IF jsonb_typeof(val) <> 'boolean' THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'type');
            END IF;
        WHEN 'date' THEN
            IF txt !~ '^\d{4}-\d{2}-\d{2}$' OR NOT pg_input_is_valid(txt, 'date') THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'date.invalid');
            END IF;
        WHEN 'select' THEN
            IF NOT opts -> 'choices' ? txt THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'select.unknown');
            END IF;
        WHEN 'phone' THEN
            IF txt !~ '^\+?[ ().\-/]*([0-9][ ().\-/]*){6,20}$' THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'phone.invalid');
            END IF;
        WHEN 'url' THEN
            IF txt !~ '^https?://[^\s/]+' THEN
                problems := problems || jsonb_build_object('column', col ->> 'name', 'code', 'url.invalid');
            END IF;
        ELSE
            NULL;
        END CASE;
    END LOOP;
    RETURN problems;
END
$$;
\set t '''00000000-0000-4000-8000-0000000000b1'''
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('custom_tables', 'public');
-- What is compared is the validation.
SELECT count(*) > 0 AS not_audited FROM rowkit.disable_audit('records');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, '00000000-0000-4000-8000-0000000000a1', 'T');
INSERT INTO table_columns (table_id, name, type, required, options) VALUES
    (:t, 'title', 'text', true, '{"max_length": 100}'), (:t, 'contact', 'email', false, '{}'), (:t, 'amount', 'integer', false, '{"min": 0, "max": 1000000}'),
    (:t, 'price', 'decimal', false, '{"min": 0, "scale": 2}'), (:t, 'active', 'boolean', false, '{}'), (:t, 'day', 'date', false, '{}'),
    (:t, 'size', 'select', false, '{"choices": ["S", "M", "L"]}'), (:t, 'phone', 'phone', false, '{}'), (:t, 'site', 'url', false, '{}'), (:t, 'memo', 'text', false, '{}');
CREATE TABLE document AS SELECT n, jsonb_build_object('title', 'Title ' || n, 'contact', 'a' || n || '@example.com', 'amount', n, 'price', n + 0.25, 'active', n % 2 = 0,
    'day', '2024-02-29', 'size', 'M', 'phone', '03-1234-5678', 'site', 'https://example.com/' || n, 'memo', repeat('x', n % 50)) AS data FROM generate_series(1, 100000) AS n;
VACUUM ANALYZE document;
CHECKPOINT;
