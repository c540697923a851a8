-- The permissive policies that say which rows of $1 may be written: the command, the roles, what a new row must meet, and the name.
SELECT
    policy.polcmd::pg_catalog.text,
    ARRAY(SELECT role.id::pg_catalog.int8 FROM pg_catalog.unnest(policy.polroles) AS role(id)),
    COALESCE(pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid), pg_catalog.pg_get_expr(policy.polqual, policy.polrelid), 'false'),
    policy.polname::pg_catalog.text
FROM pg_catalog.pg_policy AS policy
WHERE policy.polrelid OPERATOR(pg_catalog.=) $1 AND policy.polpermissive
    AND policy.polcmd::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['*', 'a', 'w'])
ORDER BY policy.polname USING OPERATOR(pg_catalog.<)
