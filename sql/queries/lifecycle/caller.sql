-- What the caller may do with the relation $1: whether they may write the marks, and, where row security holds them, what its policies
-- for SELECT, UPDATE and DELETE ask of a row, as PostgreSQL joins them.
SELECT
    pg_catalog.has_column_privilege($1, 'deleted_at', 'UPDATE') AND pg_catalog.has_column_privilege($1, 'deleted_by', 'UPDATE')
        AND pg_catalog.has_column_privilege($1, 'deletion_id', 'UPDATE'),
    CASE WHEN pg_catalog.row_security_active($1) THEN ARRAY(
        SELECT pg_catalog.concat_ws(' AND ',
            pg_catalog.concat('(', COALESCE(pg_catalog.string_agg(rule.asked, ' OR ') FILTER (WHERE rule.polpermissive), 'false'), ')'),
            pg_catalog.string_agg(rule.asked, ' AND ') FILTER (WHERE NOT rule.polpermissive))
        FROM (VALUES (1, 'r'), (2, 'w'), (3, 'd')) AS command(place, letter)
        LEFT JOIN LATERAL (
            SELECT policy.polpermissive, pg_catalog.concat('(', pg_catalog.pg_get_expr(policy.polqual, policy.polrelid), ')') AS asked
            FROM pg_catalog.pg_policy AS policy
            WHERE policy.polrelid OPERATOR(pg_catalog.=) $1 AND policy.polqual IS NOT NULL
                AND policy.polcmd::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['*', command.letter])
                AND EXISTS (
                    SELECT FROM pg_catalog.unnest(policy.polroles) AS role(oid)
                    WHERE role.oid OPERATOR(pg_catalog.=) 0::pg_catalog.oid OR pg_catalog.pg_has_role(role.oid, 'USAGE'))
            ORDER BY policy.polname
        ) AS rule ON true
        GROUP BY command.place
        ORDER BY command.place
    ) END
