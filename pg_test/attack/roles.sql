-- The roles of an API as Supabase has them, and an ordinary role. Roles are the cluster's, so other tests may have made them.
SET client_min_messages = warning;
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN VALUES
        ('anon', 'NOLOGIN NOINHERIT'), ('authenticated', 'NOLOGIN NOINHERIT'), ('service_role', 'NOLOGIN NOINHERIT BYPASSRLS'),
        ('authenticator', 'LOGIN NOINHERIT'), ('plain', 'LOGIN')
    LOOP
        IF to_regrole(wanted.column1) IS NULL THEN
            EXECUTE format('CREATE ROLE %I %s', wanted.column1, wanted.column2);
        END IF;
    END LOOP;
END
$$;
GRANT anon, authenticated, service_role TO authenticator;
