-- attack: definer_functions_granted
-- What a blueprint revokes from the API when it is installed.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT oid::regprocedure AS name FROM pg_proc WHERE prosecdef AND prorettype = 'trigger'::regtype AND pronamespace = 'ct'::regnamespace OR oid = 'dc.set_account_limits()'::regprocedure LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO authenticated', found.name);
    END LOOP;
END
$$;
