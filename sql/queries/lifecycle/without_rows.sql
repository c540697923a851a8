-- Of the deletions $1 those of which the relation holds no row.
SELECT given.id
FROM pg_catalog.unnest($1) AS given(id)
WHERE NOT EXISTS (SELECT FROM @relation@ AS target WHERE target.deletion_id OPERATOR(pg_catalog.=) given.id)
