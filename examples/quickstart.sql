CREATE EXTENSION rowkit;
SELECT count(*) AS made FROM rowkit.install_blueprint('custom_tables', 'app');
SET search_path = app;
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme');
INSERT INTO tables (id, organization_id, name)
VALUES ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000a', 'Customers');
INSERT INTO table_columns (table_id, name, label, type, required, is_unique, position, options) VALUES
    ('00000000-0000-4000-8000-00000000000b', 'name', '名前', 'text', true, false, 1, '{"max_length": 100}'),
    ('00000000-0000-4000-8000-00000000000b', 'email', 'メールアドレス', 'email', false, true, 2, '{}'),
    ('00000000-0000-4000-8000-00000000000b', 'phone', '電話番号', 'phone', false, false, 3, '{"default_region": "JP"}'),
    ('00000000-0000-4000-8000-00000000000b', 'employee_count', '従業員数', 'integer', false, false, 4, '{"min": 1}');
INSERT INTO table_statuses (table_id, name, color, position) VALUES
    ('00000000-0000-4000-8000-00000000000b', 'リード', '#3B82F6', 1), ('00000000-0000-4000-8000-00000000000b', '商談中', '#F59E0B', 2),
    ('00000000-0000-4000-8000-00000000000b', '受注', '#16A34A', 3), ('00000000-0000-4000-8000-00000000000b', '失注', '#DC2626', 4);
SELECT count(*) AS created FROM create_record('00000000-0000-4000-8000-00000000000b', '{"name": "佐藤",
    "email": "sato@example.com", "company": "株式会社エムロック", "status": "リード", "phone": "03-1234-5678", "employee_count": 50}');
SELECT path, code, message FROM record_errors('00000000-0000-4000-8000-00000000000b',
    '{"email": "sato@", "status": "りーど", "employee_count": "50"}');
