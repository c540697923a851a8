#!/usr/bin/env bash
# The SQL of docs/queries.md runs as it stands there, on a fresh schema, and finds something.
set -euo pipefail
cd "$(dirname "$0")/../.."
psql -Xq -v ON_ERROR_STOP=1 -o /dev/null -c 'SET client_min_messages = warning' -c 'CREATE SCHEMA app' -c "SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'app')"
sed -n '/^```sql$/,/^```$/{/^```/d;p}' docs/queries.md >"/tmp/rowkit.$$"
trap 'rm -f "/tmp/rowkit.$$"' EXIT
[ "$(grep -c '^SELECT' "/tmp/rowkit.$$")" -ge 10 ] || { echo "docs/queries.md shows too little"; exit 1; }
found=$(psql -XAtq -v ON_ERROR_STOP=1 -f "/tmp/rowkit.$$")
# The page, the count, the groups, the join, an index of two columns, the view: each shows its line.
for line in '^Osaka[|]' '^1$' '^won[|]1[|]12[.]5$' '^Osaka$' 'ready$' '^1[|]1$' '^\[\]$'; do
    grep -q "$line" <<<"$found" || { echo "nothing like $line is shown by docs/queries.md:"; echo "$found"; exit 1; }
done
