-- What search takes for the same, telephone numbers within texts, and what it marks.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
CREATE TABLE note (id integer PRIMARY KEY, body text, v tsvector);
CREATE TRIGGER note_v BEFORE INSERT OR UPDATE ON note FOR EACH ROW EXECUTE FUNCTION maintain_search_vector('v', 'body:A');
CREATE INDEX note_v ON note USING gin (v search_ops);
CREATE FUNCTION hits(query text) RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(id::text, ',' ORDER BY id) FROM note WHERE v OPERATOR(rowkit.@~) search_query($1) $$;

-- The sound marks that stand by themselves.
INSERT INTO note (id, body) VALUES (1, 'ヴァイオリン'), (2, U&'\3046\309B\3041\3044\304A\308A\3093'), (3, U&'\30CF\309Cン屋'), (4, U&'カ\309Bラス');
SELECT q, hits(q) FROM unnest(ARRAY['ヴァイオリン', U&'\3046\309B\3041\3044\304A\308A\3093', U&'\30A6\309B\30A1\30A4\30AA\30EA\30F3']) AS q;
SELECT hits('パン'), hits('ガラス'), search_key(U&'\3046\309B') = search_key('ヴ') AS one_key, search_highlight(U&'\3046\309B\3041\3044\304A\308A\3093', 'ゔぁいおりん');

-- Latin letters without their accents; what was typed ranks first.
INSERT INTO note (id, body) VALUES (11, 'creme'), (12, 'Crème'), (13, 'Crème brûlée'), (14, 'Straße'), (15, 'strasse'), (16, E'cafe\u0301'), (17, 'Łódź'), (18, 'Ærø'), (19, 'йод');
SELECT q, hits(q) FROM unnest(ARRAY['creme', 'Crème', 'CREME', 'brulee', 'strasse', 'STRASSE', 'straße', 'café', 'cafe', 'lodz', 'aero', 'йод', 'иод']) AS q;
SELECT q, string_agg(concat(row_data ->> 'id', ':', match_level), ' ' ORDER BY match_level, row_data ->> 'id') FROM unnest(ARRAY['creme', 'crème', 'strasse', 'straße', 'brulee']) AS q, search_rows('note', q) GROUP BY q ORDER BY q COLLATE "C";
SELECT search_highlight('Crème, Straße', 'creme strasse');
SELECT search_key('㈱X'), search_key('株式会社X'), search_key('（株）Ｘ'), search_key('㈲Crème'), search_key('有限会社creme');

-- A telephone number within a text, in national form and with its country code.
INSERT INTO note (id, body) VALUES (21, 'call +81 3 1234 5678 today'), (22, 'TEL 03-1234-5678'), (23, 'office: +44 (0)20 7946 0123, mobile later'), (24, 'in London 020 7946 0123'),
    (25, '(201) 555-0123 or mail'), (26, 'desk +1 201-555-0123'), (27, 'on 2024-11-15 at 03:12'), (28, 'Madrid 912 345 678'), (29, '電話は０３（９８７６）５４３２です'), (30, 'fax 81-3-9876-5432');
SELECT q, hits(q) FROM unnest(ARRAY['03-1234-5678', '+81 3-1234-5678', '0312345678', '(03) 1234 5678', '+81 (0)3 1234 5678', '5678', '020 7946 0123', '+44 20 7946 0123', '44 20 7946 0123', '(201) 555-0123', '+1 201 555 0123', '2015550123', '+34 912 345 678',
    '03-9876-5432', '+81 3 9876 5432', '1115']) AS q;
SELECT search_highlight(body, '03-1234-5678') FROM note WHERE id IN (21, 22) ORDER BY id;

-- The dashes, dots and labels of Japanese numbers, in texts and in queries; what stands between words joins none.
INSERT INTO note (id, body) VALUES (31, '03−4444−5555'), (32, '03ー4444ー5555'), (33, '03ｰ4444ｰ5555'), (34, '03―4444―5555'), (35, '03—4444—5555'), (36, 'TEL：０３（４４４４）５５５５'),
    (37, 'tel:+81-3-4444-5555'), (38, '03・4444・5555'), (39, '連絡先TEL03-4444-5555内線12、FAX:03-4444-5556'), (40, '03･4444･5555'), (41, 'ジョン・スミス03・コーヒー4444・5555円'), (42, '第1・2・3回、10・20・3000');
SELECT q, hits(q) FROM unnest(ARRAY['03-4444-5555', '0344445555', '03−4444−5555', '03ー4444ー5555', '03ｰ4444ｰ5555', '03―4444―5555', '03—4444—5555', 'TEL：０３（４４４４）５５５５', 'tel:+81-3-4444-5555',
    '03・4444・5555', 'TEL: 03 4444 5555', 'tel 03-4444-5555', '電話：03-4444-5555', '03-4444-5556', 'ジョンスミス', '10203000', 'コーヒー']) AS q;
SELECT search_highlight(body, '03-4444-5555') FROM note WHERE id BETWEEN 31 AND 42 ORDER BY id;
SELECT search_highlight('(0)3 1234 5678', '03-1234-5678'), search_highlight('(03) 1234 5678', '03-1234-5678'), search_highlight('call (03 1234 5678)', '03-1234-5678');

-- What matched is what is marked.
SELECT search_highlight('one two three; two or three', '"two three"');
SELECT search_highlight('AX-5512; 5512 axes by AX', 'AX-5512');
SELECT search_highlight('kim@example.com and example com by kim', 'kim@example.com');
SELECT search_highlight('東京大学、東京の大学', '"東京 大学"'), search_highlight('東京大学、東京の大学', '東京大学');
SELECT search_highlight('東京2020、東京、2020', '東京2020'), search_highlight('running dogs, run, dogs', '"running dog"'), search_highlight('x15678 5678', '5678');

-- Long texts: phrases are found wherever they stand, and nowhere else.
TRUNCATE note;
INSERT INTO note (id, body) SELECT 1, string_agg(translate(n::text, '0123456789', 'abcdefghij'), ' ' ORDER BY n) FROM generate_series(10001, 30000) AS n;
INSERT INTO note (id, body) VALUES (2, repeat('東京へ行く。', 300) || '東京大学の門'), (3, repeat('the quick brown fox. ', 300) || 'quick start guide');
INSERT INTO note (id, body) SELECT 4, string_agg('第' || n || '回の会議に出席しました。', '') || '報告書を提出しました。' FROM generate_series(1, 300) AS n;
INSERT INTO note (id, body) VALUES (5, repeat('東京へ行く。', 1500) || '東京大学の門'), (6, repeat('a ', 300) || 'b'), (7, repeat('東京へ行く。', 30000) || '東京大学の門'), (8, '東京の大学へ行く。 the quick brown');
SELECT hits('"cgdic cjaaa"') AS not_there, hits('"cjaaa cjaab"') AS there, hits('cgdic'), hits('"cgdic cgdid"');
SELECT hits('東京大学'), hits('"quick start"'), hits('提出しました'), hits('提出'), hits('東京大学の門'), hits('大学の門'), hits('"start guide"'), hits('"brown quick"'), hits('"fox quick start"'), hits('行く東京');
SELECT hits('"東京へ行く" -会議'), hits('東京大学 門'), hits('a b'), hits('"a b"');
SELECT row_count, stale_count, cut_count FROM search_vector_status('note');
SELECT id, v OPERATOR(rowkit.@~) E'\'\u0001cut\''::tsquery AS is_cut FROM note ORDER BY id;
SELECT count(*) FILTER (WHERE v = v::text::tsvector) AS through_text, count(*) FROM note;
SET enable_seqscan = off;
SELECT hits('東京大学'), hits('"quick start"'), hits('提出しました');
