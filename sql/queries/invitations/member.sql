SELECT member.role::pg_catalog.text, @is_active@::pg_catalog.bool FROM @membership@ AS member
WHERE member.account_id OPERATOR(pg_catalog.=) $1 AND member.user_id OPERATOR(pg_catalog.=) $2 @deleted@
