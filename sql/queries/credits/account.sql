SELECT FROM @accounts@ AS account WHERE account.account_id OPERATOR(pg_catalog.=) $1::@type@
