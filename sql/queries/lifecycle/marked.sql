-- The deletions that the rows named by $1 belong to.
SELECT marked.deletion_id, pg_catalog.count(*), pg_catalog.array_agg(@key_text@), pg_catalog.jsonb_agg(@key_object@)
FROM @relation@ AS marked
WHERE EXISTS (SELECT FROM pg_catalog.unnest($1) AS given(id) WHERE @given@) AND marked.deletion_id IS NOT NULL
GROUP BY marked.deletion_id
ORDER BY marked.deletion_id
