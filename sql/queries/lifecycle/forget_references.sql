DELETE FROM @references@ AS remembered WHERE remembered.deletion_id OPERATOR(pg_catalog.=) $1
