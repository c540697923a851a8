-- What is the same for many tables: ids, tenants from parents, updated_at, soft delete; and what accounts use.
-- Triggers of one kind fire in the order of their names, hence …_a_tenant.

-- PL/pgSQL: the same DDL for each table.
DO $tables$
DECLARE
    home CONSTANT text := $rowkit$@schema@$rowkit$;
    named text;
    parent text;
BEGIN
    FOREACH named IN ARRAY ARRAY[
        'accounts', 'users', 'account_users', 'projects', 'workspaces', 'workspace_users', 'project_users', 'connections', 'datasets', 'columns', 'lineage',
        'diagrams', 'diagram_datasets', 'workspace_datasets', 'subscription_plans', 'subscriptions', 'payments', 'usage_events', 'invitations', 'api_tokens',
        'configurations', 'environments', 'macros', 'templates', 'template_fragments', 'connection_metadata_cache', 'source_control_commits']
    LOOP
        PERFORM rowkit_internal._ensure_id_default(format('%s.%I', home, named)::regclass);
        -- Counting is no change that anyone made.
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %1$s_updated_at BEFORE UPDATE %3$sON %2$s.%1$I FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at()', named, home,
            CASE named WHEN 'accounts' THEN 'OF name, slug, billing_email, stripe_customer_id, subscription_tier, max_users, max_projects, max_datasets, '
                'max_monthly_ai_requests, max_storage_mb, settings, metadata, created_by, updated_by ' END);
    END LOOP;

    FOR named, parent IN VALUES
        ('workspaces', 'project_id'), ('workspace_users', 'workspace_id'), ('project_users', 'project_id'), ('source_control_commits', 'project_id'),
        ('connection_metadata_cache', 'connection_id'), ('datasets', 'connection_id'), ('columns', 'dataset_id'), ('lineage', 'source_dataset_id'),
        ('diagrams', 'workspace_id'), ('diagram_datasets', 'diagram_id'), ('workspace_datasets', 'workspace_id'), ('payments', 'subscription_id'),
        ('configurations', 'workspace_id'), ('template_fragments', 'template_id')
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %1$s_a_tenant BEFORE INSERT ON %2$s.%1$I FOR EACH ROW WHEN (NEW.account_id IS NULL) '
            'EXECUTE FUNCTION rowkit.inherit_tenant(%3$L)', named, home, parent);
    END LOOP;

    -- All that is below an account, a user, a project or a dataset can be deleted softly, or it would stand in the way. The view of what is not
    -- deleted is there for the tables that people delete from. Of those the view deleted_records_summary shows what is deleted; in the other tables deleted
    -- rows are hidden from the API's roles.
    FOREACH named IN ARRAY ARRAY[
        'accounts', 'users', 'projects', 'workspaces', 'connections', 'datasets', 'columns', 'configurations', 'environments', 'invitations',
        'macros', 'templates']
    LOOP
        PERFORM rowkit.enable_soft_delete(format('%s.%I', home, named)::regclass);
    END LOOP;
    FOREACH named IN ARRAY ARRAY[
        'account_users', 'workspace_users', 'project_users', 'source_control_commits', 'connection_metadata_cache', 'lineage', 'diagrams', 'diagram_datasets',
        'workspace_datasets', 'subscriptions', 'payments', 'usage_events', 'api_tokens', 'template_fragments']
    LOOP
        PERFORM rowkit.enable_soft_delete(format('%s.%I', home, named)::regclass, hide_deleted => true);
        EXECUTE format('DROP VIEW %s.%I', home, named || '_active');
    END LOOP;
END
$tables$;

-- What is unique among live rows, in tables that have deleted_at from here on.
CREATE UNIQUE INDEX IF NOT EXISTS idx_account_users_member ON @schema@.account_users (account_id, user_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_account_users_member IS 'A user is a member of an account once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_project_users_member ON @schema@.project_users (account_id, project_id, user_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_project_users_member IS 'A user is a member of a project once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_workspace_users_member ON @schema@.workspace_users (account_id, workspace_id, user_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_workspace_users_member IS 'A user is a member of a workspace once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_source_control_commits_sha ON @schema@.source_control_commits (account_id, project_id, commit_sha)
    WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_source_control_commits_sha IS 'A commit is in a project once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_connection_metadata_cache_key
    ON @schema@.connection_metadata_cache (account_id, connection_id, metadata_type, metadata_key) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_connection_metadata_cache_key IS 'What is known of a thing is one row, so that fetching it again is an upsert.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_lineage_edge ON @schema@.lineage (
    account_id, source_dataset_id, target_dataset_id, coalesce(source_column_id, source_dataset_id), coalesce(target_column_id, target_dataset_id))
    WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_lineage_edge IS 'What flows from one into another is told once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_diagram_datasets_pair ON @schema@.diagram_datasets (account_id, diagram_id, dataset_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_diagram_datasets_pair IS 'A diagram shows a dataset once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_workspace_datasets_pair ON @schema@.workspace_datasets (account_id, workspace_id, dataset_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_workspace_datasets_pair IS 'A workspace uses a dataset once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_subscriptions_live ON @schema@.subscriptions (account_id)
    WHERE status IN ('trialing', 'active', 'past_due') AND deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_subscriptions_live IS 'At most one subscription at a time gives an account its tier.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_subscriptions_stripe ON @schema@.subscriptions (stripe_subscription_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_subscriptions_stripe IS 'A subscription by Stripe''s id, once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_payments_stripe ON @schema@.payments (stripe_payment_intent_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_payments_stripe IS 'A payment by Stripe''s id, once: an event that comes twice pays once.';

CREATE OR REPLACE TRIGGER subscriptions_tier AFTER INSERT OR DELETE OR UPDATE OF status, plan_id, deleted_at ON @schema@.subscriptions
    FOR EACH ROW EXECUTE FUNCTION @schema@.set_account_tier();
CREATE OR REPLACE TRIGGER account_users_count_insert AFTER INSERT ON @schema@.account_users REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_user_count('where=is_active');
CREATE OR REPLACE TRIGGER account_users_count_update AFTER UPDATE ON @schema@.account_users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_user_count('where=is_active');
CREATE OR REPLACE TRIGGER account_users_count_delete AFTER DELETE ON @schema@.account_users REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_user_count('where=is_active');
CREATE OR REPLACE TRIGGER account_users_count_truncate BEFORE TRUNCATE ON @schema@.account_users
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_user_count('where=is_active');
CREATE OR REPLACE TRIGGER projects_count_insert AFTER INSERT ON @schema@.projects REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_project_count();
CREATE OR REPLACE TRIGGER projects_count_update AFTER UPDATE ON @schema@.projects REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_project_count();
CREATE OR REPLACE TRIGGER projects_count_delete AFTER DELETE ON @schema@.projects REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_project_count();
CREATE OR REPLACE TRIGGER projects_count_truncate BEFORE TRUNCATE ON @schema@.projects
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_project_count();
CREATE OR REPLACE TRIGGER datasets_count_insert AFTER INSERT ON @schema@.datasets REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_dataset_count();
CREATE OR REPLACE TRIGGER datasets_count_update AFTER UPDATE ON @schema@.datasets REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_dataset_count();
CREATE OR REPLACE TRIGGER datasets_count_delete AFTER DELETE ON @schema@.datasets REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_dataset_count();
CREATE OR REPLACE TRIGGER datasets_count_truncate BEFORE TRUNCATE ON @schema@.datasets
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_dataset_count();
