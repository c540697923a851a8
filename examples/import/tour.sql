-- Three files as they come, brought into custom tables: what each holds, what an import would do, what went wrong, mended, taken back, and out again.
-- Run after examples/quickstart.sql, from the project's folder. make_files.py made the files.
SET search_path = app, rowkit;
\set customers 00000000-0000-4000-8000-0000000000c1
\set orders 00000000-0000-4000-8000-0000000000c2
\set sales 00000000-0000-4000-8000-0000000000c3
INSERT INTO tables (id, organization_id, name) SELECT id::uuid, '00000000-0000-4000-8000-00000000000a', name
FROM (VALUES (:'customers', '顧客'), (:'orders', 'Orders'), (:'sales', 'Sales')) AS made(id, name);
INSERT INTO table_columns (table_id, name, label, type, required, is_unique, position, options) VALUES
    (:'customers', 'code', '顧客コード', 'text', true, true, 1, '{}'),
    (:'customers', 'email', 'メールアドレス', 'email', false, true, 2, '{}'),
    (:'customers', 'phone', '電話番号', 'phone', false, false, 3, '{"default_region": "JP"}'),
    (:'customers', 'postcode', '郵便番号', 'text', false, false, 4, '{}'),
    (:'customers', 'registered_on', '登録日', 'date', false, false, 5, '{}'),
    (:'customers', 'revenue', '売上金額', 'currency', false, false, 6, '{"currency": "JPY"}'),
    (:'customers', 'rank', 'ランク', 'select', false, false, 7, '{"choices": ["①", "②", "③"]}'),
    (:'customers', 'note', '備考', 'long_text', false, false, 8, '{}'),
    (:'orders', 'order_number', 'Bestellnummer', 'text', true, true, 1, '{}'),
    (:'orders', 'customer', 'Kunde', 'text', false, false, 2, '{}'),
    (:'orders', 'amount', 'Betrag', 'currency', false, false, 3, '{"currency": "EUR"}'),
    (:'orders', 'discount', 'Rabatt', 'percent', false, false, 4, '{}'),
    (:'orders', 'ordered_on', 'Bestelldatum', 'date', false, false, 5, '{}'),
    (:'orders', 'delivered_on', 'Lieferdatum', 'date', false, false, 6, '{}'),
    (:'orders', 'note', 'Notiz', 'text', false, false, 7, '{}'),
    (:'sales', 'region', 'Region', 'text', false, false, 1, '{}'),
    (:'sales', 'product', 'Product', 'text', false, false, 2, '{}'),
    (:'sales', 'sold_on', 'Sold on', 'date', true, false, 3, '{}'),
    (:'sales', 'revenue', 'Revenue', 'currency', false, false, 4, '{"currency": "EUR"}'),
    (:'sales', 'margin', 'Margin', 'percent', false, false, 5, '{}'),
    (:'sales', 'paid', 'Paid', 'boolean', false, false, 6, '{}');

-- 1. A Japanese file in Shift_JIS: a title above the header, digits of two widths, dates of two calendars, codes with zeros in front.
\set file `base64 examples/import/customers.csv`
SELECT begin_import(:'customers', 'customers.csv', 'tour') AS import \gset
SELECT append_import_base64(:'import', 1, :'file') AS bytes;
SELECT preview_import(:'import') AS preview \gset
SELECT preview #>> '{encoding,name}' AS encoding, preview #>> '{dialect,skip_lines}' AS title_lines, preview ->> 'header_row' AS header_row
FROM (SELECT :'preview'::jsonb AS preview) AS seen;
SELECT file_column ->> 'name' AS file_column, file_column ->> 'type' AS looks_like, file_column #>> '{suggestion,column}' AS goes_to, file_column -> 'misfits' AS misfits
FROM jsonb_array_elements(:'preview'::jsonb -> 'columns') AS file_column;
-- What an import would do, and then the same for good.
SELECT plan ->> 'created' AS created, plan ->> 'failed' AS failed FROM plan_import(:'import') AS plan;
SELECT result ->> 'state' AS state, result ->> 'created' AS created, result ->> 'failed' AS failed FROM run_import(:'import') AS result;
SELECT data ->> 'code' AS code, name, company, data ->> 'phone' AS phone, data ->> 'postcode' AS postcode, data ->> 'registered_on' AS registered_on,
    data ->> 'revenue' AS revenue, data ->> 'rank' AS rank
FROM records WHERE table_id = :'customers' ORDER BY data ->> 'code';
SELECT row_number, column_name, code, message FROM import_errors(:'import');
-- The rows that failed, as a file to be mended in a spreadsheet. Here replace() mends it.
SELECT import_error_file(:'import') AS error_file \gset
\echo :error_file
SELECT result ->> 'created' AS created, result ->> 'failed' AS failed
FROM import_records(:'customers', convert_to(replace(replace(replace(:'error_file', 'yamada@,', 'yamada@example.jp,'), '2024/6/31', '2024/6/30'), '未定', '5400'), 'UTF8')) AS result;
SELECT data ->> 'code' AS code, name, data ->> 'registered_on' AS registered_on, data ->> 'revenue' AS revenue, data ->> 'note' AS note
FROM records WHERE table_id = :'customers' AND data ->> 'code' IN ('00016', '00017', '00018') ORDER BY data ->> 'code';

-- 2. A German file in windows-1252: semicolons, decimal commas. All days of delivery could be months, so they are asked for and not guessed.
\set file `base64 examples/import/orders.csv`
SELECT file_column ->> 'name' AS file_column, file_column ->> 'type' AS looks_like, file_column ->> 'date_order' AS date_order, file_column ->> 'decimal_mark' AS decimal_mark
FROM jsonb_array_elements(preview_import_base64(:'orders', :'file') -> 'columns') AS file_column;
SELECT begin_import(:'orders', 'orders.csv') AS import \gset
SELECT append_import_base64(:'import', 1, :'file') AS bytes;
SELECT problem ->> 'column' AS column_name, problem ->> 'code' AS code, problem ->> 'count' AS rows
FROM jsonb_array_elements(plan_import(:'import') -> 'problem_counts') AS problem;
SELECT result ->> 'created' AS created, result ->> 'failed' AS failed FROM run_import(:'import', '{"date_order": "dmy"}') AS result;
SELECT data ->> 'order_number' AS order_number, data ->> 'customer' AS customer, data ->> 'amount' AS amount_in_cents, data ->> 'discount' AS discount, data ->> 'ordered_on' AS ordered_on,
    data ->> 'delivered_on' AS delivered_on, data ->> 'note' AS note
FROM records WHERE table_id = :'orders' ORDER BY data ->> 'order_number';

-- 3. A workbook: dates and percents are what its cells show, merged cells have one value, and a formula without a value is a problem of its row.
\set file `base64 examples/import/sales.xlsx`
SELECT sheet ->> 'name' AS sheet, sheet ->> 'is_hidden' AS is_hidden, sheet ->> 'is_read' AS is_read
FROM jsonb_array_elements(preview_import_base64(:'sales', :'file') -> 'sheets') AS sheet;
SELECT result ->> 'import_id' AS import, result ->> 'created' AS created, result ->> 'failed' AS failed FROM import_records_base64(:'sales', :'file') AS result \gset
\echo :created created, :failed failed
SELECT row_number, column_name, code, message FROM import_errors(:'import');
SELECT data ->> 'region' AS region, data ->> 'product' AS product, data ->> 'sold_on' AS sold_on, data ->> 'revenue' AS revenue_in_cents,
    data ->> 'margin' AS margin, data ->> 'paid' AS paid
FROM records WHERE table_id = :'sales' ORDER BY id;
-- Taken back.
SELECT undo_import(:'import') - 'kept_ids' AS undone;
SELECT count(*) AS left FROM records WHERE table_id = :'sales' AND deleted_at IS NULL;

-- 4. Out, and in again: an import of an export changes nothing.
SELECT convert_from(export_records(:'orders', columns => '{order_number,amount,delivered_on}'), 'UTF8') AS file \gset
\echo :file
SELECT format, result ->> 'unchanged' AS unchanged, result ->> 'updated' AS updated
FROM unnest('{csv,json,xlsx}'::text[]) AS format, import_records(:'orders', export_records(:'orders', format => format), '{"on_match": "replace"}') AS result;
