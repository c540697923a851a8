-- A slot of the table ($1) that nobody holds; slot 0 is a mark.
UPDATE @statistics@ AS slot SET counts = rowkit_internal._added_counts(slot.counts, $2)
WHERE slot.table_id OPERATOR(pg_catalog.=) $1
    AND slot.slot OPERATOR(pg_catalog.=) (
        SELECT candidate.slot
        FROM @statistics@ AS candidate
        WHERE candidate.table_id OPERATOR(pg_catalog.=) $1 AND candidate.slot OPERATOR(pg_catalog.>) 0
        LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED)
