-- What the rows of a deletion refer to.
SELECT pg_catalog.count(*), @arrays@
FROM (
    SELECT DISTINCT @parts@
    FROM @relation@ AS child
    WHERE child.deletion_id OPERATOR(pg_catalog.=) $1 AND @is_set@ @among@
) AS found
