SELECT member.@role@::pg_catalog.text, @is_active@::pg_catalog.bool FROM @membership@ AS member
WHERE member.@tenant@ OPERATOR(pg_catalog.=) $1 AND member.@user@ OPERATOR(pg_catalog.=) $2 @deleted@
