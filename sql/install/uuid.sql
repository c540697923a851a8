-- Time-ordered ids: src/uuid.rs computes, this file names.

CREATE FUNCTION rowkit.uuid_v7() RETURNS uuid
    LANGUAGE c VOLATILE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'uuid_v7_wrapper';
COMMENT ON FUNCTION rowkit.uuid_v7() IS
'A UUID of version 7 (RFC 9562): milliseconds since 1970, 12 bits of their fraction, 62 random bits. Rises within a session. VOLATILE.';
