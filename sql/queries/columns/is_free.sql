NOT EXISTS (
            SELECT
            FROM @values@ AS kept
            JOIN @records@ AS record ON record.id OPERATOR(pg_catalog.=) kept.record_id
            JOIN @deletions@ AS deletion ON deletion.id OPERATOR(pg_catalog.=) record.deletion_id
            WHERE kept.change_id OPERATOR(pg_catalog.=) oldest.id AND deletion.is_on_hold)
