-- Between an application's flat form data and a record, in SQL. Values are moved, never rewritten: numbers keep their digits.
-- No value is lost: where two compete for one place, a null gives way, and what loses stays under the name it came from.
-- PL/pgSQL around one query each, because it keeps the plan: a SQL function inside another is planned anew for every record (1 ms).

CREATE FUNCTION rowkit_internal._require_object(input jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF jsonb_typeof(input) <> 'object' THEN
        RAISE EXCEPTION 'a JSON object is needed, not %', jsonb_typeof(input) USING
            ERRCODE = '22023', HINT = 'Pass one record, such as {"name": "…", "email": "…"}.';
    END IF;
    RETURN input;
END
$$;
COMMENT ON FUNCTION rowkit_internal._require_object(jsonb) IS 'Its argument, which must be an object: 22023 otherwise. Internal.';

CREATE FUNCTION rowkit_internal._field_place(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN name IN ('name', 'email', 'company', 'status') THEN 'common'
        WHEN name IN ('id', 'table_id', 'organization_id', 'created_at', 'updated_at', 'created_by', 'deleted_at', 'deleted_by', 'deletion_id', 'search_vector') THEN 'record'
        WHEN name IN ('data', 'custom_fields') THEN 'nested'
        ELSE 'custom'
    END;
COMMENT ON FUNCTION rowkit_internal._field_place(text) IS
'Where a field that is given directly belongs: a common field, a column of records, a place of nested fields, or data. Internal.';

CREATE FUNCTION rowkit.extract_common_fields(input jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_object_agg(field.key, field.value), '{}')
        FROM (
            SELECT given.key, given.value
            FROM jsonb_each(rowkit_internal._require_object(input)) AS given
            WHERE rowkit_internal._field_place(given.key) = 'common' AND (given.key <> 'company' OR NOT input ? 'company_name')
            UNION ALL
            SELECT 'company', coalesce(nullif(input -> 'company', 'null'), input -> 'company_name')
            WHERE input ? 'company_name'
        ) AS field
    );
END
$$;
COMMENT ON FUNCTION rowkit.extract_common_fields(jsonb) IS
'name, email, company and status, those that are given. company_name is company unless company has a value. '
'22023 when it is no object. IMMUTABLE. '
'input is the form data.';

CREATE FUNCTION rowkit.extract_custom_fields(input jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN (
        WITH field AS (
            SELECT 1 AS rank, NULL AS origin, given.key, given.value
            FROM jsonb_each(rowkit_internal._require_object(input)) AS given
            WHERE rowkit_internal._field_place(given.key) = 'custom'
                AND (given.key <> 'company_name'
                    -- Beside another company it is a value of its own; else it became company.
                    OR (nullif(input -> 'company', 'null') <> given.value AND given.value <> 'null'))
            UNION ALL
            SELECT nested.rank, nested.origin, given.key, given.value
            FROM (VALUES (2, 'data'), (3, 'custom_fields')) AS nested(rank, origin)
            CROSS JOIN LATERAL jsonb_each(
                CASE WHEN jsonb_typeof(input -> nested.origin) = 'object' THEN input -> nested.origin ELSE '{}' END) AS given
        ), winner AS (
            SELECT DISTINCT ON (field.key) field.key, field.value
            FROM field
            ORDER BY field.key, field.value = 'null', field.rank
        ), loser AS (
            SELECT field.origin, field.key, field.value
            FROM field
            JOIN winner ON winner.key = field.key
            WHERE field.value <> winner.value AND field.value <> 'null'
        ), plain AS (
            -- What is called data or custom_fields, but holds no fields, is a value like any other.
            SELECT origin.name, input -> origin.name AS value
            FROM (VALUES ('data'), ('custom_fields')) AS origin(name)
            WHERE jsonb_typeof(input -> origin.name) NOT IN ('object', 'null')
        ), contested AS (
            -- Whether somebody needs the places data and custom_fields within data, where fields of these very names would go.
            SELECT EXISTS (SELECT FROM loser) OR EXISTS (SELECT FROM plain) AS places
        ), stays AS (
            SELECT field.key, field.origin, field.value, contested.places AND rowkit_internal._field_place(field.key) = 'nested' AS is_moved
            FROM field CROSS JOIN contested
        ), kept AS (
            SELECT stays.origin AS name, jsonb_object_agg(stays.key, stays.value) AS value
            FROM stays
            WHERE stays.origin IS NOT NULL
                AND (stays.is_moved OR EXISTS (SELECT FROM loser WHERE loser.origin = stays.origin AND loser.key = stays.key))
            GROUP BY stays.origin
            UNION ALL
            SELECT plain.name, plain.value FROM plain
        ), placed AS (
            SELECT winner.key AS name, winner.value
            FROM winner CROSS JOIN contested
            WHERE NOT (contested.places AND rowkit_internal._field_place(winner.key) = 'nested')
            UNION ALL
            SELECT kept.name, kept.value FROM kept
        )
        SELECT coalesce(jsonb_object_agg(placed.name, placed.value), '{}') FROM placed
    );
END
$$;
COMMENT ON FUNCTION rowkit.extract_custom_fields(jsonb) IS
'Every field that is neither common nor a column of records, as one object; the fields of data and custom_fields are among them. '
'Where names collide, a field given directly wins over data, data over custom_fields, and a value over null; what loses stays '
'under "data" or "custom_fields". 22023 when it is no object. IMMUTABLE. '
'input is the form data.';

CREATE FUNCTION rowkit.transform_to_record(input jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_object_agg(given.key, given.value), '{}')
            || rowkit.extract_common_fields(input)
            || jsonb_build_object('data', rowkit.extract_custom_fields(input))
        FROM jsonb_each(rowkit_internal._require_object(input)) AS given
        WHERE rowkit_internal._field_place(given.key) = 'record'
    );
END
$$;
COMMENT ON FUNCTION rowkit.transform_to_record(jsonb) IS
'Form data, or a row of an older table, as a record: {"name", "email", "company", "status", "data"}. company_name becomes company '
'unless company has a value; custom_fields and data are flattened into data, as extract_custom_fields says; id, table_id, '
'organization_id, created_at, updated_at, created_by, deleted_at, deleted_by, deletion_id and search_vector stay beside it. What is not given is left out, so that a '
'partial update stays partial. A record stays as it is. 22023 when it is no object. IMMUTABLE. '
'input is the form data.';

CREATE FUNCTION rowkit.transform_from_record(record jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'transform_from_record_wrapper';
COMMENT ON FUNCTION rowkit.transform_from_record(jsonb) IS
'A record as one flat object for display: its own columns, without search_vector, beside the fields of data. The columns win, but '
'not a null over a value; what loses stays under "data". For a row: transform_from_record(to_jsonb(records)). What '
'transform_to_record made of it comes back with every value. 22023 when it is no object. IMMUTABLE.';
