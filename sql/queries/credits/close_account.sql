-- Foreign keys are looked at when all of it is gone; what row security hid is refused by them.
WITH entries AS (
    DELETE FROM @entries@ AS entry WHERE entry.account_id OPERATOR(pg_catalog.=) $1::@type@ RETURNING entry.id
), operations AS (
    DELETE FROM @operations@ AS operation WHERE operation.account_id OPERATOR(pg_catalog.=) $1::@type@ RETURNING operation.id
), grants AS (
    DELETE FROM @grants@ AS given WHERE given.account_id OPERATOR(pg_catalog.=) $1::@type@ RETURNING given.id
), account AS (
    DELETE FROM @accounts@ AS account WHERE account.account_id OPERATOR(pg_catalog.=) $1::@type@ RETURNING account.account_id, account.balance
)
SELECT pg_catalog.json_build_object(
    'account_id', account.account_id, 'balance', account.balance, 'grants', (SELECT pg_catalog.count(*) FROM grants),
    'operations', (SELECT pg_catalog.count(*) FROM operations), 'entries', (SELECT pg_catalog.count(*) FROM entries))::pg_catalog.text
FROM account
