-- What a foreign key refers to in the rows of the deletions $1.
SELECT pg_catalog.count(*), @arrays@
FROM (SELECT @parts@ FROM @relation@ AS target WHERE target.deletion_id OPERATOR(pg_catalog.=) ANY ($1)) AS found
