-- Whether the policies that say which rows of a relation ($1) are seen look at the tenant alone: they are those of enable_tenant_isolation on organization_id,
-- unchanged. That of enable_soft_delete hides deleted rows, which no index has.
SELECT coalesce(pg_catalog.bool_and(
    CASE WHEN rule.polpermissive THEN
        seal.parts IS NOT NULL
        AND seal.parts[1] OPERATOR(pg_catalog.=) rowkit_internal._policy_checksum(rule.polrelid, rule.polname::pg_catalog.text)
        AND pg_catalog.pg_get_expr(rule.polqual, rule.polrelid) OPERATOR(pg_catalog.~) '^\(organization_id = ANY \((rowkit\.)?current_tenant_ids\([^()]*\)\)\)$'
    ELSE
        pg_catalog.pg_get_expr(rule.polqual, rule.polrelid) OPERATOR(pg_catalog.~) '^\(deleted_at IS NULL\)$|^\(\(deleted_at IS NULL\) OR [^()]*\([^()]*\)\)$'
    END), true)
FROM pg_catalog.pg_policy AS rule
LEFT JOIN LATERAL pg_catalog.regexp_match(
    rowkit_internal._seal(rule.oid), '^Made by rowkit: .* Checksum ([0-9a-f]{32})\. By enable_tenant_isolation\(') AS seal(parts) ON true
WHERE rule.polrelid OPERATOR(pg_catalog.=) $1 AND rule.polcmd OPERATOR(pg_catalog.=) ANY ('{r,*}')
