UPDATE @membership@ AS member SET role = $3 @activate@
WHERE member.account_id OPERATOR(pg_catalog.=) $1 AND member.user_id OPERATOR(pg_catalog.=) $2 @deleted@
