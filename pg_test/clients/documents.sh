#!/usr/bin/env bash
# docs/clients.md shows every file of the examples as it is.
. "$(dirname "$0")/common.sh"
document=$clients/../../docs/clients.md
for file in "$clients"/examples/*; do
    diff "$file" <(sed -n "\|^<!-- pg_test/clients/examples/$(basename "$file") -->\$|,/^\`\`\`\$/p" "$document" | sed '1,2d;$d') || { echo "docs/clients.md does not show $(basename "$file")"; exit 1; }
done
