-- attack: blanket_grants
-- A report that does not look at columns, and an install that does not take grants back.
CREATE OR REPLACE FUNCTION rowkit.isolation_report() RETURNS TABLE(severity text, object_name text, problem text, remedy text) LANGUAGE sql STABLE AS 'SELECT NULL::text, NULL::text, NULL::text, NULL::text WHERE false';
