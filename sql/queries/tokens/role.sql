SELECT COALESCE(member.role::pg_catalog.text, '') AS role FROM @membership@ AS member
WHERE member.account_id OPERATOR(pg_catalog.=) $1 AND member.user_id OPERATOR(pg_catalog.=) $2 @live@ LIMIT 1
