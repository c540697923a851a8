-- Cancels imports that nobody has gone on with for so many days. One that somebody goes on with now is locked.
UPDATE @imports@ SET state = 'cancelled', ended_at = pg_catalog.now()
WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT import.id
    FROM @imports@ AS import
    WHERE import.state OPERATOR(pg_catalog.=) 'running'
        AND import.updated_at OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) pg_catalog.make_interval(days => $1::pg_catalog.int4))
    FOR UPDATE SKIP LOCKED))
