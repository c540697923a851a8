-- Fields of JSON documents as typed values: src/core/accessors.rs computes. LEAKPROOF, as they raise nothing and tell nothing: an index on
-- one of them serves end users under row security, which an index on ->> does not.

CREATE FUNCTION rowkit.field_text(data jsonb, key text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
    AS 'MODULE_PATHNAME', 'field_text_wrapper';
COMMENT ON FUNCTION rowkit.field_text(jsonb, text) IS
'The text of a string, number or boolean of an object; NULL for anything else and where the key is missing. Never raises. Index it as '
'(organization_id, rowkit.field_text(data, ''city'')): it is used under row security, too. IMMUTABLE, LEAKPROOF.';

CREATE FUNCTION rowkit.field_int8(data jsonb, key text) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
    AS 'MODULE_PATHNAME', 'field_int8_wrapper';
COMMENT ON FUNCTION rowkit.field_int8(jsonb, text) IS
'A number without a fraction that fits bigint, else NULL; otherwise as field_text. IMMUTABLE, LEAKPROOF. '
'data is the object. key is the name of the field.';

CREATE FUNCTION rowkit.field_float8(data jsonb, key text) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
    AS 'MODULE_PATHNAME', 'field_float8_wrapper';
COMMENT ON FUNCTION rowkit.field_float8(jsonb, text) IS
'The double nearest to a number, NULL for what is none or past the largest; otherwise as field_text. IMMUTABLE, LEAKPROOF. '
'data is the object. key is the name of the field.';

CREATE FUNCTION rowkit.field_bool(data jsonb, key text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
    AS 'MODULE_PATHNAME', 'field_bool_wrapper';
COMMENT ON FUNCTION rowkit.field_bool(jsonb, text) IS
'A boolean, else NULL; otherwise as field_text. IMMUTABLE, LEAKPROOF. '
'data is the object. key is the name of the field.';

CREATE FUNCTION rowkit.field_date(data jsonb, key text) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
    AS 'MODULE_PATHNAME', 'field_date_wrapper';
COMMENT ON FUNCTION rowkit.field_date(jsonb, text) IS
'A day written YYYY-MM-DD (RFC 3339, full-date) that is on the calendar, else NULL; otherwise as field_text. IMMUTABLE, LEAKPROOF. '
'data is the object. key is the name of the field.';

CREATE FUNCTION rowkit.field_timestamptz(data jsonb, key text) RETURNS timestamptz
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
    AS 'MODULE_PATHNAME', 'field_timestamptz_wrapper';
COMMENT ON FUNCTION rowkit.field_timestamptz(jsonb, text) IS
'A moment written as RFC 3339 has it, with its offset, to the microsecond; else NULL. Otherwise as field_text. IMMUTABLE, LEAKPROOF. '
'data is the object. key is the name of the field.';
