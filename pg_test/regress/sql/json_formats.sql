-- Formats of JSON Schema for names and addresses in any script.
\pset format unaligned
\pset tuples_only on
SELECT name, is_valid_json('{"format": "idn-hostname"}', to_jsonb(name)) FROM unnest(ARRAY['example.com', '例え.jp', 'bücher.example', '실례.테스트', 'xn--r8jz45g.jp', 'l·l', 'カ・フェ',
    '-a.example', 'a b.example', '〮한', 'a·l', repeat('例', 64) || '.jp', '']) AS name;
SELECT name, is_valid_json('{"format": "idn-email"}', to_jsonb(name)) FROM unnest(ARRAY['sato@example.com', '佐藤@例え.jp', '실례@실례.테스트', 'a@b@c', '佐藤', '@example.com', 'a@-b.com', '']) AS name;
SELECT is_valid_json('{"format": "idn-hostname"}', '5'), jsonb_array_length(validate_json('{"items": {"format": "idn-email"}}', '["a@example.com", "x", "佐藤@例え.jp"]'));
-- The work is bounded, however long the text.
SELECT is_valid_json('{"format": "idn-hostname"}', to_jsonb(repeat('例', 100000))), is_valid_json('{"format": "idn-email"}', to_jsonb(repeat('例', 100000) || '@' || repeat('例.', 50000) || 'jp'));
