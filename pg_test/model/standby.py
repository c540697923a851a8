"""Calls every function on a hot standby, and every write; standby.sh starts it."""
import confuse
from odd import SCHEMAS, TIMEOUT, Connection, Findings


def main():
    findings = Findings()
    connection = Connection(findings, f"SET client_min_messages = error; SET statement_timeout = '{TIMEOUT}s'")
    for schema in SCHEMAS:
        functions = connection.session.execute(confuse.FUNCTIONS, [schema]).fetchall()
        table, columns = confuse.MAIN[schema], [column for table, column, *_ in connection.session.execute(confuse.COLUMNS, [schema]).fetchall() if table == confuse.MAIN[schema]]
        connection.session.execute(f"SET search_path = {schema}, rowkit, public")
        for sql in confuse.calls_of(schema) + confuse.derived(functions, table, columns):
            connection.run(sql)
    refused = findings.answers.get("25006", 0)
    if refused < 100:
        findings.add("too few writes", f"only {refused} were refused", "")
    findings.end("standby", 900)


main()
