-- Of some rows those that are below no row of the same deletion that the caller may bring back.
SELECT pg_catalog.count(*), @arrays@
FROM (
    SELECT @columns@
    FROM @relation@ AS target
    WHERE @among@ AND @not_below@
) AS found
