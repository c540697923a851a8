UPDATE @accounts@ AS account SET balance = account.balance OPERATOR(pg_catalog.+) $2 WHERE account.account_id OPERATOR(pg_catalog.=) $1::@type@
