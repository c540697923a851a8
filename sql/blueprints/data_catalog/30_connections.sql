-- Where data is: connections, their datasets, the columns of those, and what flows from one into another.

CREATE TABLE IF NOT EXISTS @schema@.connections (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (name <> ''),
    description text,
    connection_type text NOT NULL CHECK (connection_type <> ''),
    host text,
    port integer CHECK (port BETWEEN 1 AND 65535),
    database_name text,
    username text,
    password_encrypted text,
    is_active boolean NOT NULL DEFAULT true,
    last_tested_at timestamptz,
    last_test_status text CHECK (last_test_status IN ('success', 'failure')),
    last_test_error text,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.connections IS 'Databases and services of an account.';
COMMENT ON COLUMN @schema@.connections.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.connections.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.connections.name IS 'The connection''s name, unique among the live ones of an account.';
COMMENT ON COLUMN @schema@.connections.description IS 'What the connection leads to; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.connections.connection_type IS 'The kind of database or service: postgres, snowflake and so on.';
COMMENT ON COLUMN @schema@.connections.host IS 'The host to connect to; NULL where the kind needs none.';
COMMENT ON COLUMN @schema@.connections.port IS 'The port to connect to, 1 to 65535; NULL for the usual one.';
COMMENT ON COLUMN @schema@.connections.database_name IS
'The database; begins the fully qualified names of its datasets. NULL for none: then the connection''s name does.';
COMMENT ON COLUMN @schema@.connections.username IS 'The user to connect as; NULL for none.';
COMMENT ON COLUMN @schema@.connections.password_encrypted IS
'The password, encrypted, never in clear; rowkit.encrypt_secret() makes such texts. NULL for none.';
COMMENT ON COLUMN @schema@.connections.is_active IS 'Whether the application connects to it.';
COMMENT ON COLUMN @schema@.connections.last_tested_at IS 'When the application last tried to connect; NULL for never.';
COMMENT ON COLUMN @schema@.connections.last_test_status IS 'How that ended: success or failure. NULL when it was never tried.';
COMMENT ON COLUMN @schema@.connections.last_test_error IS 'Why it failed; NULL when it did not.';
COMMENT ON COLUMN @schema@.connections.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.connections.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.connections.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.connections.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.connections.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.connections.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.connections.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.connections.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.connections.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.connections_account_id_id_key IS 'The connections of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_connections_search ON @schema@.connections USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_connections_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_connections_name ON @schema@.connections (account_id, name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_connections_name IS 'A name is one live connection''s within an account.';

CREATE TABLE IF NOT EXISTS @schema@.connection_metadata_cache (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    metadata_type text NOT NULL CHECK (metadata_type <> ''),
    metadata_key text NOT NULL DEFAULT '*' CHECK (metadata_key <> ''),
    metadata jsonb NOT NULL DEFAULT '{}',
    is_stale boolean NOT NULL DEFAULT false,
    fetched_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (connection_id, account_id) REFERENCES @schema@.connections (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.connection_metadata_cache IS 'What a connection said of itself, by type.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the connection when left out.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.connection_id IS 'The connection that said it: references connections of the same account.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.metadata_type IS 'What it is about: schemas, tables, columns and so on.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.metadata_key IS
'The part of that type which it is about, such as the name of a schema; * for the whole.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.metadata IS 'What the connection said, as JSON.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.is_stale IS 'Whether it is known to be out of date, whatever expires_at says.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.fetched_at IS 'When the connection was asked; now() by default.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.expires_at IS 'When it is to be fetched again; NULL for never.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.connection_metadata_cache_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_connection_metadata_cache_connection ON @schema@.connection_metadata_cache (account_id, connection_id);
COMMENT ON INDEX @schema@.idx_connection_metadata_cache_connection IS 'What is known of a connection.';
CREATE INDEX IF NOT EXISTS idx_connection_metadata_cache_expires ON @schema@.connection_metadata_cache (expires_at) WHERE expires_at IS NOT NULL;
COMMENT ON INDEX @schema@.idx_connection_metadata_cache_expires IS 'What is to be fetched again.';

CREATE TABLE IF NOT EXISTS @schema@.datasets (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    connection_id uuid,
    owner_id uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    name text NOT NULL CHECK (name <> ''),
    schema text,
    fqn varchar,
    dataset_type text NOT NULL DEFAULT 'table' CHECK (dataset_type <> ''),
    description text,
    tags text[] NOT NULL DEFAULT '{}',
    row_count bigint CHECK (row_count >= 0),
    size_bytes bigint CHECK (size_bytes >= 0),
    sync_status text NOT NULL DEFAULT 'not_synced' CHECK (sync_status IN ('not_synced', 'syncing', 'synced', 'error')),
    last_synced_at timestamptz,
    sync_error text,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id),
    FOREIGN KEY (connection_id, account_id) REFERENCES @schema@.connections (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.datasets IS 'Tables, views and files of connections, or drawn up before they exist.';
COMMENT ON COLUMN @schema@.datasets.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.datasets.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the connection when left out.';
COMMENT ON COLUMN @schema@.datasets.connection_id IS
'The connection that holds the dataset: references connections of the same account. NULL for one that exists nowhere yet.';
COMMENT ON COLUMN @schema@.datasets.owner_id IS
'The dataset''s owner: references users. The user who inserts it, unless another is named; NULL when that user is deleted.';
COMMENT ON COLUMN @schema@.datasets.name IS 'The dataset''s name, unique among the live ones of a schema of a connection.';
COMMENT ON COLUMN @schema@.datasets.schema IS 'The schema within the connection; NULL for none.';
COMMENT ON COLUMN @schema@.datasets.fqn IS 'The fully qualified name, database.schema.name; kept by triggers, whatever is written there.';
COMMENT ON COLUMN @schema@.datasets.dataset_type IS 'What the dataset is: table, view, file and so on.';
COMMENT ON COLUMN @schema@.datasets.description IS 'What the dataset holds; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.datasets.tags IS 'Labels of the dataset; search reads them.';
COMMENT ON COLUMN @schema@.datasets.row_count IS 'How many rows it had at the last sync; NULL when unknown.';
COMMENT ON COLUMN @schema@.datasets.size_bytes IS 'How many bytes it had at the last sync; NULL when unknown.';
COMMENT ON COLUMN @schema@.datasets.sync_status IS 'How far the last sync is: not_synced, syncing, synced or error. The application writes it.';
COMMENT ON COLUMN @schema@.datasets.last_synced_at IS 'When the dataset was last synced; NULL for never.';
COMMENT ON COLUMN @schema@.datasets.sync_error IS 'Why the last sync failed; NULL when it did not.';
COMMENT ON COLUMN @schema@.datasets.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.datasets.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.datasets.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.datasets.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.datasets.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.datasets.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.datasets.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.datasets.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.datasets.search_vector IS 'What search_datasets() and search_catalog() look in; kept by a trigger.';
COMMENT ON INDEX @schema@.datasets_account_id_id_key IS 'The datasets of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_datasets_active ON @schema@.datasets (account_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_datasets_active IS 'The live datasets of an account.';
CREATE INDEX IF NOT EXISTS idx_datasets_connection ON @schema@.datasets (account_id, connection_id);
COMMENT ON INDEX @schema@.idx_datasets_connection IS 'The datasets of a connection.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_datasets_name ON @schema@.datasets (account_id, connection_id, coalesce(schema, ''), name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_datasets_name IS 'A name is one live dataset''s within a schema of a connection.';
CREATE INDEX IF NOT EXISTS idx_datasets_fqn ON @schema@.datasets (account_id, fqn);
COMMENT ON INDEX @schema@.idx_datasets_fqn IS 'A dataset by its fully qualified name.';
CREATE INDEX IF NOT EXISTS idx_datasets_created ON @schema@.datasets (account_id, created_at DESC, id DESC);
COMMENT ON INDEX @schema@.idx_datasets_created IS 'The datasets of an account page by page, the newest first.';
CREATE INDEX IF NOT EXISTS idx_datasets_owner ON @schema@.datasets (owner_id);
COMMENT ON INDEX @schema@.idx_datasets_owner IS 'The datasets of an owner; deleting a user looks here.';
CREATE INDEX IF NOT EXISTS idx_datasets_search ON @schema@.datasets USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_datasets_search IS
'Full-text search by the leakproof operator @~, under row security, too. Each account''s entries lie together: what others hold costs nothing.';

CREATE TABLE IF NOT EXISTS @schema@.columns (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    dataset_id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    ordinal_position integer CHECK (ordinal_position > 0),
    data_type text NOT NULL DEFAULT 'text' CHECK (data_type <> ''),
    max_length integer CHECK (max_length > 0),
    numeric_precision integer CHECK (numeric_precision > 0),
    numeric_scale integer,
    default_value text,
    is_nullable boolean NOT NULL DEFAULT true,
    is_primary_key boolean NOT NULL DEFAULT false,
    is_foreign_key boolean NOT NULL DEFAULT false,
    is_sensitive boolean NOT NULL DEFAULT false,
    business_name text,
    business_description text,
    business_rules text,
    tags text[] NOT NULL DEFAULT '{}',
    null_percentage double precision CHECK (null_percentage BETWEEN 0 AND 100),
    distinct_count bigint CHECK (distinct_count >= 0),
    quality_score double precision CHECK (quality_score BETWEEN 0 AND 100),
    last_profiled_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id),
    UNIQUE (account_id, dataset_id, id),
    FOREIGN KEY (dataset_id, account_id) REFERENCES @schema@.datasets (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.columns IS 'The columns of datasets: types, what they mean to the business, how good their data is.';
COMMENT ON COLUMN @schema@.columns.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.columns.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the dataset when left out.';
COMMENT ON COLUMN @schema@.columns.dataset_id IS 'The dataset that has the column: references datasets of the same account.';
COMMENT ON COLUMN @schema@.columns.name IS 'The column''s name, unique among the live ones of a dataset.';
COMMENT ON COLUMN @schema@.columns.ordinal_position IS 'The place of the column in its dataset, from 1; NULL when unknown.';
COMMENT ON COLUMN @schema@.columns.data_type IS 'The type, as the connection names it.';
COMMENT ON COLUMN @schema@.columns.max_length IS 'How many characters a value may have; NULL for no limit and for other types.';
COMMENT ON COLUMN @schema@.columns.numeric_precision IS 'How many digits a number may have; NULL for no limit and for other types.';
COMMENT ON COLUMN @schema@.columns.numeric_scale IS 'How many of them stand behind the point; NULL for no limit and for other types.';
COMMENT ON COLUMN @schema@.columns.default_value IS 'The expression of the default, as the connection writes it; NULL for none.';
COMMENT ON COLUMN @schema@.columns.is_nullable IS 'Whether a row may be without a value.';
COMMENT ON COLUMN @schema@.columns.is_primary_key IS 'Whether the column is a part of the primary key.';
COMMENT ON COLUMN @schema@.columns.is_foreign_key IS 'Whether the column is a part of a foreign key.';
COMMENT ON COLUMN @schema@.columns.is_sensitive IS 'Whether the column holds personal or secret data.';
COMMENT ON COLUMN @schema@.columns.business_name IS 'What the business calls it; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.columns.business_description IS 'What it means to the business; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.columns.business_rules IS 'Which rules its values keep, in words; search reads it. NULL when nobody wrote them down.';
COMMENT ON COLUMN @schema@.columns.tags IS 'Labels of the column; search reads them.';
COMMENT ON COLUMN @schema@.columns.null_percentage IS 'The share of rows without a value, 0 to 100, as of last_profiled_at. NULL when unknown.';
COMMENT ON COLUMN @schema@.columns.distinct_count IS 'How many different values there were as of last_profiled_at. NULL when unknown.';
COMMENT ON COLUMN @schema@.columns.quality_score IS 'How good the data are, 0 to 100, as of last_profiled_at; the application computes it. NULL when unknown.';
COMMENT ON COLUMN @schema@.columns.last_profiled_at IS 'When the application last looked at the values; NULL for never.';
COMMENT ON COLUMN @schema@.columns.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.columns.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.columns.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.columns.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.columns.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.columns.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.columns.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.columns.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.columns_account_id_id_key IS 'The columns of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_columns_search ON @schema@.columns USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_columns_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
COMMENT ON INDEX @schema@.columns_account_id_dataset_id_id_key IS
'The columns of a dataset; what lineage refers to, so that it names columns of its own datasets.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_columns_name ON @schema@.columns (account_id, dataset_id, name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_columns_name IS 'A name is one live column''s within a dataset.';

CREATE TABLE IF NOT EXISTS @schema@.lineage (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    source_dataset_id uuid NOT NULL,
    source_column_id uuid,
    target_dataset_id uuid NOT NULL,
    target_column_id uuid,
    lineage_type text NOT NULL DEFAULT 'transformation' CHECK (lineage_type <> ''),
    transformation_logic text,
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    CONSTRAINT lineage_loop_check
        CHECK (source_dataset_id <> target_dataset_id OR coalesce(source_column_id <> target_column_id, false)),
    FOREIGN KEY (source_dataset_id, account_id) REFERENCES @schema@.datasets (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (target_dataset_id, account_id) REFERENCES @schema@.datasets (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (source_column_id, source_dataset_id, account_id) REFERENCES @schema@.columns (id, dataset_id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (target_column_id, target_dataset_id, account_id) REFERENCES @schema@.columns (id, dataset_id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.lineage IS 'What flows from one dataset into another, or from column to column, and how. Circles are allowed, loops are not.';
COMMENT ON COLUMN @schema@.lineage.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.lineage.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the source when left out.';
COMMENT ON COLUMN @schema@.lineage.source_dataset_id IS 'The dataset that data flow from: references datasets of the same account.';
COMMENT ON COLUMN @schema@.lineage.source_column_id IS 'A column of the source dataset; NULL when the whole dataset is meant.';
COMMENT ON COLUMN @schema@.lineage.target_dataset_id IS 'The dataset that data flow into: references datasets of the same account.';
COMMENT ON COLUMN @schema@.lineage.target_column_id IS 'A column of the target dataset; NULL when the whole dataset is meant.';
COMMENT ON COLUMN @schema@.lineage.lineage_type IS 'How the data flow: transformation, copy and so on.';
COMMENT ON COLUMN @schema@.lineage.transformation_logic IS 'The expression or statement that makes the target; NULL when unknown.';
COMMENT ON COLUMN @schema@.lineage.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.lineage.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.lineage.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.lineage.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.lineage.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.lineage_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_lineage_source ON @schema@.lineage (account_id, source_dataset_id, source_column_id);
COMMENT ON INDEX @schema@.idx_lineage_source IS 'What a dataset or column flows into.';
CREATE INDEX IF NOT EXISTS idx_lineage_target ON @schema@.lineage (account_id, target_dataset_id, target_column_id);
COMMENT ON INDEX @schema@.idx_lineage_target IS 'What a dataset or column is made from.';
