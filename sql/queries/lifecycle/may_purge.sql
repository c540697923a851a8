SELECT pg_catalog.pg_has_role(relation.relowner, 'USAGE')
    OR (
        pg_catalog.has_table_privilege(relation.oid, 'DELETE')
        AND (SELECT role.rolbypassrls FROM pg_catalog.pg_roles AS role WHERE role.rolname OPERATOR(pg_catalog.=) CURRENT_USER)
    )
FROM pg_catalog.pg_class AS relation
WHERE relation.oid OPERATOR(pg_catalog.=) $1
