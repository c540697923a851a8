-- Time-ordered ids: SQL declarations of the functions in src/pg/uuid.rs.

CREATE FUNCTION rowkit.uuidv7() RETURNS uuid
    LANGUAGE c VOLATILE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'uuidv7_wrapper';
COMMENT ON FUNCTION rowkit.uuidv7() IS
'A UUID of version 7 (RFC 9562): milliseconds since 1970, 12 bits of their fraction, 62 random bits. Rises within a session. VOLATILE.';
