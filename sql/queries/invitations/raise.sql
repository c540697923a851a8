UPDATE @membership@ AS member SET @role@ = $3 @activate@
WHERE member.@tenant@ OPERATOR(pg_catalog.=) $1 AND member.@user@ OPERATOR(pg_catalog.=) $2 @deleted@
