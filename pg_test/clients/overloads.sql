-- How PostgREST resolves a call, as a query: it returns the functions of the exposed schemas that no call, or no one call, would reach.
WITH callable AS (
    SELECT routine.oid, routine.pronamespace AS home, routine.proname AS name, routine.oid::regprocedure AS signature, routine.pronargs AS arguments,
        array(SELECT argument.name FROM unnest(routine.proargnames) WITH ORDINALITY AS argument(name, place)
            WHERE argument.place <= routine.pronargs AND argument.name <> '') AS names,
        array(SELECT argument.name FROM unnest(routine.proargnames) WITH ORDINALITY AS argument(name, place)
            WHERE argument.place <= routine.pronargs - routine.pronargdefaults) AS required,
        -- The body of a request is the one argument without a name.
        routine.pronargs = 1 AND coalesce(routine.proargnames[1], '') = '' AND routine.proargtypes[0] = ANY ('{json,jsonb,text,xml,bytea}'::regtype[]) AS takes_body
    FROM pg_proc AS routine
    WHERE routine.pronamespace::regnamespace::text IN (SELECT quote_ident(schema) FROM public.exposed)
        AND routine.prorettype <> 'trigger'::regtype AND routine.prokind = 'f'
)
SELECT one.signature, 'and', other.signature, 'can be meant by the same call'
FROM callable AS one JOIN callable AS other ON other.home = one.home AND other.name = one.name AND other.oid > one.oid
WHERE one.required <@ other.names AND other.required <@ one.names OR one.takes_body OR other.takes_body
UNION ALL
SELECT signature, 'has', NULL, 'an argument without a name' FROM callable WHERE cardinality(names) < arguments AND NOT takes_body;
