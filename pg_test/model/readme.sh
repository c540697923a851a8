#!/usr/bin/env bash
# The README's SQL is the quick start and the day, they run, they answer what the README shows, and the tables name every public function.
set -euo pipefail
cd "$(dirname "$0")/../.."
shown() { # file: the block below the comment that names it
    sed -n "\|^<!-- examples/$1: |,/^\`\`\`\$/p" README.md | sed '1,2d;$d'
}
diff <(shown quickstart.sql) examples/quickstart.sql
diff <(shown day.sql) examples/day.sql
[ "$(wc -l <examples/quickstart.sql)" -le 20 ] && [ "$(wc -l <examples/day.sql)" -le 40 ]
[ "$(grep -c '^```sql$' README.md)" = 2 ]
psql -Xq -c 'DROP EXTENSION rowkit'
psql -XqAt -v ON_ERROR_STOP=1 -F ' | ' -f examples/quickstart.sql >/tmp/rowkit.$$
# The role is the cluster's, so it goes again.
trap 'rm -f /tmp/rowkit.$$; psql -Xq -c "SET client_min_messages = warning" -c "DROP OWNED BY authenticated CASCADE" -c "DROP ROLE authenticated" 2>/dev/null || :' EXIT
diff <(sed -n '/^The last query answers/,/^An INSERT/p' README.md | sed -n '/^```$/,/^```$/p' | sed '/^```$/d') <(grep -v '^[0-9]*$' /tmp/rowkit.$$)
psql -Xq -v ON_ERROR_STOP=1 -f examples/load.sql
diff <(sed -n '/^It answers:$/,/^The tests spend/p' README.md | sed -n '/^```$/,/^```$/p' | sed '/^```$/d') \
    <(psql -XqAt -F ' | ' -f examples/day.sql 2>&1 | sed 's/^psql:[^ ]*: //')
[ "$(psql -XAtc 'SELECT count(*) FROM app.records')" = 10001 ]
status=0
for name in $(psql -XAtc "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'rowkit'::regnamespace AND proname NOT LIKE '\_%'"); do
    count=$(grep -E '^\| `' README.md | { grep -oE "\`$name\(" || true; } | wc -l)
    [ "$count" = 1 ] || { echo "$name() stands $count times in the README's tables"; status=1; }
done
exit $status
