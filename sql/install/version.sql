-- Which release of rowkit a database has.

CREATE FUNCTION rowkit.version() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT extension.extversion FROM pg_extension AS extension WHERE extension.extname = 'rowkit' $$;
COMMENT ON FUNCTION rowkit.version() IS
'Returns the version of the extension rowkit in this database, such as 0.2.0: after the package was updated, the one before it until ALTER EXTENSION rowkit UPDATE. '
'Call it with its schema, as PostgreSQL has a version() of its own. STABLE. Example: SELECT rowkit.version() returns 0.2.0.';
