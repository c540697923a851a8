-- Gives records the new keys ($2, by the old ones) and the new names of choices ($3 by key and old name, $4 for the common fields).
WITH moved AS (
    UPDATE @records@ AS record
    SET data = (
            SELECT COALESCE(
                pg_catalog.jsonb_object_agg(
                    COALESCE($2 OPERATOR(pg_catalog.->>) field.key, field.key),
                    CASE
                        WHEN renamed.names IS NULL THEN field.value
                        WHEN pg_catalog.jsonb_typeof(field.value) OPERATOR(pg_catalog.=) 'string'
                            THEN COALESCE(renamed.names OPERATOR(pg_catalog.->) (field.value OPERATOR(pg_catalog.#>>) '{}'), field.value)
                        WHEN pg_catalog.jsonb_typeof(field.value) OPERATOR(pg_catalog.=) 'array'
                            THEN (
                                SELECT COALESCE(pg_catalog.jsonb_agg(item.value ORDER BY item.place), '[]')
                                FROM (
                                    -- A name that is there twice now is there once, where it was first.
                                    SELECT named.value, pg_catalog.min(named.place) AS place
                                    FROM (
                                        SELECT
                                            CASE WHEN pg_catalog.jsonb_typeof(element.value) OPERATOR(pg_catalog.=) 'string'
                                                THEN COALESCE(
                                                    renamed.names OPERATOR(pg_catalog.->) (element.value OPERATOR(pg_catalog.#>>) '{}'), element.value)
                                                ELSE element.value END AS value,
                                            element.place
                                        FROM pg_catalog.jsonb_array_elements(field.value) WITH ORDINALITY AS element(value, place)
                                    ) AS named
                                    GROUP BY named.value
                                ) AS item)
                        ELSE field.value
                    END
                    -- Of two keys that become one, that counts which has a value.
                    ORDER BY field.value OPERATOR(pg_catalog.<>) 'null'),
                '{}')
            FROM pg_catalog.jsonb_each(record.data) AS field
            CROSS JOIN LATERAL (SELECT $3 OPERATOR(pg_catalog.->) field.key AS names) AS renamed),
        name = COALESCE(($4 OPERATOR(pg_catalog.->) 'name') OPERATOR(pg_catalog.->>) record.name, record.name),
        email = COALESCE(($4 OPERATOR(pg_catalog.->) 'email') OPERATOR(pg_catalog.->>) record.email, record.email),
        company = COALESCE(($4 OPERATOR(pg_catalog.->) 'company') OPERATOR(pg_catalog.->>) record.company, record.company),
        status = COALESCE(($4 OPERATOR(pg_catalog.->) 'status') OPERATOR(pg_catalog.->>) record.status, record.status)
    WHERE @condition@
    RETURNING record.id
)
SELECT pg_catalog.count(*) FROM moved
