-- Version 7, the RFC's variant, the time of now.
SELECT count(*) AS made, count(DISTINCT id) AS different,
    bool_and(substr(id::text, 15, 1) = '7') AS version, bool_and(substr(id::text, 20, 1) IN ('8', '9', 'a', 'b')) AS variant,
    bool_and(abs(('x' || lpad(replace(left(id::text, 13), '-', ''), 16, '0'))::bit(64)::bigint - extract(epoch FROM clock_timestamp()) * 1000) < 60000) AS of_now
FROM (SELECT rowkit.uuidv7() AS id FROM generate_series(1, 10000)) AS made;
-- Rising within a session, from one statement to the next and far within one tick of the clock.
CREATE TEMPORARY TABLE made (number integer GENERATED ALWAYS AS IDENTITY, id uuid DEFAULT rowkit.uuidv7());
INSERT INTO made (id) SELECT rowkit.uuidv7() FROM generate_series(1, 50000);
INSERT INTO made DEFAULT VALUES;
INSERT INTO made (id) SELECT rowkit.uuidv7() FROM generate_series(1, 50000);
SELECT count(*) AS falls FROM (SELECT id, lag(id) OVER (ORDER BY number) AS before FROM made) AS pair WHERE id <= before;
-- The last 62 bits are random: each bit is set about half of the time.
SELECT count(*) AS bits, bool_and(share BETWEEN 0.48 AND 0.52) AS even
FROM (
    SELECT place, avg(get_bit(decode(replace(id::text, '-', ''), 'hex'), place)) AS share
    FROM made, unnest(ARRAY(SELECT byte * 8 + bit FROM generate_series(8, 15) AS byte, generate_series(0, 7) AS bit)) AS place
    WHERE place NOT IN (70, 71)
    GROUP BY place
) AS counted;
SELECT provolatile, proparallel, proisstrict FROM pg_proc WHERE oid = 'rowkit.uuidv7()'::regprocedure;
