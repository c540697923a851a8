-- Text is read where it lies, so it must lie there as UTF-8.
DO $$
BEGIN
    IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
        RAISE EXCEPTION 'rowkit works in UTF8 databases only, not in %', pg_catalog.current_setting('server_encoding')
            USING ERRCODE = '0A000', HINT = 'CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0, and install it there.';
    END IF;
END
$$;

-- Every function works with its caller's rights, and no table of anyone lies here.
GRANT USAGE ON SCHEMA rowkit TO PUBLIC;
