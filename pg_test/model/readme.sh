#!/usr/bin/env bash
# The README's SQL is the quick start, it runs, it answers what the README shows, and the tables name every public function.
set -euo pipefail
cd "$(dirname "$0")/../.."
diff <(sed -n '/^```sql$/,/^```$/p' README.md | sed '1d;$d') examples/quickstart.sql
[ "$(wc -l <examples/quickstart.sql)" -le 20 ]
psql -Xq -c 'DROP EXTENSION rowkit'
psql -XqAt -v ON_ERROR_STOP=1 -F ' | ' -f examples/quickstart.sql >/tmp/rowkit.$$
trap 'rm -f /tmp/rowkit.$$' EXIT
diff <(sed -n '/^The last query answers/,/^An INSERT/p' README.md | sed -n '/^```$/,/^```$/p' | sed '/^```$/d') <(grep -v '^[0-9]*$' /tmp/rowkit.$$)
psql -Xq -v ON_ERROR_STOP=1 -f examples/load.sql
[ "$(psql -XAtc 'SELECT count(*) FROM records')" = 10001 ]
status=0
for name in $(psql -XAtc "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'rowkit'::regnamespace AND proname NOT LIKE '\_%'"); do
    count=$(grep -E '^\| `' README.md | grep -oE "\`$name\(" | wc -l)
    [ "$count" = 1 ] || { echo "$name() stands $count times in the README's tables"; status=1; }
done
exit $status
