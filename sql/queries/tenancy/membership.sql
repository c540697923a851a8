SELECT ARRAY(
    SELECT pg_catalog.convert_from(pg_catalog.decode(argument.word, 'escape'), 'UTF8')
    FROM ROWS FROM (pg_catalog.string_to_table(pg_catalog.encode(trigger.tgargs, 'escape'), '\000')) WITH ORDINALITY
        AS argument(word, place)
    WHERE argument.place OPERATOR(pg_catalog.<=) trigger.tgnargs
    ORDER BY argument.place USING OPERATOR(pg_catalog.<))
FROM pg_catalog.pg_trigger AS trigger
JOIN pg_catalog.pg_proc AS routine ON routine.oid OPERATOR(pg_catalog.=) trigger.tgfoid
WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1
    AND routine.pronamespace OPERATOR(pg_catalog.=) 'rowkit'::pg_catalog.regnamespace
    AND routine.proname OPERATOR(pg_catalog.=) 'guard_membership'
ORDER BY trigger.tgname USING OPERATOR(pg_catalog.<)
LIMIT 1
