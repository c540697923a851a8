-- The deletions next in order of which the relation holds rows: each is looked for behind the one before, so that a deletion of very many rows is one step.
WITH RECURSIVE held AS (
    (
        SELECT target.deletion_id
        FROM @relation@ AS target
        WHERE target.deletion_id IS NOT NULL AND ($1 IS NULL OR target.deletion_id OPERATOR(pg_catalog.>) $1)
        ORDER BY target.deletion_id USING OPERATOR(pg_catalog.<)
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT target.deletion_id
        FROM @relation@ AS target
        WHERE target.deletion_id IS NOT NULL AND target.deletion_id OPERATOR(pg_catalog.>) held.deletion_id
        ORDER BY target.deletion_id USING OPERATOR(pg_catalog.<)
        LIMIT 1
    )
    FROM held
    WHERE held.deletion_id IS NOT NULL
)
SELECT held.deletion_id FROM held WHERE held.deletion_id IS NOT NULL LIMIT 1000
