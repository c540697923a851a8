-- What applications call, besides the functions of customers before. Each works on the tables of this schema, whatever the search_path is, with the caller's
-- rights and row security. Those that return rows of a table have no atomic body, so that a column that you add is returned, too; after
-- ALTER SCHEMA … RENAME install the blueprint again.

CREATE OR REPLACE FUNCTION @schema@.create_customer_contacts(customer_account_id bigint, contacts jsonb) RETURNS SETOF @schema@.customer_contacts
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $function$
        INSERT INTO @schema@.customer_contacts AS contact (customer_account_id, contact_name, email, phone, role, is_primary_contact, contact_notes)
        SELECT
            create_customer_contacts.customer_account_id, given.contact_name, given.email, given.phone, given.role, coalesce(given.is_primary_contact, false),
            given.contact_notes
        FROM jsonb_array_elements(create_customer_contacts.contacts) WITH ORDINALITY AS element(fields, place)
        CROSS JOIN LATERAL jsonb_to_record(element.fields) AS given(
            contact_name text, email text, phone text, role text, is_primary_contact boolean, contact_notes text)
        ORDER BY element.place
        RETURNING contact.*;
    $function$;
COMMENT ON FUNCTION @schema@.create_customer_contacts(bigint, jsonb) IS
'Creates contacts of a customer, all or none.
contacts is a JSON array of {"contact_name", "email", "phone", "role", "is_primary_contact", "contact_notes"}; the name alone is required. Returns the rows of customer_contacts that were made, '
'in the order of the array. 23502 and 23514 for a contact that breaks a rule, 23505 for an e-mail address that the customer has already or a second primary contact, 42501 for a customer that is '
'not there or not the caller''s to see. VOLATILE. '
'Example: SELECT id FROM create_customer_contacts(1, ''[{"contact_name": "Ann", "email": "ann@example.com"}]''). '
'customer_account_id is the customer.';

CREATE OR REPLACE FUNCTION @schema@.create_customer_account(account jsonb) RETURNS SETOF @schema@.customer_accounts
    LANGUAGE sql VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp
    AS $function$
        INSERT INTO @schema@.customer_accounts AS made (company_name, customer_type, billing_address, service_address, account_notes, tags, phone_region)
        SELECT
            given.company_name, given.customer_type, coalesce(given.billing_address, '{}'), coalesce(given.service_address, '{}'), given.account_notes,
            coalesce(given.tags, '{}'), coalesce(given.phone_region, 'US')
        FROM jsonb_to_record(create_customer_account.account) AS given(
            company_name text, customer_type text, billing_address jsonb, service_address jsonb, account_notes text, tags text[], phone_region text)
        RETURNING made.*;
    $function$;
COMMENT ON FUNCTION @schema@.create_customer_account(jsonb) IS
'Creates a customer without contacts.
account is {"company_name", "customer_type", "billing_address", "service_address", "account_notes", "tags", "phone_region"}; the first two are required. Returns the row of customer_accounts '
'that was made. 23502 and 23514 for a value that breaks a rule, with the problems of an address as JSON in DETAIL. VOLATILE. '
'Example: SELECT id FROM create_customer_account(''{"company_name": "Acme", "customer_type": "Commercial"}'').';

CREATE OR REPLACE FUNCTION @schema@.create_customer(account jsonb, contacts jsonb DEFAULT '[]') RETURNS SETOF @schema@.customer_accounts
    LANGUAGE sql VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp
    AS $function$
        -- The contacts are written after the customer, which their policies look for.
        SELECT made.* FROM @schema@.create_customer_account(create_customer.account) AS made
        WHERE (SELECT count(*) FROM @schema@.create_customer_contacts(made.id, create_customer.contacts)) >= 0;
    $function$;
COMMENT ON FUNCTION @schema@.create_customer(jsonb, jsonb) IS
'Creates a customer with its contacts, all or none.
account is as create_customer_account takes it, contacts as create_customer_contacts does. Returns the row of customer_accounts that was made. Errors as these. VOLATILE. '
'Example: SELECT id FROM create_customer(''{"company_name": "Acme", "customer_type": "Commercial"}'', ''[{"contact_name": "Ann"}]'').';

CREATE OR REPLACE FUNCTION @schema@.search_customers(query text, max_rows integer DEFAULT 20) RETURNS SETOF @schema@.customer_accounts
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
        WITH candidate AS MATERIALIZED (
            SELECT found AS customer, rowkit_internal._match_level(
                search_customers.query, ARRAY[found.company_name, array_to_string(found.tags, ' '), found.account_notes], NULL, false) AS match_level
            FROM @schema@.customer_accounts AS found
            WHERE found.search_vector OPERATOR(rowkit.@~) rowkit.search_query(search_customers.query)
            LIMIT 500
        )
        SELECT (candidate.customer).*
        FROM candidate
        WHERE numnode(rowkit.search_query(search_customers.query)) > 0
        ORDER BY candidate.match_level, (candidate.customer).company_name, (candidate.customer).id
        LIMIT search_customers.max_rows;
    $function$;
COMMENT ON FUNCTION @schema@.search_customers(text, integer) IS
'Finds customers by their name, tags and notes, the best first.
Returns rows of customer_accounts, archived ones too. At most 500 are looked at. STABLE. Example: SELECT id, company_name FROM search_customers(''acm''). '
'query is what people type; its last word may be unfinished. max_rows is how many rows are returned at most.';

CREATE OR REPLACE FUNCTION @schema@.search_contacts(query text, max_rows integer DEFAULT 20) RETURNS SETOF @schema@.customer_contacts
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
        WITH candidate AS MATERIALIZED (
            SELECT found AS contact, rowkit_internal._match_level(
                search_contacts.query, ARRAY[found.contact_name, found.email, found.phone, found.role, found.contact_notes], NULL, false) AS match_level
            FROM @schema@.customer_contacts AS found
            WHERE found.search_vector OPERATOR(rowkit.@~) rowkit.search_query(search_contacts.query)
            LIMIT 500
        )
        SELECT (candidate.contact).*
        FROM candidate
        WHERE numnode(rowkit.search_query(search_contacts.query)) > 0
        ORDER BY candidate.match_level, (candidate.contact).contact_name, (candidate.contact).id
        LIMIT search_contacts.max_rows;
    $function$;
COMMENT ON FUNCTION @schema@.search_contacts(text, integer) IS
'Finds contacts by their name, e-mail address, telephone number, role and notes, the best first.
Returns rows of customer_contacts. At most 500 are looked at. STABLE. Example: SELECT contact_name FROM search_contacts(''555 123''). '
'query is what people type; its last word may be unfinished. max_rows is how many rows are returned at most.';

CREATE OR REPLACE FUNCTION @schema@.find_contacts_by_phone(phone text, phone_region text DEFAULT 'US') RETURNS SETOF @schema@.customer_contacts
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
        SELECT contact.*
        FROM @schema@.customer_contacts AS contact
        WHERE contact.phone_e164 = rowkit.standard_phone(find_contacts_by_phone.phone, find_contacts_by_phone.phone_region)
        ORDER BY contact.id;
    $function$;
COMMENT ON FUNCTION @schema@.find_contacts_by_phone(text, text) IS
'Finds the contacts who have a telephone number, however it was typed.
Returns rows of customer_contacts; no row for what is no number that can be dialled. STABLE. Example: SELECT contact_name FROM find_contacts_by_phone(''(202) 555-0123''). '
'phone is the number. phone_region is the country (ISO 3166) of a number without a country code.';

CREATE OR REPLACE FUNCTION @schema@.customer_statistics()
    RETURNS TABLE(customer_type text, customer_count bigint, archived_count bigint, contact_count bigint, last_created_at timestamptz)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT
            account.customer_type, count(*), count(account.archived_at),
            coalesce(sum((SELECT count(*) FROM @schema@.customer_contacts AS contact WHERE contact.customer_account_id = account.id)), 0)::bigint,
            max(account.created_at)
        FROM @schema@.customer_accounts AS account
        GROUP BY account.customer_type
        ORDER BY account.customer_type;
    END;
COMMENT ON FUNCTION @schema@.customer_statistics() IS
'Returns how many customers and contacts there are, by type of customer.
Of the customers that the caller sees. STABLE. Example: SELECT customer_type, customer_count FROM customer_statistics(). '
'customer_type is Residential or Commercial. customer_count is how many customers there are, archived_count how many of these are archived. contact_count is how many contacts they have. '
'last_created_at is when the newest was inserted.';

CREATE OR REPLACE FUNCTION @schema@.customer_history(customer_account_id bigint) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text,
    transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT event.* FROM rowkit.row_history(
            $rowkit$@schema@.customer_accounts$rowkit$::pg_catalog.regclass, customer_history.customer_account_id) AS event;
    END;
COMMENT ON FUNCTION @schema@.customer_history(bigint) IS
'Returns what was done to a customer, the first event first.
Returns no row if the caller may not see the customer. STABLE. Example: SELECT created_at, user_id, new_data FROM customer_history(1). '
'customer_account_id is the customer. created_at is when it was done. user_id is who did it. action is INSERT, UPDATE, DELETE, SOFT_DELETE or RESTORE. record_key is the id at that time. old_data and new_data are the '
'values before and after. transaction_id is the transaction''s number, transaction its uuid, which undo_transaction() takes. ip_address is where the request came from. database_role is the role '
'that wrote.';
