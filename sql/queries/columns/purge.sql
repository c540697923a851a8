-- Takes the oldest change of a column that is $1 days old, and the values that it kept, unless one of them is of a record on hold.
DELETE FROM @changes@ AS change
WHERE change.id OPERATOR(pg_catalog.=) (
    SELECT oldest.id
    FROM @changes@ AS oldest
    WHERE oldest.changed_at OPERATOR(pg_catalog.<=) (pg_catalog.now() OPERATOR(pg_catalog.-) pg_catalog.make_interval(days => $1::pg_catalog.int4))
        AND @is_free@
    ORDER BY oldest.id USING OPERATOR(pg_catalog.<)
    LIMIT 1
    FOR UPDATE SKIP LOCKED)
RETURNING change.value_count
