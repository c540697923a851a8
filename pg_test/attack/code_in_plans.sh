#!/usr/bin/env bash
# An index of plain's own table calls plain's function in its predicate: the server evaluates it when it plans any query on the table. It may nap, or raise an error
# that WHEN OTHERS does not catch; so may a trigger. Everybody else's deletions, purges and reports must go on.
set -euo pipefail
as() { psql -XqAt -U "$1" -v ON_ERROR_STOP=1 "${@:2}"; }
# In a session of its own, as what the server evaluated once it keeps; and for a limited time.
ask() { PGOPTIONS='-c statement_timeout=4s -c client_min_messages=error' as rowkit "$@"; }
# A call that plain's code must not end.
goes_on() { ask "$@" >/dev/null || { echo "ATTACK SUCCEEDED: plain's code ends ${*: -1} ($way)"; exit 1; }; }
as plain >/dev/null <<'SQL'
CREATE FUNCTION plainhome.f(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN true; END $$;
CREATE TABLE plainhome.t (id uuid PRIMARY KEY, n integer);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.t');
CREATE TABLE plainhome.holders (id uuid PRIMARY KEY, things_count bigint NOT NULL DEFAULT 0);
CREATE TABLE plainhome.things (id uuid PRIMARY KEY, holder_id uuid REFERENCES plainhome.holders);
SELECT count(*) FROM rowkit.enable_usage_counter('plainhome.things', 'plainhome.holders', 'things_count');
INSERT INTO plainhome.t VALUES (attack.id('t'), 1);
SELECT attack.holds(rowkit.soft_delete('plainhome.t', attack.id('t')), 'plain deletes a row');
CREATE TABLE plainhome.u (id uuid PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.u');
INSERT INTO plainhome.u VALUES (attack.id('u'));
SELECT attack.holds(rowkit.soft_delete('plainhome.u', attack.id('u')), 'plain deletes another row');
CREATE INDEX ON plainhome.t (n) WHERE plainhome.f(1);
CREATE INDEX ON plainhome.things (id) WHERE plainhome.f(1);
CREATE INDEX ON plainhome.holders (id) WHERE plainhome.f(1);
CREATE TABLE plainhome.ways (way text);
CREATE FUNCTION plainhome.disturb() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    way text := (SELECT ways.way FROM plainhome.ways);
BEGIN
    PERFORM attack.trap('plain');
    IF way = 'nap' THEN
        PERFORM pg_catalog.pg_sleep(30);
    END IF;
    RAISE EXCEPTION 'canceling statement due to user request' USING ERRCODE = way;
END
$$;
CREATE OR REPLACE FUNCTION plainhome.f(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM plainhome.disturb(); RETURN true; END $$;
CREATE FUNCTION plainhome.disturbed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM plainhome.disturb(); RETURN OLD; END $$;
CREATE TRIGGER disturbed BEFORE DELETE ON plainhome.u FOR EACH ROW EXECUTE FUNCTION plainhome.disturbed();
SQL
for way in nap 57014 P0004 57P01 53200; do
    as plain -c 'DELETE FROM plainhome.ways' -c "INSERT INTO plainhome.ways VALUES ('$way')"
    visits=$(ask -c 'SELECT last_value FROM attack.visits')
    ask >/dev/null <<SQL
INSERT INTO dc.projects (id, account_id, name) VALUES (attack.id('gone $way'), attack.id('A'), 'gone $way');
SELECT attack.holds(rowkit.soft_delete('dc.projects', attack.id('gone $way')), 'a project is deleted');
SELECT attack.holds(rowkit.permanent_delete('dc.projects', attack.id('gone $way')), 'a project is removed for good');
SELECT attack.holds(last_value = $visits, 'a deletion reads no table of plain''s ($way)') FROM attack.visits;
INSERT INTO dc.projects (id, account_id, name) VALUES (attack.id('purged $way'), attack.id('A'), 'purged $way');
SELECT attack.holds(rowkit.soft_delete('dc.projects', attack.id('purged $way')), 'another is deleted');
SQL
    goes_on -c "SELECT attack.holds(count(*) > 0, 'the deleted projects are counted ($way)') FROM rowkit.deleted_records_summary() WHERE table_name = 'dc.projects' AND deleted_count = 1"
    goes_on -c 'SELECT count(*) FROM rowkit.usage_drift()'
    goes_on -c "CALL rowkit.purge_deleted_in_batches(0, within => '300 milliseconds')"
    ask -c "SELECT attack.holds(NOT EXISTS (SELECT FROM dc.projects WHERE name = 'purged $way'), 'the project is purged ($way)')" >/dev/null
    goes_on -c "SELECT attack.holds((rowkit.continue_purge_deleted(0) ->> 'is_done')::boolean, 'the purge of everybody''s tables ends ($way)')"
    ask -c "SELECT attack.holds(last_value > $visits, 'the trap was on the way ($way)') FROM attack.visits" >/dev/null
done
# A cancel of the session's own ends the call, and is told as such.
as plain -c "UPDATE plainhome.ways SET way = 'nap'"
told=$(ask -v VERBOSITY=sqlstate -c 'SET statement_timeout = 300' -c "SELECT rowkit.cleanup_soft_deleted_records('plainhome.u', 0)" 2>&1 || true)
[[ $told = *57014* ]] || { echo "a cancel is told as: $told"; exit 1; }
