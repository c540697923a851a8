UPDATE @table@ AS trend SET change_percent = fresh.change_percent
FROM (
    SELECT
        this.topic_id, this.week,
        pg_catalog.round(
            (this.volume OPERATOR(pg_catalog.-) before.volume)::pg_catalog.numeric OPERATOR(pg_catalog./)
                NULLIF(before.volume, 0)::pg_catalog.numeric OPERATOR(pg_catalog.*) 100::pg_catalog.numeric, 2) AS change_percent
    FROM @table@ AS this
    LEFT JOIN @table@ AS before
        ON before.topic_id OPERATOR(pg_catalog.=) this.topic_id AND before.week OPERATOR(pg_catalog.=) (this.week OPERATOR(pg_catalog.-) 7)
) AS fresh
WHERE trend.topic_id OPERATOR(pg_catalog.=) fresh.topic_id AND trend.week OPERATOR(pg_catalog.=) fresh.week
    AND trend.change_percent IS DISTINCT FROM fresh.change_percent
