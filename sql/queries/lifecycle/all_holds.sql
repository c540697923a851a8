-- The deletions that are on hold.
SELECT deletion.id FROM @deletions@ AS deletion WHERE deletion.is_on_hold AND deletion.restored_at IS NULL
