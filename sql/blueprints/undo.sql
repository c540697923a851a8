-- What applications call to take back a transaction that audit_logs tells of: the same in each blueprint.

CREATE OR REPLACE FUNCTION @schema@.undo_transaction(transaction uuid) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.undo_transaction(undo_transaction.transaction, $rowkit$@schema@.audit_logs$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.undo_transaction(uuid) IS
'Takes back every change of a transaction.
With the caller''s rights, all or nothing. Returns how many rows it changed. 55000 when a row holds something else by now. VOLATILE. '
'Returns 0 for a transaction that was undone already. Example: SELECT undo_transaction(transaction) FROM audit_logs WHERE id = ''0193…''. '
'transaction is the uuid that audit_logs and the functions of the history have for it.';
