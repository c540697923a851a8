DO $$
DECLARE
    home record;
    others text;
    strange record;
BEGIN
    -- Text is read where it lies, so it must lie there as UTF-8.
    IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
        RAISE EXCEPTION 'rowkit works in UTF8 databases only, not in %', pg_catalog.current_setting('server_encoding')
            USING ERRCODE = '0A000', HINT = 'CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0, and install it there.';
    END IF;
    -- The server reads the whole of an extension's script at once, before the script could set this itself.
    IF NOT pg_catalog.current_setting('standard_conforming_strings')::pg_catalog.bool THEN
        RAISE EXCEPTION 'rowkit cannot be installed while standard_conforming_strings is off'
            USING ERRCODE = '55000', HINT = 'SET standard_conforming_strings = on, and install it again; afterwards the setting does not matter.';
    END IF;
    -- CREATE EXTENSION takes a schema of this name as it finds it. Whose it is can drop and replace what lies there; who may create there can put functions of
    -- their own beside rowkit's, and what somebody else made there before is found by every call that fits it better.
    FOR home IN
        SELECT namespace.oid, namespace.nspname AS name, owner.rolname AS owner,
            owner.rolsuper OR owner.rolname OPERATOR(pg_catalog.=) current_user AS is_own, namespace.nspacl AS granted
        FROM pg_catalog.pg_namespace AS namespace
        JOIN pg_catalog.pg_roles AS owner ON owner.oid OPERATOR(pg_catalog.=) namespace.nspowner
        WHERE namespace.nspname OPERATOR(pg_catalog.=) ANY (ARRAY['rowkit'::pg_catalog.name, 'rowkit_internal'])
        ORDER BY namespace.nspname
    LOOP
        IF NOT home.is_own THEN
            RAISE EXCEPTION 'schema % belongs to somebody else', home.name USING
                ERRCODE = '42501', HINT = pg_catalog.format('ALTER SCHEMA %I OWNER TO %I, once you know what is in it.', home.name, current_user);
        END IF;
        SELECT pg_catalog.string_agg(DISTINCT coalesce(pg_catalog.quote_ident(role.rolname), 'PUBLIC'), ', ') INTO others
        FROM pg_catalog.aclexplode(home.granted) AS entry
        LEFT JOIN pg_catalog.pg_roles AS role ON role.oid OPERATOR(pg_catalog.=) entry.grantee
        WHERE entry.privilege_type OPERATOR(pg_catalog.=) 'CREATE'
            AND role.rolsuper IS DISTINCT FROM true AND role.rolname IS DISTINCT FROM home.owner AND role.rolname IS DISTINCT FROM current_user;
        IF others IS NOT NULL THEN
            RAISE EXCEPTION 'others may create in schema %', home.name USING
                ERRCODE = '42501', HINT = pg_catalog.format('REVOKE CREATE ON SCHEMA %I FROM %s, once you know what is in it.', home.name, others);
        END IF;
        SELECT pg_catalog.pg_describe_object(entry.classid, entry.objid, 0) AS object, pg_catalog.quote_ident(role.rolname) AS owner INTO strange
        FROM pg_catalog.pg_depend AS entry
        JOIN pg_catalog.pg_shdepend AS owned ON owned.classid OPERATOR(pg_catalog.=) entry.classid AND owned.objid OPERATOR(pg_catalog.=) entry.objid
            AND owned.dbid OPERATOR(pg_catalog.=) (SELECT base.oid FROM pg_catalog.pg_database AS base
                WHERE base.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
            AND owned.deptype OPERATOR(pg_catalog.=) 'o'
        JOIN pg_catalog.pg_roles AS role ON role.oid OPERATOR(pg_catalog.=) owned.refobjid AND NOT role.rolsuper
            AND role.rolname OPERATOR(pg_catalog.<>) current_user
        WHERE entry.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass AND entry.refobjid OPERATOR(pg_catalog.=) home.oid
        ORDER BY 1
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION '% in schema % belongs to %', strange.object, home.name, strange.owner USING
                ERRCODE = '42501', HINT = 'Drop it, or move it to another schema.';
        END IF;
    END LOOP;
END
$$;

-- Every function works with its caller's rights, and no table of anyone lies here.
GRANT USAGE ON SCHEMA rowkit TO PUBLIC;

-- What rowkit's functions call among themselves. No API should expose it. PL/pgSQL, WHEN clauses and views that name these functions need USAGE.
CREATE SCHEMA rowkit_internal;
COMMENT ON SCHEMA rowkit_internal IS 'Functions that rowkit calls itself. Not an interface: they change without notice. Do not expose this schema through an API.';
GRANT USAGE ON SCHEMA rowkit_internal TO PUBLIC;
