-- SQLSTATEs of errors that functions written in PL/pgSQL raise. src/pg/error.rs.

CREATE FUNCTION rowkit_internal._error_sqlstate(kind text) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'error_sqlstate_wrapper';
COMMENT ON FUNCTION rowkit_internal._error_sqlstate(text) IS
'Returns the SQLSTATE to raise an error of this kind with: ''credits'' (53400 or PT402), ''limit'' (53400 or PT429) or ''conflict'' (55000 or PT409). The second one when rowkit.http_errors '
'is on. 22023 for another kind. Internal.';
