SELECT pg_catalog.convert_from(pg_catalog.decode(argument.word, 'escape'), 'UTF8')
FROM pg_catalog.pg_trigger AS trigger
JOIN pg_catalog.pg_proc AS routine ON routine.oid OPERATOR(pg_catalog.=) trigger.tgfoid
CROSS JOIN LATERAL ROWS FROM (
    pg_catalog.string_to_table(pg_catalog.encode(trigger.tgargs, 'escape'), '\000')
) WITH ORDINALITY AS argument(word, place)
WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1
    AND routine.proname OPERATOR(pg_catalog.=) 'maintain_search_vector'
    AND routine.pronamespace OPERATOR(pg_catalog.=) 'rowkit'::pg_catalog.regnamespace
    AND argument.place OPERATOR(pg_catalog.<=) trigger.tgnargs
ORDER BY trigger.tgname USING OPERATOR(pg_catalog.<), argument.place USING OPERATOR(pg_catalog.<)
