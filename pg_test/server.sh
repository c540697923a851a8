# Sourced by dev, by pg_test/run and by the tests that crash the server.

# PostgreSQL refuses to run as root.
as_server() {
    if [ "$(id -u)" != 0 ]; then "$@"; return; fi
    id postgres >/dev/null 2>&1 || useradd --system --create-home --shell /bin/sh postgres
    setpriv --reuid=postgres --regid=postgres --clear-groups env HOME=/tmp "$@"
}

# Starts the cluster of the tests, at PGHOST. Without JIT, which Debian's servers have: it compiles each policy of a query that takes a millisecond.
start_server() {
    as_server "$ROWKIT_BIN/pg_ctl" -D "$PGHOST/data" -l "$PGHOST/log" -w start >/dev/null \
        -o "-k $PGHOST -p $PGPORT -c listen_addresses='' -c fsync=${ROWKIT_FSYNC:-off} -c jit=off -c max_connections=100 -c shared_buffers=256MB ${ROWKIT_SERVER_OPTIONS:-}"
}

# Kills the server with all its processes, as a machine that loses power would, and starts it again.
crash_server() {
    local postmaster children process
    postmaster=$(head -n 1 "$PGHOST/data/postmaster.pid")
    children=$(grep -lsE "^PPid:[[:space:]]+$postmaster\$" /proc/[0-9]*/status | cut -d / -f 3) || true
    # A process may have ended by itself meanwhile.
    kill -9 "$postmaster" $children 2>/dev/null || true
    for process in $postmaster $children; do
        while [ -d "/proc/$process" ]; do sleep 0.1; done
    done
    start_server
}
