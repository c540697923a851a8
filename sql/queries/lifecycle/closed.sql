-- Of the rows that the parameters hold, those that nothing refers to but others among them.
SELECT pg_catalog.count(*), @arrays@
FROM (SELECT @columns@ FROM @relation@ AS target WHERE @among@ AND @unreferenced@) AS found
