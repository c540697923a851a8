#!/usr/bin/env bash
# Before the extension is made, somebody else has a schema of its name, or may create objects in it: what they put there is found before rowkit's own, and the
# extension's functions would be in a place where others make functions. CREATE EXTENSION must refuse such a schema.
set -u
database=test_attack_extension
failed=0
admin() { psql -Xq -d postgres -v ON_ERROR_STOP=1 -c "SET client_min_messages = warning" "$@"; }
try() { # what was done before, whether it must be refused
    admin -c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database TEMPLATE template0" || exit 1
    psql -Xq -d $database -v ON_ERROR_STOP=1 -o /dev/null -c "$1" || exit 1
    local answer
    answer=$(psql -XAtq -d $database -v VERBOSITY=sqlstate -c 'CREATE EXTENSION rowkit' 2>&1)
    local made
    made=$(psql -XAtq -d $database -c "SELECT count(*) FROM pg_extension WHERE extname = 'rowkit'")
    if [ "$2" = refused ]; then
        case $made-$answer in
            0-*42501* | 0-*55000* | 0-*42P06* | 0-*0A000* | 0-*22023*) ;;
            *) echo "ATTACK SUCCEEDED: the extension was made after: $1 ($answer)"; failed=1 ;;
        esac
    elif [ "$made" != 1 ]; then
        echo "ATTACK WENT WRONG: the extension was not made after: $1 ($answer)"; failed=1
    fi
}
try 'SELECT 1' made
try 'CREATE SCHEMA rowkit' made
try 'CREATE SCHEMA rowkit; GRANT CREATE ON SCHEMA rowkit TO plain' refused
try 'CREATE SCHEMA rowkit; GRANT CREATE ON SCHEMA rowkit TO PUBLIC' refused
try 'CREATE SCHEMA rowkit AUTHORIZATION plain' refused
admin -c "DROP DATABASE $database"
exit $failed
