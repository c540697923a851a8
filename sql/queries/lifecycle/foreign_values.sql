-- What a foreign key refers to in the rows that the parameters hold, with each row's place among them.
SELECT pg_catalog.count(*), pg_catalog.array_agg(found.place ORDER BY found.place), @arrays@
FROM (
    SELECT handle.place, @parts@
    FROM @handles@ WITH ORDINALITY AS handle(@names@, place)
    JOIN @relation@ AS target ON @is_handle@
) AS found
