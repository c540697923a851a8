-- Columns that a trigger fills in say so to clients: they have a default, so that nobody has to give them.

SELECT rowkit_internal._ensure_filled_defaults('@blueprint@', $rowkit$@schema@$rowkit$::regnamespace);
