-- How many credits the grants of an account gave that have not ended.
SELECT LEAST(COALESCE(pg_catalog.sum(held.amount), 0), 9223372036854775807)::pg_catalog.int8
FROM @grants@ AS held
WHERE held.account_id OPERATOR(pg_catalog.=) $1::@type@ AND (held.expires_at OPERATOR(pg_catalog.>) pg_catalog.now()) IS NOT FALSE
