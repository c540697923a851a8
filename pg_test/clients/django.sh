#!/usr/bin/env bash
# Django's inspectdb of each exposed schema, `manage.py check` of the models, and the example run.
. "$(dirname "$0")/common.sh"
mkdir app
touch app/__init__.py
export DJANGO_SETTINGS_MODULE=django_settings PYTHONPATH=.:$PYTHONPATH
for schema in ${schemas//,/ }; do
    DJANGO_SCHEMA=$schema DJANGO_USER=$PGUSER python3 -W error -m django inspectdb >app/models.py
    DJANGO_SCHEMA=$schema quietly '(warning|error)' python3 -W error -m django check --fail-level WARNING
    same "$schema: tables without a model" "$(grep -ic 'unable to inspect' app/models.py || true)" 0
    same "$schema: tables" "$(grep -c "db_table = '" app/models.py)" \
        "$(psql -XAtc "SELECT count(*) FROM pg_class WHERE relnamespace = '$schema'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition")"
    mv app/models.py "$schema.models"
done
mv app.models app/models.py
same "the example" "$(python3 -W error django_records.py)" "Ann's customer 00000000-0000-4000-8000-00000000000a of 1; /data/employee_count: type"
