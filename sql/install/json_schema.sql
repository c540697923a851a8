-- JSON Schema for any jsonb: src/json_schema/ computes, this file names.

CREATE FUNCTION rowkit.json_matches_schema(schema jsonb, instance jsonb) RETURNS boolean
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'json_matches_schema_wrapper';
COMMENT ON FUNCTION rowkit.json_matches_schema(jsonb, jsonb) IS
'Whether instance matches a JSON Schema (2020-12 unless $schema says otherwise; formats are checked, nothing is fetched). NULL '
'instance is NULL; a NULL or malformed schema is 22023, and so is one that could take more than linear time in an instance, with the place: recursion that '
'leads into itself twice for one member or item, more than 2,000 branches for one value, a $ref that is not in the schema; at most 512 kB, 64 levels, 10,000 '
'texts or 1,000 other values in an enum. 54000 for an instance that takes too many steps or more than rowkit.max_work_mem, 54001 for one that is nested too '
'deep for the stack. Made for CHECK constraints: json_matches_schema(''{…}'', column). IMMUTABLE.';

CREATE FUNCTION rowkit.json_schema_errors(schema jsonb, instance jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'json_schema_errors_wrapper';
COMMENT ON FUNCTION rowkit.json_schema_errors(jsonb, jsonb) IS
'What is wrong with instance under a JSON Schema, as an array of {path, code, params, message}, at most 100; [] when it matches. '
'One error without a path for an instance that is too large for its errors to be listed. NULL and errors as json_matches_schema. IMMUTABLE.';

CREATE FUNCTION rowkit.validate_json_column() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'validate_json_column_wrapper';
COMMENT ON FUNCTION rowkit.validate_json_column() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, for any jsonb column of any table: validate_json_column(column, schema) refuses '
'a value that does not match with 23514 and DETAIL as json_schema_errors. NULL passes; an UPDATE that leaves the column alone is '
'not checked. Other errors as json_matches_schema.';
