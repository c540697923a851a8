-- Whether all policies of a relation ($1) are those of enable_tenant_isolation, unchanged: then they look at the tenant of a row alone.
SELECT coalesce(pg_catalog.bool_and(
    seal.parts IS NOT NULL
    AND seal.parts[1] OPERATOR(pg_catalog.=) rowkit_internal._policy_checksum(rule.polrelid, rule.polname::pg_catalog.text)), true)
FROM pg_catalog.pg_policy AS rule
CROSS JOIN LATERAL pg_catalog.regexp_match(
    rowkit_internal._seal(rule.oid), '^Made by rowkit: .* Checksum ([0-9a-f]{32})\. By enable_tenant_isolation\(') AS seal(parts)
WHERE rule.polrelid OPERATOR(pg_catalog.=) $1
