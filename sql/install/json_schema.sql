-- JSON Schema for any jsonb: src/json_schema/ computes, this file names.

CREATE FUNCTION rowkit.json_matches_schema(schema jsonb, instance jsonb) RETURNS boolean
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'json_matches_schema_wrapper';
COMMENT ON FUNCTION rowkit.json_matches_schema(jsonb, jsonb) IS
'Whether instance matches a JSON Schema (2020-12 unless $schema says otherwise; formats are checked, nothing is fetched). NULL '
'instance is NULL; a NULL or malformed schema is 22023. Made for CHECK constraints: json_matches_schema(''{…}'', column). IMMUTABLE.';

CREATE FUNCTION rowkit.json_schema_errors(schema jsonb, instance jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'json_schema_errors_wrapper';
COMMENT ON FUNCTION rowkit.json_schema_errors(jsonb, jsonb) IS
'What is wrong with instance under a JSON Schema, as an array of {path, code, params, message}, at most 100; [] when it matches. '
'NULL and 22023 as json_matches_schema. IMMUTABLE.';

CREATE FUNCTION rowkit.validate_json_column() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'validate_json_column_wrapper';
COMMENT ON FUNCTION rowkit.validate_json_column() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, for any jsonb column of any table: validate_json_column(column, schema) refuses '
'a value that does not match with 23514 and DETAIL as json_schema_errors. NULL passes; an UPDATE that leaves the column alone is '
'not checked.';
