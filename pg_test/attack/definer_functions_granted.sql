-- Default privileges of a schema give EXECUTE on new functions to the API's roles, whatever was revoked from PUBLIC. No function that works with its owner's
-- rights may be theirs to call but those that are meant for them, and none of them may be hung on a table. The blueprint is installed again: it repairs this.
SELECT attack.holds(count(*) = 0, format('the API cannot execute %s', string_agg(function.oid::regprocedure || ' (' || role.rolname || ')', ', ')))
FROM pg_proc AS function CROSS JOIN pg_roles AS role
WHERE function.prosecdef AND function.pronamespace::regnamespace::text IN ('ct', 'ca', 'dc', 'li', 'sc')
    AND role.rolname IN ('anon', 'authenticated', 'service_role', 'plain') AND has_function_privilege(role.oid, function.oid, 'EXECUTE')
    AND (function.prorettype = 'trigger'::regtype OR role.rolname = 'plain' OR function.proname NOT IN ('claim_invitation', 'submit_form', 'invite_client', 'record_credit_usage')
        OR role.rolname = 'anon' AND function.proname = 'record_credit_usage');

-- Somebody grants it; the next install takes it away again.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT oid::regprocedure AS name FROM pg_proc WHERE prosecdef AND prorettype = 'trigger'::regtype AND pronamespace::regnamespace::text IN ('ct', 'ca', 'dc') LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO anon, authenticated, service_role', found.name);
    END LOOP;
END
$$;
SELECT count(*) FROM rowkit.install_blueprint('data_catalog', 'dc');
SELECT attack.holds(count(*) = 0, format('installing again takes %s from the API', string_agg(function.oid::regprocedure::text, ', ')))
FROM pg_proc AS function
WHERE function.prosecdef AND function.prorettype = 'trigger'::regtype AND function.pronamespace = 'dc'::regnamespace AND has_function_privilege('authenticated', function.oid, 'EXECUTE');
