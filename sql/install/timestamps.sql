-- Timestamps kept by the server: src/timestamps.rs computes, this file names.

CREATE FUNCTION rowkit.set_updated_at() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'set_updated_at_wrapper';
COMMENT ON FUNCTION rowkit.set_updated_at() IS
'Trigger, BEFORE UPDATE FOR EACH ROW, for any table: sets updated_at (or the timestamp column that its argument names) to the '
'time of the transaction, as now() gives it. 42703 without such a column, 42804 when it is no timestamp.';

CREATE FUNCTION rowkit.update_updated_at_column() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'set_updated_at_wrapper';
COMMENT ON FUNCTION rowkit.update_updated_at_column() IS 'set_updated_at by the name that many schemas know it by.';
