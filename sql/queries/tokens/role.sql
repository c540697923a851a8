SELECT COALESCE(member.role::pg_catalog.text, '') AS role FROM @membership@ AS member
WHERE member.account_id OPERATOR(pg_catalog.=) @account@ AND member.user_id OPERATOR(pg_catalog.=) @user@ @live@ LIMIT 1
