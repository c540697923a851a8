-- What the functions of blueprints share and no application calls.

CREATE FUNCTION rowkit_internal._table_beside(sibling regclass, table_name text) RETURNS regclass
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it raises.
DECLARE
    home CONSTANT name := (
        SELECT namespace.nspname FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace WHERE class.oid = sibling);
    found CONSTANT regclass := (
        SELECT class.oid FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE namespace.nspname = home AND class.relname = table_name AND class.relkind IN ('r', 'p') AND NOT class.relispartition);
BEGIN
    IF found IS NULL THEN
        RAISE EXCEPTION 'there is no table "%" in schema "%"', left(table_name, 100), home USING
            ERRCODE = '42704', HINT = 'Name a table of this schema without the schema, as its name is written in the catalog.';
    END IF;
    RETURN found;
END
$$;
COMMENT ON FUNCTION rowkit_internal._table_beside(regclass, text) IS
'The table of that name in the schema of another one, for functions that name tables by text. 42704 when there is none. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._dataset_fqn(database_name text, connection_name text, schema_name text, dataset_name text) RETURNS varchar
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN concat_ws('.', coalesce(nullif(database_name, ''), connection_name), nullif(schema_name, ''), dataset_name);
COMMENT ON FUNCTION rowkit_internal._dataset_fqn(text, text, text, text) IS
'The rule of get_dataset_fqn() of data_catalog, for who has the connection at hand. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._lineage_directions(direction text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it raises.
BEGIN
    CASE direction
        WHEN 'upstream', 'downstream' THEN RETURN ARRAY[direction];
        WHEN 'both' THEN RETURN ARRAY['upstream', 'downstream'];
        ELSE RAISE EXCEPTION 'direction cannot be "%"', left(direction, 100) USING ERRCODE = '22023', HINT = 'It is upstream, downstream or both.';
    END CASE;
END
$$;
COMMENT ON FUNCTION rowkit_internal._lineage_directions(text) IS
'What dataset_lineage() of data_catalog follows: upstream, downstream or, for both, the two. 22023 for anything else. IMMUTABLE. Internal.';

CREATE FUNCTION rowkit_internal._check_form_submission(fields jsonb, data jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        -- A record keeps name, email, company and status beside its data; a submission has all of its fields in it.
        SELECT CASE WHEN found.problems IS NOT NULL THEN (
            SELECT coalesce(
                jsonb_agg(
                    CASE WHEN each.problem ->> 'path' LIKE '/data/%' THEN each.problem
                        ELSE each.problem || jsonb_build_object('path', '/data' || (each.problem ->> 'path')) END
                    ORDER BY each.place), '[]')
            FROM jsonb_array_elements(found.problems) WITH ORDINALITY AS each(problem, place)) END
        FROM (
            -- A form's field named email may be any text. No field is named data, which would hold the fields of a record.
            SELECT rowkit.validate_against_schema(
                '{"unknown_keys": "strict", "options": {"check_email": false}}' || jsonb_build_object('columns', fields),
                CASE WHEN jsonb_typeof(data) = 'object' THEN data - 'data'::text ELSE data END)
            || CASE WHEN jsonb_typeof(data) = 'object' AND data ? 'data' THEN
                '[{"path": "/data/data", "column": "data", "column_id": null, "label": "data", "code": "unknown_key", "params": {}, "message": "data is not a field of this form"}]'
                ELSE '[]' END::jsonb AS problems
        ) AS found;
    END;
COMMENT ON FUNCTION rowkit_internal._check_form_submission(jsonb, jsonb) IS
'rowkit.validate_against_schema() for the fields of a form: [] is valid; the path of every problem begins with /data. 22023 when the fields are no columns, or data is no object. IMMUTABLE. Internal.';
