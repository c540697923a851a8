#!/usr/bin/env bash
# SET statement_timeout = '1s' ends whatever a native function makes of large, deep or malicious input. Bar: 1.2 s in a release build.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
told=$(ROWKIT_TIMEOUT_BOUND=1.2 ../pg_test/model/timeouts.py) || missed=1
echo "$told"
verdict
