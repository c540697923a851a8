-- Values written down as text or JSON, and read again: the same in every session, whatever its settings are. src/pg/written.rs.

CREATE FUNCTION rowkit_internal._value_json(value anyelement) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'value_json_wrapper';
COMMENT ON FUNCTION rowkit_internal._value_json(anyelement) IS
'A value as an audit log has it: as to_jsonb() has it in UTC, ISO 8601 and full precision, or a string with the type''s own text where JSON would not tell all. Internal.';

CREATE FUNCTION rowkit_internal._value_parts(value anyelement) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'value_parts_wrapper';
COMMENT ON FUNCTION rowkit_internal._value_parts(anyelement) IS
'A value as an audit log has it where parts of it are redacted: as _value_json(), but json, too, with what it is made of. Internal.';

CREATE FUNCTION rowkit_internal._value_text(value anyelement) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'value_text_wrapper';
COMMENT ON FUNCTION rowkit_internal._value_text(anyelement) IS 'A value''s text, in UTC, ISO 8601 and full precision. Internal.';

CREATE FUNCTION rowkit_internal._text_value(written text, of_type anyarray) RETURNS anyelement
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'text_value_wrapper';
COMMENT ON FUNCTION rowkit_internal._text_value(text, anyarray) IS 'The value that a text of _value_text() stands for, of the type of the array''s elements. Internal.';
