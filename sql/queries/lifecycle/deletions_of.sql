SELECT DISTINCT target.deletion_id FROM @relation@ AS target WHERE target.deletion_id IS NOT NULL AND @among@
