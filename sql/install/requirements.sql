DO $$
BEGIN
    -- Text is read where it lies, so it must lie there as UTF-8.
    IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
        RAISE EXCEPTION 'rowkit works in UTF8 databases only, not in %', pg_catalog.current_setting('server_encoding')
            USING ERRCODE = '0A000', HINT = 'CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0, and install it there.';
    END IF;
    -- CREATE EXTENSION takes a schema of this name as it finds it. Whose it is can drop and replace what lies there, and put functions of their own beside it.
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_namespace AS home
        JOIN pg_catalog.pg_roles AS role ON role.oid OPERATOR(pg_catalog.=) home.nspowner
        WHERE home.nspname OPERATOR(pg_catalog.=) 'rowkit' AND (role.rolsuper OR role.rolname OPERATOR(pg_catalog.=) current_user)
    ) THEN
        RAISE EXCEPTION 'schema rowkit belongs to somebody else' USING
            ERRCODE = '42501', HINT = pg_catalog.format('ALTER SCHEMA rowkit OWNER TO %I, once you know what is in it.', current_user);
    END IF;
END
$$;

-- Every function works with its caller's rights, and no table of anyone lies here.
GRANT USAGE ON SCHEMA rowkit TO PUBLIC;
