-- Validation of records against tables.schema: SQL declarations of the functions in src/records/validate/.

CREATE FUNCTION rowkit_internal._tables_relation() RETURNS regclass
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'tables_relation_wrapper';
COMMENT ON FUNCTION rowkit_internal._tables_relation() IS
'The relation meant by a tables argument left out: tables on the search_path, else the only one installed. Internal.';

CREATE FUNCTION rowkit_internal._visible_schema(table_id uuid, tables regclass) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'visible_schema_wrapper';
COMMENT ON FUNCTION rowkit_internal._visible_schema(uuid, regclass) IS
'The schema of a table of custom_tables, read with the caller''s rights. 42704 when the table is not there or not visible to the caller. Internal.';

CREATE FUNCTION rowkit.validate_record(table_id uuid, data jsonb, tables regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'validate_record_wrapper';
COMMENT ON FUNCTION rowkit.validate_record(uuid, jsonb, regclass) IS
'The problems of a record as a JSON array of {path, column, column_id, label, code, params, message}; [] is a valid record. '
'data is flat, with the common fields (name, email, company, status) and the custom ones side by side, or a record as transform_to_record gives it, with the '
'custom fields under "data"; in a mixture of both every value is checked. Never raises for bad data: what is no object, NULL too, has one problem of the code type with an empty path. '
'42704 when the table is not there or not visible to the caller. STABLE. '
'table_id is the custom table. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.is_valid_record(table_id uuid, data jsonb, tables regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'is_valid_record_wrapper';
COMMENT ON FUNCTION rowkit.is_valid_record(uuid, jsonb, regclass) IS
'Whether validate_record(...) would be []: stops at the first problem. Errors as validate_record. STABLE. '
'table_id is the custom table. data is the record. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.validate_against_schema(schema jsonb, data jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'validate_against_schema_wrapper';
COMMENT ON FUNCTION rowkit.validate_against_schema(jsonb, jsonb) IS
'validate_record for a schema in the format of tables.schema that stands in no table. 22023 when the schema is malformed. IMMUTABLE. '
'data is the record, as validate_record takes it.';

CREATE FUNCTION rowkit.record_errors(
    table_id uuid, data jsonb, tables regclass DEFAULT NULL,
    OUT path text, OUT column_name text, OUT column_id text, OUT label text, OUT code text, OUT params jsonb, OUT message text
) RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT problem.path, problem."column", problem.column_id, problem.label, problem.code, problem.params, problem.message
        FROM pg_catalog.jsonb_to_recordset(rowkit.validate_record($1, $2, $3))
            AS problem(path text, "column" text, column_id text, label text, code text, params jsonb, message text)
    $$;
COMMENT ON FUNCTION rowkit.record_errors(uuid, jsonb, regclass) IS
'validate_record as rows, one a problem; no row is a valid record. Errors as validate_record. STABLE. '
'table_id is the custom table. data is the record. tables is the relation tables of custom_tables, by default the one on the search_path. path leads to the '
'value, /data/amount. column_name is the name of the column. column_id is its id in table_columns. label is what people call it. code names the rule that was '
'broken. params are the values of that rule. message is a sentence for people.';

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
'A record, in either form of validate_record, brought into the types of its columns: "1,234" to 1234, "2024/1/5" to "2024-01-05", "はい" to true, full-width '
'digits to ASCII. data is the result in the form that was given, changes is {column: {from, to}}, errors what validate_record says of the result. A value that '
'is valid stays as it is, but for blanks around a text. The text of a multi_select is the choice of that name, else the longest choices between separators '
'(comma, semicolon, 、 or a line break), else a JSON or CSV list. What cannot be read for certain stays as it is and is an error. Errors as validate_record. STABLE. '
'table_id is the custom table. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.table_json_schema(table_id uuid, tables regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'table_json_schema_wrapper';
COMMENT ON FUNCTION rowkit.table_json_schema(uuid, regclass) IS
'The table''s schema as JSON Schema 2020-12 of a flat record, saying what validate_record checks. Left out, for want of words: '
'bounds of dates, uniqueness, existence of references, precision without scale, max_depth, max_bytes; a record with its custom fields under "data" is no flat record. '
'42704 as validate_record. STABLE. '
'table_id is the custom table. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.schema_to_json_schema(schema jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'schema_to_json_schema_wrapper';
COMMENT ON FUNCTION rowkit.schema_to_json_schema(jsonb) IS
'table_json_schema for a schema in the format of tables.schema that stands in no table. 22023 when it is malformed. IMMUTABLE.';

CREATE FUNCTION rowkit.enforce_record_schema() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'enforce_record_schema_wrapper';
COMMENT ON FUNCTION rowkit.enforce_record_schema() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, on a table with table_id uuid and data jsonb (and name, email, company, status '
'where they exist): refuses what validate_record would name, with 23514, one sentence as message and the JSON array as DETAIL; '
'fills defaults on INSERT; strips unknown keys where the table asks for it, and names them in a NOTICE at the end of the statement. An UPDATE answers only for what it changes. '
'Argument: the relation that holds the schemas (default tables, in the same schema).';

CREATE FUNCTION rowkit.enforce_record_keys() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'enforce_record_keys_wrapper';
COMMENT ON FUNCTION rowkit.enforce_record_keys() IS
'Trigger, AFTER INSERT, AFTER UPDATE or AFTER DELETE FOR EACH STATEMENT with transition tables old_rows and new_rows: keeps a row in '
'record_keys for every value of a unique column (23505 when another live record has it), and in record_links, where that table is there, for every record that a '
'reference names. A reference is checked where it is written (23503). When a record is deleted, or soft-deleted, what names it follows '
'options.on_delete of its column: restrict refuses (23503), clear takes the reference out, keep leaves it. A restore brings back what a soft delete cleared, unless '
'the column was written since. Arguments: the relations that hold the schemas and the keys (default tables, record_keys, in the same schema).';

CREATE FUNCTION rowkit_internal._dangling_references(records text, live text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT format(
            $query$
                SELECT named.record_id, jsonb_agg(jsonb_build_object(
                    'path', named.path, 'column', named.name, 'column_id', named.column_id, 'label', named.label, 'code', 'reference.missing',
                    'params', jsonb_build_object('id', named.id), 'message', concat(named.label, ' names record ', named.id, ', which is not there')
                ) ORDER BY named.place, named.position) AS list
                FROM (
                    SELECT record.id AS record_id, record.organization_id, defined.*, item.id, item.position,
                        CASE WHEN defined.is_common THEN concat('/', defined.name) ELSE concat('/data/', defined.name) END AS path
                    FROM (
                        SELECT part.value ->> 'name' AS name, part.value ->> 'id' AS column_id, coalesce(part.value ->> 'label', part.value ->> 'name') AS label,
                            (part.value #>> '{options,table_id}')::uuid AS target, part.place,
                            part.value ->> 'name' IN ('name', 'email', 'company', 'status') AS is_common
                        FROM jsonb_array_elements($3 -> 'columns') WITH ORDINALITY AS part(value, place)
                        WHERE part.value ->> 'type' = 'reference'
                    ) AS defined
                    JOIN %1$s AS record ON record.table_id = $1 %2$s
                    CROSS JOIN LATERAL (
                        SELECT CASE WHEN defined.is_common THEN to_jsonb(record) -> defined.name ELSE record.data -> defined.name END AS value
                    ) AS held
                    CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(held.value)
                        WHEN 'array' THEN held.value WHEN 'string' THEN jsonb_build_array(held.value) ELSE '[]' END) WITH ORDINALITY AS item(id, position)
                    -- What is no id at all is told of without a look at other records.
                    WHERE item.id ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
                ) AS named
                WHERE NOT EXISTS (
                    SELECT FROM %1$s AS record
                    WHERE record.id = named.id::uuid AND record.organization_id = named.organization_id AND record.table_id = named.target %2$s)
                GROUP BY named.record_id
            $query$, records, live)
    $$;
COMMENT ON FUNCTION rowkit_internal._dangling_references(text, text) IS
'A query for the references of the records of a table ($1) by its schema ($3) that name no live record. Internal.';

CREATE FUNCTION rowkit_internal._invalid_records(table_id uuid, home regclass, OUT record_id uuid, OUT errors jsonb) RETURNS SETOF record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the records relation is known only at run time.
DECLARE
    records text;
    live text;
    defined jsonb;
BEGIN
    PERFORM rowkit_internal._require_own(home);
    SELECT format('%I.records', namespace.nspname) INTO STRICT records
    FROM pg_class AS relation JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
    WHERE relation.oid = home;
    PERFORM rowkit_internal._is_helper_of(records::regclass, home);
    live := rowkit_internal._live_condition(records::regclass, 'record');
    defined := rowkit_internal._visible_schema(table_id, home);
    RETURN QUERY EXECUTE format(
        $query$
            WITH dangling AS (%3$s)
            SELECT record.id, jsonb_path_query_array(problem.list || coalesce(dangling.list, '[]'), '$[0 to 99]')
            FROM %1$s AS record
            CROSS JOIN LATERAL rowkit_internal._validate_stored_record(
                record.table_id, record.data, record.name, record.email, record.company, record.status, $2
            ) AS problem(list)
            LEFT JOIN dangling ON dangling.record_id = record.id
            WHERE record.table_id = $1 %2$s AND (problem.list <> '[]' OR dangling.list IS NOT NULL)
            ORDER BY record.id
        $query$, records, live, rowkit_internal._dangling_references(records, live))
    USING table_id, home, defined;
END
$$;
COMMENT ON FUNCTION rowkit_internal._invalid_records(uuid, regclass) IS 'invalid_records of a table in this relation of tables. Internal.';

CREATE FUNCTION rowkit.invalid_records(
    table_id uuid, tables regclass DEFAULT NULL, OUT record_id uuid, OUT errors jsonb
) RETURNS SETOF record
    LANGUAGE sql STABLE
    AS $$
        -- Without a search_path of its own, on which the relation of tables is looked for.
        SELECT found.record_id, found.errors
        FROM rowkit_internal._invalid_records($1, coalesce($2, rowkit_internal._tables_relation())) AS found
    $$;
COMMENT ON FUNCTION rowkit.invalid_records(uuid, regclass) IS
'Every live record of the table that its schema would refuse today, with what validate_record says of it, and every one with a reference that names no live '
'record (reference.missing). At most 100 problems a record. Reads records beside the '
'tables relation with the caller''s rights; changes nothing. 42704 when the table is not there or not visible to the caller. STABLE. '
'table_id is the custom table. tables is the relation tables of custom_tables, by default the one on the search_path. record_id is the record. errors are its problems.';

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
