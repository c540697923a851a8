-- JSON Schema for any jsonb: SQL declarations of the functions in src/records/json_schema/.

CREATE FUNCTION rowkit.is_valid_json(json_schema jsonb, instance jsonb) RETURNS boolean
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'is_valid_json_wrapper';
COMMENT ON FUNCTION rowkit.is_valid_json(jsonb, jsonb) IS
'Whether instance matches json_schema, a JSON Schema (2020-12 unless $schema says otherwise; formats are checked, nothing is fetched). NULL '
'instance is NULL; a NULL or malformed schema is 22023, and so is one that could take more than linear time in an instance, with the place: recursion that '
'leads into itself twice for one member or item, more than 2,000 branches for one value, a $ref that is not in the schema; at most 512 kB, 64 levels, 10,000 '
'texts or 1,000 other values in an enum. 54000 for an instance that takes too many steps or more than rowkit.max_work_mem, 54001 for one that is nested too '
'deep for the stack. Made for CHECK constraints: is_valid_json(''{…}'', column). IMMUTABLE.';

CREATE FUNCTION rowkit.validate_json(json_schema jsonb, instance jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'validate_json_wrapper';
COMMENT ON FUNCTION rowkit.validate_json(jsonb, jsonb) IS
'What is wrong with instance under a JSON Schema, as an array of {path, code, params, message}, at most 100; [] when it matches. '
'One error without a path for an instance that is too large for its errors to be listed. NULL and errors as is_valid_json. IMMUTABLE. '
'json_schema is that JSON Schema. instance is the document.';

CREATE FUNCTION rowkit.json_errors(json_schema jsonb, instance jsonb, OUT path text, OUT code text, OUT params jsonb, OUT message text) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT problem.path, problem.code, problem.params, problem.message
        FROM pg_catalog.jsonb_to_recordset(rowkit.validate_json(json_schema, instance)) AS problem(path text, code text, params jsonb, message text);
    END;
COMMENT ON FUNCTION rowkit.json_errors(jsonb, jsonb) IS
'Returns the problems of validate_json as rows; no row for a document that matches, and none for a NULL instance. Errors as validate_json. IMMUTABLE. '
'Example: SELECT path, message FROM json_errors(''{"type": "object", "required": ["name"]}'', ''{}''). '
'json_schema is a JSON Schema. instance is the document. path leads to the value, /address/city. code is json.schema, or json.invalid for a document that cannot be checked. '
'params.schema_path leads to the rule in json_schema. message is a sentence for people.';

CREATE FUNCTION rowkit.enforce_json_schema() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'enforce_json_schema_wrapper';
COMMENT ON FUNCTION rowkit.enforce_json_schema() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, for any jsonb column of any table: enforce_json_schema(column, json_schema) refuses '
'a value that does not match with 23514 and DETAIL as validate_json. NULL passes; an UPDATE that leaves the column alone is '
'not checked. Other errors as is_valid_json.';
