-- What everybody reads: topics and how much is heard of them each week. Shared by all workspaces, so without workspace_id.

CREATE TABLE IF NOT EXISTS @schema@.global_topics (
    id uuid PRIMARY KEY,
    topic text NOT NULL CHECK (btrim(topic) <> '' AND octet_length(topic) <= 500),
    category text CHECK (btrim(category) <> ''),
    topic_tsv tsvector,
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.global_topics IS 'Topics that queries follow, for all workspaces. Written by the service, read by everybody.';
COMMENT ON COLUMN @schema@.global_topics.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.global_topics.topic IS 'The topic, as people read it; unique without regard to case, width and kana.';
COMMENT ON COLUMN @schema@.global_topics.category IS 'The group that the topic belongs to; free text, NULL for none.';
COMMENT ON COLUMN @schema@.global_topics.topic_tsv IS 'What search_topics() looks in. Kept by a trigger.';
COMMENT ON COLUMN @schema@.global_topics.created_by IS
'The user whom the service named when it inserted the row: references users. NULL for nobody, and after the user is deleted.';
COMMENT ON COLUMN @schema@.global_topics.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.global_topics.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_global_topics_topic_tsv ON @schema@.global_topics USING gin (topic_tsv rowkit.search_ops);
CREATE UNIQUE INDEX IF NOT EXISTS idx_global_topics_topic ON @schema@.global_topics ((rowkit.search_key(topic) COLLATE "C"));
COMMENT ON INDEX @schema@.idx_global_topics_topic IS
'One topic in all its writings (case, width, kana); look-up by the beginning of a topic.';
CREATE INDEX IF NOT EXISTS idx_global_topics_created_at ON @schema@.global_topics (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_global_topics_category ON @schema@.global_topics (category);
CREATE INDEX IF NOT EXISTS idx_global_topics_created_by ON @schema@.global_topics (created_by) WHERE created_by IS NOT NULL;

CREATE TABLE IF NOT EXISTS @schema@.trends (
    id uuid PRIMARY KEY,
    topic_id uuid NOT NULL REFERENCES @schema@.global_topics (id) ON DELETE CASCADE,
    week date NOT NULL CHECK (extract(isodow FROM week) = 1),
    volume bigint NOT NULL DEFAULT 0 CHECK (volume >= 0),
    change_percent numeric,
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (topic_id, week)
);
COMMENT ON TABLE @schema@.trends IS 'How much was heard of a topic in each week.';
COMMENT ON COLUMN @schema@.trends.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.trends.topic_id IS 'The topic that is measured: references global_topics.';
COMMENT ON COLUMN @schema@.trends.week IS 'The Monday that the week begins with.';
COMMENT ON COLUMN @schema@.trends.volume IS 'How often the topic was heard of in the week; the service counts.';
COMMENT ON COLUMN @schema@.trends.change_percent IS 'Against the week before; set by update_topic_trends().';
COMMENT ON COLUMN @schema@.trends.created_by IS
'The user whom the service named when it inserted the row: references users. NULL for nobody, and after the user is deleted.';
COMMENT ON COLUMN @schema@.trends.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.trends.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_trends_topic_id ON @schema@.trends (topic_id);
CREATE INDEX IF NOT EXISTS idx_trends_week ON @schema@.trends (week DESC, volume DESC);
CREATE INDEX IF NOT EXISTS idx_trends_created_at ON @schema@.trends (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_trends_created_by ON @schema@.trends (created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.global_topics$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.trends$rowkit$);

CREATE OR REPLACE TRIGGER global_topics_topic_tsv BEFORE INSERT OR UPDATE ON @schema@.global_topics
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('topic_tsv', 'topic:A', 'category:B');
CREATE OR REPLACE TRIGGER global_topics_updated_at BEFORE UPDATE ON @schema@.global_topics
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER trends_updated_at BEFORE UPDATE ON @schema@.trends
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

CREATE OR REPLACE FUNCTION @schema@.search_topics(query text, max_rows integer DEFAULT 10)
    RETURNS TABLE(topic_id uuid, topic text, category text, match_level integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT (found.row_data ->> 'id')::pg_catalog.uuid, found.row_data ->> 'topic', found.row_data ->> 'category', found.match_level
        FROM rowkit.search_rows($rowkit$@schema@.global_topics$rowkit$::pg_catalog.regclass, search_topics.query, search_topics.max_rows) AS found;
    END;
COMMENT ON FUNCTION @schema@.search_topics(text, integer) IS
'Finds topics by their words and categories, the best first.
Full-text search over topics and categories; the last word may be unfinished. match_level is 0 for the topic itself, 1 begins with the query, '
'2 holds it as a word, 3 inside. STABLE. '
'query is what people type. max_rows is how many rows are returned at most. topic_id is the id of the topic. category is its group.';

CREATE OR REPLACE FUNCTION @schema@.update_topic_trends() RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._update_topic_trends($rowkit$@schema@.trends$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.update_topic_trends() IS
'Sets trends.change_percent to how much each week differs from the one before.
In percent, two digits; NULL if there is no week before, or its volume was 0. Returns how many rows changed. For the service; rowkit.schedule_jobs() runs it weekly. VOLATILE. '
'Example: SELECT update_topic_trends().';
