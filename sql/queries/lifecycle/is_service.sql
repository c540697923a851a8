-- Whether the caller has the rights of service_role, or of a role that a policy of rowkit's lets see and write all rows of the table $1.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_roles AS role
    WHERE pg_catalog.pg_has_role(role.oid, 'USAGE') AND (
        role.rolname OPERATOR(pg_catalog.=) 'service_role'::pg_catalog.name
        OR EXISTS (
            SELECT FROM pg_catalog.pg_policy AS rule
            WHERE rule.polrelid OPERATOR(pg_catalog.=) $1 AND role.oid OPERATOR(pg_catalog.=) ANY (rule.polroles) AND rule.polpermissive
                AND rule.polcmd OPERATOR(pg_catalog.=) '*'
                AND pg_catalog.pg_get_expr(rule.polqual, rule.polrelid) OPERATOR(pg_catalog.=) 'true'
                AND pg_catalog.obj_description(rule.oid, 'pg_policy') OPERATOR(pg_catalog.~) '^Made by rowkit: ')))
