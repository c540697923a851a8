-- The places ($2) of those children whose parents are rows of the deletion $1.
SELECT pg_catalog.array_agg(child.place)
FROM ROWS FROM (pg_catalog.unnest($2), @arrays@) AS child(place, @parts@)
WHERE EXISTS (SELECT FROM @relation@ AS parent WHERE parent.deletion_id OPERATOR(pg_catalog.=) $1 AND @is_referred@ @not_other@)
