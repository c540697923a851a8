-- People: what was found, and searches that somebody keeps.

CREATE TABLE IF NOT EXISTS @schema@.people_search_results (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    user_id uuid,
    person_data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(person_data) = 'object'),
    email text CHECK (octet_length(email) <= 254 AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s.]+$'),
    email_revealed boolean NOT NULL DEFAULT false,
    revealed_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    CHECK (email IS NOT NULL OR NOT email_revealed),
    FOREIGN KEY (user_id, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (user_id),
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.people_search_results IS 'People that a search found.';
COMMENT ON COLUMN @schema@.people_search_results.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.people_search_results.workspace_id IS
'The workspace (tenant) that the row belongs to; references workspaces. A trigger takes it from the user when left out.';
COMMENT ON COLUMN @schema@.people_search_results.user_id IS 'The user who searched: references users of the same workspace. NULL after the user is deleted.';
COMMENT ON COLUMN @schema@.people_search_results.person_data IS 'The person as the source gives it.';
COMMENT ON COLUMN @schema@.people_search_results.email IS 'The person''s address; NULL until it is known.';
COMMENT ON COLUMN @schema@.people_search_results.email_revealed IS 'Whether the address has been paid for with credits.';
COMMENT ON COLUMN @schema@.people_search_results.revealed_at IS 'When the address was paid for; NULL until then.';
COMMENT ON COLUMN @schema@.people_search_results.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.people_search_results.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.people_search_results.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_people_search_results_workspace_id ON @schema@.people_search_results (workspace_id);
CREATE INDEX IF NOT EXISTS idx_people_search_results_user_id ON @schema@.people_search_results (workspace_id, user_id);
CREATE INDEX IF NOT EXISTS idx_people_search_results_person_data ON @schema@.people_search_results USING gin (person_data);
CREATE INDEX IF NOT EXISTS idx_people_search_results_created_at ON @schema@.people_search_results (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_people_search_results_created_by ON @schema@.people_search_results (workspace_id, created_by) WHERE created_by IS NOT NULL;

CREATE TABLE IF NOT EXISTS @schema@.saved_people_searches (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    user_id uuid NOT NULL,
    name text NOT NULL CHECK (btrim(name) <> ''),
    filters jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(filters) = 'object'),
    is_shared boolean NOT NULL DEFAULT false,
    last_run_at timestamptz,
    next_run_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (user_id, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE CASCADE,
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.saved_people_searches IS 'Filters over people that somebody keeps.';
COMMENT ON COLUMN @schema@.saved_people_searches.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.saved_people_searches.workspace_id IS
'The workspace (tenant) that the row belongs to; references workspaces. A trigger takes it from the user when left out.';
COMMENT ON COLUMN @schema@.saved_people_searches.user_id IS 'The user who keeps the search: references users of the same workspace.';
COMMENT ON COLUMN @schema@.saved_people_searches.name IS 'The search''s name, as people read it.';
COMMENT ON COLUMN @schema@.saved_people_searches.filters IS 'Which people it shows, a JSON object of the application.';
COMMENT ON COLUMN @schema@.saved_people_searches.is_shared IS
'Whether the application shows it to the whole workspace. Row security shows it to every member in either case.';
COMMENT ON COLUMN @schema@.saved_people_searches.last_run_at IS 'When the search last ran; the application writes it. NULL before the first run.';
COMMENT ON COLUMN @schema@.saved_people_searches.next_run_at IS 'When the application runs the search again; NULL for never.';
COMMENT ON COLUMN @schema@.saved_people_searches.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.saved_people_searches.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.saved_people_searches.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_workspace_id ON @schema@.saved_people_searches (workspace_id);
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_user_id ON @schema@.saved_people_searches (workspace_id, user_id);
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_filters ON @schema@.saved_people_searches USING gin (filters);
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_next_run_at ON @schema@.saved_people_searches (next_run_at) WHERE next_run_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_created_at ON @schema@.saved_people_searches (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_created_by ON @schema@.saved_people_searches (workspace_id, created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.people_search_results$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.saved_people_searches$rowkit$);

CREATE OR REPLACE TRIGGER people_search_results_a_tenant BEFORE INSERT ON @schema@.people_search_results
    FOR EACH ROW WHEN (NEW.workspace_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('user_id', 'workspace_id');
CREATE OR REPLACE TRIGGER people_search_results_updated_at BEFORE UPDATE ON @schema@.people_search_results
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER saved_people_searches_a_tenant BEFORE INSERT ON @schema@.saved_people_searches
    FOR EACH ROW WHEN (NEW.workspace_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('user_id', 'workspace_id');
CREATE OR REPLACE TRIGGER saved_people_searches_updated_at BEFORE UPDATE ON @schema@.saved_people_searches
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
