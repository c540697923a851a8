-- What is past its time goes, two for each that comes.
DELETE FROM @table@ AS entry WHERE entry.login_hash IN (
    SELECT old.login_hash FROM @table@ AS old
    WHERE old.last_failed_login_at OPERATOR(pg_catalog.<) ($1 OPERATOR(pg_catalog.-) $2) AND COALESCE(old.locked_until OPERATOR(pg_catalog.<) $1, true)
    LIMIT 2 FOR UPDATE SKIP LOCKED)
