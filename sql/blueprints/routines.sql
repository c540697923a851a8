-- Functions that act with their owner's rights, and those of triggers, are nobody's to call but where the blueprint opened them.

SELECT rowkit_internal._close_routines('@blueprint@', $rowkit$@schema@$rowkit$::regnamespace);
