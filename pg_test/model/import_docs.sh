#!/usr/bin/env bash
# The SQL of docs/import.md runs as it stands there, on a fresh schema, and says what the document says.
set -euo pipefail
cd "$(dirname "$0")/../.."
psql -Xq -v ON_ERROR_STOP=1 -c "SET client_min_messages = warning" -c "DROP SCHEMA IF EXISTS app CASCADE" -c "SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'app')" >/dev/null
found=$(sed -n '/^```sql$/,/^```$/{/^```/d;p}' docs/import.md | psql -Xqt -v ON_ERROR_STOP=1 -f -)
for line in '"created": 5' 'amount must be a number' 'Bob,bob@example.com,abc,01/02/2025' '"updated": 1' '"deleted": 1' '^ 5$'; do
    grep -q "$line" <<<"$found" || { echo "nothing like $line is shown by docs/import.md:"; echo "$found"; exit 1; }
done
