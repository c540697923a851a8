-- Of the rows that $1 names those in a state that row security shows the caller; they are held. The relation has its own name: policies use it.
SELECT @key_text@
FROM @relation@ AS @alias@
WHERE EXISTS (SELECT FROM pg_catalog.unnest($1) AS "rowkit.given"(id) WHERE @given@) AND @state@
ORDER BY @order@
FOR UPDATE
