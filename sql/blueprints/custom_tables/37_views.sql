-- Views: queries that people keep, of their own or for all members.

CREATE TABLE IF NOT EXISTS @schema@.table_views (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    query jsonb NOT NULL DEFAULT '{}',
    group_by jsonb NOT NULL DEFAULT '[]',
    owner_id uuid REFERENCES @schema@.users (id) ON DELETE CASCADE,
    position double precision NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, id),
    FOREIGN KEY (table_id, organization_id) REFERENCES @schema@.tables (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.table_views IS 'Views of custom tables: a filter, a sort list and the columns to show, for one member or for all of the organization. query_view returns their records.';
COMMENT ON COLUMN @schema@.table_views.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.table_views.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the table when left out.';
COMMENT ON COLUMN @schema@.table_views.table_id IS 'The custom table that is viewed: references tables of the same organization.';
COMMENT ON COLUMN @schema@.table_views.name IS 'The view''s name, as people read it; two views may share one.';
COMMENT ON COLUMN @schema@.table_views.query IS
'What query_records takes, but for after and before. A trigger checks it and stores columns and choices by their ids, so that renaming one changes nothing; view_problems tells what a view lost when a column was deleted.';
COMMENT ON COLUMN @schema@.table_views.group_by IS 'The columns that the records are grouped by, as group_records takes them in by; [] for none.';
COMMENT ON COLUMN @schema@.table_views.owner_id IS 'The member who owns the view: references users. Row security shows it to nobody else. NULL for a view of all members.';
COMMENT ON COLUMN @schema@.table_views.position IS 'Where it stands among its table''s views; a fraction puts it between two others.';
COMMENT ON COLUMN @schema@.table_views.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.table_views.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON INDEX @schema@.table_views_organization_id_id_key IS 'The views of an organization; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS table_views_table_id_position_idx ON @schema@.table_views (table_id, position);
COMMENT ON INDEX @schema@.table_views_table_id_position_idx IS 'The views of a table in their order. Serves the foreign key to tables.';
CREATE INDEX IF NOT EXISTS table_views_owner_id_idx ON @schema@.table_views (owner_id) WHERE owner_id IS NOT NULL;
COMMENT ON INDEX @schema@.table_views_owner_id_idx IS 'The views of a member; deleting a user looks for them.';

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.table_views$rowkit$);

CREATE OR REPLACE TRIGGER table_views_a_tenant BEFORE INSERT ON @schema@.table_views
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('table_id');
CREATE OR REPLACE TRIGGER table_views_guard BEFORE INSERT OR UPDATE ON @schema@.table_views
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_table_view();
CREATE OR REPLACE TRIGGER table_views_updated_at BEFORE UPDATE ON @schema@.table_views
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
