-- What applications call, besides the functions of workspaces, topics and credits before. Each works on the tables of this schema, whatever the search_path
-- is, with the caller's rights and row security: members read what their workspace has, a service gives and takes credits.

CREATE OR REPLACE FUNCTION @schema@.credit_balance(workspace_id uuid DEFAULT @schema@.get_user_workspace_id()) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.credit_balance(credit_balance.workspace_id, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.credit_balance(uuid) IS
'Returns how many credits a workspace can spend now.
What ended, renewed or lapsed counts already, though no job ran. 0 for a workspace without credits, or one that the caller does not see. STABLE. Example: SELECT credit_balance(). '
'workspace_id is the workspace, by default that of whoever is asking.';

CREATE OR REPLACE FUNCTION @schema@.workspace_usage(workspace_id uuid DEFAULT @schema@.get_user_workspace_id())
    RETURNS TABLE(resource_type text, used bigint, usage_limit bigint, plan text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT counted.* FROM rowkit.account_usage(workspace_usage.workspace_id, $rowkit$@schema@.workspaces$rowkit$::pg_catalog.regclass) AS counted;
    END;
COMMENT ON FUNCTION @schema@.workspace_usage(uuid) IS
'Returns what a workspace uses of what its plan allows.
A row for each resource: queries that are not completed. No row for a workspace that the caller does not see. STABLE. Example: SELECT used, usage_limit FROM workspace_usage(). '
'workspace_id is the workspace, by default that of whoever is asking. resource_type is what is counted. used is how many there are. usage_limit is how many there may be; NULL is no limit. plan is '
'the plan that says so.';

CREATE OR REPLACE FUNCTION @schema@.grant_credits(
    workspace_id uuid, amount bigint, priority integer DEFAULT 100, expires_at timestamptz DEFAULT NULL, period text DEFAULT NULL, source text DEFAULT NULL,
    idempotency_key text DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.grant_credits(
            grant_credits.workspace_id, grant_credits.amount, grant_credits.priority, grant_credits.expires_at, grant_credits.period, grant_credits.source,
            grant_credits.idempotency_key, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.grant_credits(uuid, bigint, integer, timestamptz, text, text, text) IS
'Gives a workspace credits, as after a payment.
For the service: 42501 for users. Returns {"grant_id", "amount", "balance"}. 22023 for an amount that is not positive, or an idempotency_key of another request. VOLATILE. '
'Example: SELECT grant_credits(''0193…'', 500, source => ''purchase'', idempotency_key => ''pi_123''). '
'workspace_id is the workspace. amount is how many credits. priority orders the grants of a workspace: the lowest is spent first. expires_at is when the grant ends; NULL is never. period is day, '
'week or month for a grant that is full again in each, or NULL. source says where the credits come from. idempotency_key is a text of the caller: the same one again gives nothing and returns the '
'first answer.';

CREATE OR REPLACE FUNCTION @schema@.consume_credits(workspace_id uuid, amount bigint, action text, idempotency_key text DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.consume_credits(
            consume_credits.workspace_id, consume_credits.amount, consume_credits.action, consume_credits.idempotency_key,
            $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.consume_credits(uuid, bigint, text, text) IS
'Takes credits of a workspace, all or none, once for an idempotency key.
For the service: 42501 for users, who call record_credit_usage(). Returns {"operation_id", "amount", "balance"}. 53400 when there are too few, 22023 for an amount that is not positive, or an '
'idempotency_key of another request. VOLATILE. Example: SELECT consume_credits(''0193…'', 1, ''email_reveal'', ''req_7''). '
'workspace_id is the workspace. amount is how many credits. action says in a word what for. idempotency_key is a text of the caller: the same one again takes nothing and returns the first answer.';

CREATE OR REPLACE FUNCTION @schema@.reserve_credits(
    workspace_id uuid, amount bigint, action text, hold_for interval DEFAULT '15 minutes', idempotency_key text DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.reserve_credits(
            reserve_credits.workspace_id, reserve_credits.amount, reserve_credits.action, reserve_credits.hold_for, reserve_credits.idempotency_key,
            $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.reserve_credits(uuid, bigint, text, interval, text) IS
'Holds credits of a workspace for work whose price is known at its end.
For the service: 42501 for users. settle_credits() takes what was used, release_credits() gives all back; after hold_for the reservation lapses. Returns {"operation_id", "amount", "balance"}. '
'Errors as consume_credits. VOLATILE. Example: SELECT reserve_credits(''0193…'', 20, ''export'') ->> ''operation_id''. '
'workspace_id is the workspace. amount is how many credits. action says in a word what for. idempotency_key is a text of the caller: the same one again returns the first answer.';

CREATE OR REPLACE FUNCTION @schema@.settle_credits(reservation_id uuid, amount bigint DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.settle_credits(settle_credits.reservation_id, settle_credits.amount, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.settle_credits(uuid, bigint) IS
'Takes what was reserved, or less of it, for good.
For the service. Returns {"operation_id", "amount", "balance"}, amount being what came back. 22023 for more than was reserved, 55000 for a reservation that is no longer held, 42704 for none. '
'VOLATILE. Example: SELECT settle_credits(''0193…'', 12). '
'reservation_id is the operation_id that reserve_credits() returned. amount is how many credits were used, by default all.';

CREATE OR REPLACE FUNCTION @schema@.release_credits(reservation_id uuid) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.release_credits(release_credits.reservation_id, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.release_credits(uuid) IS
'Gives back all that was reserved.
For the service. Returns {"operation_id", "amount", "balance"}. 55000 for a reservation that is no longer held, 42704 for none. VOLATILE. Example: SELECT release_credits(''0193…''). '
'reservation_id is the operation_id that reserve_credits() returned.';

CREATE OR REPLACE FUNCTION @schema@.refund_credits(operation_id uuid, amount bigint DEFAULT NULL, idempotency_key text DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.refund_credits(
            refund_credits.operation_id, refund_credits.amount, refund_credits.idempotency_key, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.refund_credits(uuid, bigint, text) IS
'Gives back credits that were taken, all or some.
For the service. Returns {"operation_id", "amount", "balance"}. 22023 for more than was taken, 42704 for an operation that is not there, 55000 for one that took nothing. VOLATILE. '
'Example: SELECT refund_credits(operation_id) FROM credit_usage WHERE id = ''0193…''. '
'operation_id is the debit, as record_credit_usage() and consume_credits() return it. amount is how many credits come back, by default all. idempotency_key is a text of the caller: the same one '
'again gives nothing and returns the first answer.';

CREATE OR REPLACE FUNCTION @schema@.lead_history(lead_id uuid) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text,
    transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT event.* FROM rowkit.row_history($rowkit$@schema@.leads$rowkit$::pg_catalog.regclass, lead_history.lead_id) AS event;
    END;
COMMENT ON FUNCTION @schema@.lead_history(uuid) IS
'Returns what was done to a lead, the first event first.
For admins, who read audit_logs; no row for others. STABLE. Example: SELECT created_at, user_id, new_data FROM lead_history(''0193…''). '
'lead_id is the id of the lead. created_at is when it was done. user_id is who did it. action is INSERT, UPDATE, DELETE, SOFT_DELETE or RESTORE. record_key is the id at that time. old_data and new_data are the values '
'before and after. transaction_id is the transaction''s number, transaction its uuid, which undo_transaction() takes. ip_address is where the request came from. database_role is the role that wrote.';
