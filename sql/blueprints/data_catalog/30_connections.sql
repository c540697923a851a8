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
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.connections IS 'Databases and services of an account.';
COMMENT ON COLUMN @schema@.connections.connection_type IS 'postgres, snowflake and so on.';
COMMENT ON COLUMN @schema@.connections.database_name IS 'Begins the fully qualified names of its datasets; without one the connection''s name does.';
COMMENT ON COLUMN @schema@.connections.password_encrypted IS 'Never the password itself.';
COMMENT ON INDEX @schema@.connections_account_id_id_key IS 'The connections of an account; what tenant-first foreign keys refer to.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_connections_name ON @schema@.connections (account_id, name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_connections_name IS 'A name is one live connection''s within an account.';

CREATE TABLE IF NOT EXISTS @schema@.connection_metadata_cache (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    metadata_type text NOT NULL CHECK (metadata_type <> ''),
    metadata_key text NOT NULL DEFAULT '',
    metadata jsonb NOT NULL DEFAULT '{}',
    is_stale boolean NOT NULL DEFAULT false,
    fetched_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, connection_id) REFERENCES @schema@.connections (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.connection_metadata_cache IS 'What a connection said of itself, by type.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.account_id IS 'Taken from the connection when left out.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.metadata_type IS 'schemas, tables, columns and so on.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.metadata_key IS 'Of what, within the type: a schema''s name; empty for the whole.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.is_stale IS 'Known to be out of date, whatever expires_at says.';
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
    FOREIGN KEY (account_id, connection_id) REFERENCES @schema@.connections (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.datasets IS 'Tables, views and files of connections, or drawn up before they exist.';
COMMENT ON COLUMN @schema@.datasets.account_id IS 'Taken from the connection when left out.';
COMMENT ON COLUMN @schema@.datasets.connection_id IS 'NULL for one that exists nowhere yet.';
COMMENT ON COLUMN @schema@.datasets.owner_id IS 'Who makes it, unless another is named.';
COMMENT ON COLUMN @schema@.datasets.fqn IS 'The fully qualified name, database.schema.name; kept by triggers, whatever is written there.';
COMMENT ON COLUMN @schema@.datasets.dataset_type IS 'table, view, file and so on.';
COMMENT ON COLUMN @schema@.datasets.row_count IS 'As of the last sync.';
COMMENT ON COLUMN @schema@.datasets.search_vector IS 'What search_datasets looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.datasets_account_id_id_key IS 'The datasets of an account; what tenant-first foreign keys refer to.';
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
    UNIQUE (account_id, id),
    UNIQUE (account_id, dataset_id, id),
    FOREIGN KEY (account_id, dataset_id) REFERENCES @schema@.datasets (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.columns IS 'The columns of datasets: types, what they mean to the business, how good their data is.';
COMMENT ON COLUMN @schema@.columns.account_id IS 'Taken from the dataset when left out.';
COMMENT ON COLUMN @schema@.columns.data_type IS 'As the connection names it.';
COMMENT ON COLUMN @schema@.columns.is_sensitive IS 'Holds personal or secret data.';
COMMENT ON COLUMN @schema@.columns.null_percentage IS '0 to 100, as of last_profiled_at, as are distinct_count and quality_score.';
COMMENT ON COLUMN @schema@.columns.quality_score IS '0 to 100.';
COMMENT ON INDEX @schema@.columns_account_id_id_key IS 'The columns of an account; what tenant-first foreign keys refer to.';
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
    FOREIGN KEY (account_id, source_dataset_id) REFERENCES @schema@.datasets (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, target_dataset_id) REFERENCES @schema@.datasets (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, source_dataset_id, source_column_id) REFERENCES @schema@.columns (account_id, dataset_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, target_dataset_id, target_column_id) REFERENCES @schema@.columns (account_id, dataset_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.lineage IS 'What flows from one dataset into another, or from column to column, and how. Circles are allowed, loops are not.';
COMMENT ON COLUMN @schema@.lineage.account_id IS 'Taken from the source when left out.';
COMMENT ON COLUMN @schema@.lineage.source_column_id IS 'A column of the source dataset; NULL when the whole dataset is meant.';
COMMENT ON COLUMN @schema@.lineage.target_column_id IS 'A column of the target dataset; NULL when the whole dataset is meant.';
COMMENT ON COLUMN @schema@.lineage.transformation_logic IS 'The expression or statement that makes the target.';
COMMENT ON INDEX @schema@.lineage_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_lineage_source ON @schema@.lineage (account_id, source_dataset_id, source_column_id);
COMMENT ON INDEX @schema@.idx_lineage_source IS 'What a dataset or column flows into.';
CREATE INDEX IF NOT EXISTS idx_lineage_target ON @schema@.lineage (account_id, target_dataset_id, target_column_id);
COMMENT ON INDEX @schema@.idx_lineage_target IS 'What a dataset or column is made from.';
