SELECT is_valid_json('{"type": "object", "properties": {"zip": {"pattern": "^[0-9]{3}-[0-9]{4}$"}}}', '{"zip": "100-0001"}');
SELECT validate_json('{"type": "object", "required": ["a"], "properties": {"b": {"maximum": 5}}}', '{"b": 6}');
SELECT * FROM json_errors('{"type": "object", "required": ["a"], "properties": {"b": {"maximum": 5}}}', '{"b": 6}');
SELECT count(*) FROM json_errors('{"type": "object"}', '{}');
SELECT * FROM json_errors('{"type": "nothing"}', '{}');
SELECT * FROM workflow_errors('[{"id": "a"}, {"id": "a"}]', '[{"source": "a", "target": "b"}]');
SELECT count(*) FROM workflow_errors('[{"id": "a"}]', '[]');
SELECT is_valid_workflow('[{"id": "a"}]', '[]') AS is_graph, is_valid_workflow('[{"id": "a"}]', '[{"source": "a", "target": "a"}]') AS is_cycle;
SELECT is_valid_workflow(NULL, '[]');
-- Exact past what a double holds.
SELECT is_valid_json('{"maximum": 12345678901234567890123}', '12345678901234567890124'), is_valid_json('{"maximum": 12345678901234567890123}', '12345678901234567890123');
SELECT is_valid_json('{"format": "date"}', '"2023-02-29"') AS formats_are_checked;
SELECT is_valid_json('{}', NULL) IS NULL AS unknown;
SELECT is_valid_json(NULL, '1');
SELECT is_valid_json('{"type": "nothing"}', '1');
SELECT is_valid_json('{"$ref": "https://example.com/schema.json"}', '1');
SELECT is_valid_json('{"pattern": "((a{1,500}){1,500}){1,500}"}', '"a"');
CREATE TABLE customer (id integer, address jsonb);
CREATE TRIGGER customer_address BEFORE INSERT OR UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('address',
    '{"type": "object", "required": ["city"], "properties": {"city": {"type": "string", "minLength": 1}}, "additionalProperties": false}');
INSERT INTO customer VALUES (1, NULL), (2, '{"city": "東京"}');
INSERT INTO customer VALUES (3, '{"city": ""}');
UPDATE customer SET address = '{"town": "x"}' WHERE id = 2;
ALTER TABLE customer DISABLE TRIGGER customer_address;
INSERT INTO customer VALUES (4, '[]');
ALTER TABLE customer ENABLE TRIGGER customer_address;
-- What was there before the rule does not stand in the way of another column.
UPDATE customer SET id = 5 WHERE id = 4;
SELECT * FROM customer ORDER BY id;
CREATE TRIGGER customer_wrong BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('address');
INSERT INTO customer VALUES (6, '{}');
