-- Between an application's flat form data and a record: plain SQL.

CREATE FUNCTION rowkit._require_object(input jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
-- PL/pgSQL: plain SQL cannot raise.
BEGIN
    IF pg_catalog.jsonb_typeof(input) OPERATOR(pg_catalog.<>) 'object' THEN
        RAISE EXCEPTION 'a JSON object is needed, not %', pg_catalog.jsonb_typeof(input) USING
            ERRCODE = '22023', HINT = 'Pass one record, such as {"name": "...", "email": "..."}.';
    END IF;
    RETURN input;
END
$$;
COMMENT ON FUNCTION rowkit._require_object(jsonb) IS 'Its argument, which must be an object: 22023 otherwise. Internal.';

CREATE FUNCTION rowkit.extract_common_fields(input jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        SELECT pg_catalog.jsonb_build_object(
            'name', object OPERATOR(pg_catalog.->) 'name',
            'email', object OPERATOR(pg_catalog.->) 'email',
            'company', coalesce(
                nullif(object OPERATOR(pg_catalog.->) 'company', 'null'), object OPERATOR(pg_catalog.->) 'company_name'),
            'status', object OPERATOR(pg_catalog.->) 'status'
        )
        FROM (SELECT rowkit._require_object(input) AS object) AS given
    $$;
COMMENT ON FUNCTION rowkit.extract_common_fields(jsonb) IS
'{name, email, company, status} of a flat object, null where missing; company_name is company unless company has a value. '
'22023 when it is no object. IMMUTABLE.';

CREATE FUNCTION rowkit.extract_custom_fields(input jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        SELECT
            CASE WHEN pg_catalog.jsonb_typeof(object OPERATOR(pg_catalog.->) 'custom_fields') OPERATOR(pg_catalog.=) 'object'
                THEN object OPERATOR(pg_catalog.->) 'custom_fields' ELSE '{}' END
            OPERATOR(pg_catalog.||)
            CASE WHEN pg_catalog.jsonb_typeof(object OPERATOR(pg_catalog.->) 'data') OPERATOR(pg_catalog.=) 'object'
                THEN object OPERATOR(pg_catalog.->) 'data' ELSE '{}' END
            OPERATOR(pg_catalog.||)
            (object OPERATOR(pg_catalog.-) ARRAY[
                'id', 'table_id', 'organization_id', 'created_at', 'updated_at', 'created_by', 'search_vector',
                'name', 'email', 'company', 'status', 'data', 'custom_fields', 'company_name'])
            OPERATOR(pg_catalog.||)
            -- A company_name beside another company is a value of its own.
            CASE WHEN nullif(object OPERATOR(pg_catalog.->) 'company', 'null') IS NOT NULL
                    AND object OPERATOR(pg_catalog.?) 'company_name'
                    AND object OPERATOR(pg_catalog.->) 'company' OPERATOR(pg_catalog.<>) (object OPERATOR(pg_catalog.->) 'company_name')
                THEN pg_catalog.jsonb_build_object('company_name', object OPERATOR(pg_catalog.->) 'company_name') ELSE '{}' END
        FROM (SELECT rowkit._require_object(input) AS object) AS given
    $$;
COMMENT ON FUNCTION rowkit.extract_custom_fields(jsonb) IS
'Every field of a flat object that is not common and not the server''s (id, table_id, organization_id, created_at, updated_at, '
'created_by, search_vector). custom_fields and data are flattened; a field given directly wins over data, data over '
'custom_fields. 22023 when it is no object. IMMUTABLE.';

CREATE FUNCTION rowkit.transform_to_record(input jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        SELECT rowkit.extract_common_fields(input)
            OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('data', rowkit.extract_custom_fields(input))
    $$;
COMMENT ON FUNCTION rowkit.transform_to_record(jsonb) IS
'A flat object (a form, an old customer) as {name, email, company, status, data}: company_name becomes company, custom_fields '
'are flattened into data. Numbers keep their digits. 22023 when it is no object. IMMUTABLE.';

CREATE FUNCTION rowkit.transform_from_record(record jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        SELECT
            CASE WHEN pg_catalog.jsonb_typeof(object OPERATOR(pg_catalog.->) 'data') OPERATOR(pg_catalog.=) 'object'
                THEN object OPERATOR(pg_catalog.->) 'data' ELSE '{}' END
            OPERATOR(pg_catalog.||) (object OPERATOR(pg_catalog.-) ARRAY['data', 'search_vector'])
        FROM (SELECT rowkit._require_object(record) AS object) AS given
    $$;
COMMENT ON FUNCTION rowkit.transform_from_record(jsonb) IS
'A record, such as to_jsonb(records), as one flat object for display: the record''s own columns beside the keys of data; the '
'columns win. 22023 when it is no object. IMMUTABLE.';
