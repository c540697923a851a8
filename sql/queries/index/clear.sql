-- All entries, when the records were truncated.
DELETE FROM @record_index@ AS stored
