#!/usr/bin/env bash
# A hot standby: every function is called there. What only reads answers, what writes is refused as in any read-only transaction (25006), and no error is an
# internal one.
set -euo pipefail
cd "$(dirname "$0")"
. ../server.sh
home=$(mktemp -d /tmp/rowkit.XXXXXX)
[ "$(id -u)" != 0 ] || chown postgres "$home"
end() {
    for server in standby primary; do
        [ ! -f "$home/$server/postmaster.pid" ] || as_server "$ROWKIT_BIN/pg_ctl" -D "$home/$server" -m immediate -w stop >/dev/null
    done
    rm -rf "$home"
}
trap end EXIT
begin() { # server port
    as_server "$ROWKIT_BIN/pg_ctl" -D "$home/$1" -l "$home/$1.log" -w start -o "-k $home -p $2 -c listen_addresses='' -c fsync=off" >/dev/null
}
export PGHOST=$home PGPORT=28901 PGDATABASE=postgres
as_server "$ROWKIT_BIN/initdb" -D "$home/primary" -U "$PGUSER" -A trust -E UTF8 --locale=C.UTF-8 -N >/dev/null
begin primary 28901
(cd ../dump && psql -Xq -v ON_ERROR_STOP=1 -o /dev/null -f fill.sql)
as_server "$ROWKIT_BIN/pg_basebackup" -h "$home" -p 28901 -U "$PGUSER" -D "$home/standby" -R -c fast -X stream
begin standby 28902
PGPORT=28902 python3 standby.py
