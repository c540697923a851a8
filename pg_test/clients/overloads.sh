#!/usr/bin/env bash
# PostgREST chooses a function by the names of a call's arguments. In every schema that is exposed, each call must fit one function at most.
. "$(dirname "$0")/common.sh"
same "the query" "$(psql -XAtq -F ' ' -v ON_ERROR_STOP=1 -f "$clients/overloads.sql")" ""
# It finds what is there: two that the same names can call, one without a name, and one of a name that a table's row can call, too.
psql -Xq -v ON_ERROR_STOP=1 <<'SQL'
CREATE FUNCTION app.told(a integer) RETURNS integer LANGUAGE sql RETURN 1;
CREATE FUNCTION app.told(a text, b integer DEFAULT 1) RETURNS integer LANGUAGE sql RETURN 1;
CREATE FUNCTION app.nameless(integer) RETURNS integer LANGUAGE sql RETURN 1;
CREATE FUNCTION app.posted(a integer) RETURNS integer LANGUAGE sql RETURN 1;
CREATE FUNCTION app.posted(jsonb) RETURNS integer LANGUAGE sql RETURN 1;
SQL
same "with three mistakes the query" "$(psql -XAtq -F ' ' -v ON_ERROR_STOP=1 -f "$clients/overloads.sql" | wc -l)" 3
