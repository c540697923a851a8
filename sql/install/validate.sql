-- Validation of records against tables.schema: src/validate/ computes, this file names.

CREATE FUNCTION rowkit_internal._tables_relation() RETURNS regclass
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'tables_relation_wrapper';
COMMENT ON FUNCTION rowkit_internal._tables_relation() IS
'The relation meant by a tables argument left out: tables on the search_path, else the only one installed. Internal.';

CREATE FUNCTION rowkit.validate_record(table_id uuid, data jsonb, tables regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'validate_record_wrapper';
COMMENT ON FUNCTION rowkit.validate_record(uuid, jsonb, regclass) IS
'The problems of a record as a JSON array of {path, column, column_id, label, code, params, message}; [] is a valid record. '
'data is flat: common fields (name, email, company, status) and custom ones side by side. Never raises for bad data; '
'42704 when the table is not there or not visible to the caller, 22023 when data is no object. STABLE.';

CREATE FUNCTION rowkit.is_valid_record(table_id uuid, data jsonb, tables regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'is_valid_record_wrapper';
COMMENT ON FUNCTION rowkit.is_valid_record(uuid, jsonb, regclass) IS
'Whether validate_record(...) would be []: stops at the first problem. Errors as validate_record. STABLE.';

CREATE FUNCTION rowkit.validate_against_schema(schema jsonb, data jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'validate_against_schema_wrapper';
COMMENT ON FUNCTION rowkit.validate_against_schema(jsonb, jsonb) IS
'validate_record for a schema in the format of tables.schema that stands in no table. 22023 when the schema is malformed. IMMUTABLE.';

CREATE FUNCTION rowkit.record_errors(
    table_id uuid, data jsonb, tables regclass DEFAULT NULL,
    OUT path text, OUT "column" text, OUT column_id text, OUT label text, OUT code text, OUT params jsonb, OUT message text
) RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT problem.path, problem."column", problem.column_id, problem.label, problem.code, problem.params, problem.message
        FROM pg_catalog.jsonb_to_recordset(rowkit.validate_record($1, $2, $3))
            AS problem(path text, "column" text, column_id text, label text, code text, params jsonb, message text)
    $$;
COMMENT ON FUNCTION rowkit.record_errors(uuid, jsonb, regclass) IS
'validate_record as rows, one a problem; no row is a valid record. Errors as validate_record. STABLE.';

CREATE FUNCTION rowkit_internal._cast_record(table_id uuid, data jsonb, tables regclass) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'cast_record_wrapper';
COMMENT ON FUNCTION rowkit_internal._cast_record(uuid, jsonb, regclass) IS 'cast_record as one object. Internal.';

CREATE FUNCTION rowkit.cast_record(
    table_id uuid, data jsonb, tables regclass DEFAULT NULL, OUT data jsonb, OUT changes jsonb, OUT errors jsonb
) RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
    AS $$
        SELECT answer OPERATOR(pg_catalog.->) 'data', answer OPERATOR(pg_catalog.->) 'changes', answer OPERATOR(pg_catalog.->) 'errors'
        FROM (SELECT rowkit_internal._cast_record($1, $2, $3) AS answer OFFSET 0) AS casting
    $$;
COMMENT ON FUNCTION rowkit.cast_record(uuid, jsonb, regclass) IS
'A flat record brought into the types of its columns: "1,234" to 1234, "2024/1/5" to "2024-01-05", "はい" to true, full-width '
'digits to ASCII. data is the result, changes is {column: {from, to}}, errors what validate_record says of the result. What '
'cannot be read for certain stays as it is and is an error. Errors as validate_record. STABLE.';

CREATE FUNCTION rowkit.table_json_schema(table_id uuid, tables regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'table_json_schema_wrapper';
COMMENT ON FUNCTION rowkit.table_json_schema(uuid, regclass) IS
'The table''s schema as JSON Schema 2020-12 of a flat record, saying what validate_record checks. Left out, for want of words: '
'bounds of dates, uniqueness, existence of references, precision without scale, max_depth, max_bytes. 42704 as validate_record. STABLE.';

CREATE FUNCTION rowkit.export_json_schema(schema jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'export_json_schema_wrapper';
COMMENT ON FUNCTION rowkit.export_json_schema(jsonb) IS
'table_json_schema for a schema in the format of tables.schema that stands in no table. 22023 when it is malformed. IMMUTABLE.';

CREATE FUNCTION rowkit.enforce_record_schema() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'enforce_record_schema_wrapper';
COMMENT ON FUNCTION rowkit.enforce_record_schema() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, on a table with table_id uuid and data jsonb (and name, email, company, status '
'where they exist): refuses what validate_record would name, with 23514, one sentence as message and the JSON array as DETAIL; '
'fills defaults on INSERT; strips unknown keys where the table asks for it. An UPDATE answers only for what it changes. '
'Argument: the relation that holds the schemas (default tables, in the same schema).';

CREATE FUNCTION rowkit.enforce_record_keys() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'enforce_record_keys_wrapper';
COMMENT ON FUNCTION rowkit.enforce_record_keys() IS
'Trigger, AFTER INSERT or AFTER UPDATE FOR EACH STATEMENT with transition tables old_rows and new_rows: keeps a row in '
'record_keys for every value of a unique column (23505 when another record has it) and looks for the records that references '
'name (23503). Arguments: the relations that hold the schemas and the keys (default tables, record_keys, in the same schema).';

CREATE FUNCTION rowkit.revalidate_table(
    table_id uuid, tables regclass DEFAULT rowkit_internal._tables_relation(), OUT record_id uuid, OUT errors jsonb
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the records relation is known only at run time.
DECLARE
    home regclass := coalesce(tables, rowkit_internal._tables_relation());
    records text;
BEGIN
    SELECT format('%I.records', namespace.nspname) INTO STRICT records
    FROM pg_class AS relation JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
    WHERE relation.oid = home;
    RETURN QUERY EXECUTE format(
        $query$
            SELECT record.id, problem.list
            FROM %1$s AS record
            CROSS JOIN LATERAL rowkit_internal._validate_stored_record(
                record.table_id, record.data, record.name, record.email, record.company, record.status, $2
            ) AS problem(list)
            WHERE record.table_id = $1 AND problem.list <> '[]'
            ORDER BY record.id
        $query$, records)
    USING table_id, home;
END
$$;
COMMENT ON FUNCTION rowkit.revalidate_table(uuid, regclass) IS
'Every record of the table that its schema would refuse today, with what validate_record says of it. Reads records beside the '
'tables relation with the caller''s rights; changes nothing. STABLE.';

CREATE FUNCTION rowkit_internal._validate_stored_record(
    table_id uuid, data jsonb, name text, email text, company text, status text, tables regclass
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'validate_stored_record_wrapper';
COMMENT ON FUNCTION rowkit_internal._validate_stored_record(uuid, jsonb, text, text, text, text, regclass) IS
'validate_record for a record as it is stored: common fields in columns of their own. Internal.';

CREATE FUNCTION rowkit.schema_cache() RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'schema_cache_wrapper';
COMMENT ON FUNCTION rowkit.schema_cache() IS
'This session''s cache of compiled schemas: {"cached": how many it holds, "compiled": how many it compiled so far}. VOLATILE.';
