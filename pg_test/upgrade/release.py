#!/usr/bin/env python3
"""A database of each former release is updated to this one, and its blueprints with it: it must hold the same objects as a database of this release, with the same definitions, rights and
comments. The former releases are frozen in sql/releases, by checksum; a blueprint whose scripts are no longer those of a release has a higher version.

With --step it prints what the newest step in sql/ lacks: the statements that make the updated extension this release."""
import hashlib
import os
import pathlib
import sys

here = pathlib.Path(__file__).parent
sys.path[1:1] = [str(here.parent / "model")]
from people import psycopg  # noqa: E402

RELEASES = here.parents[1] / "sql" / "releases"
OBJECTS = (here / "objects.sql").read_text()
INSTALL = "SELECT known.blueprint, known.version, (SELECT count(*) FROM rowkit.install_blueprint(known.blueprint, known.blueprint)) FROM rowkit.blueprints() AS known"
SCRIPTS = "SELECT array_to_string(rowkit_internal._blueprint_scripts(%s, '@schema@'), '')"
FORMER_SCRIPT = "SELECT ARRAY[replace(former.script, '@schema@', quoted_schema)] FROM public.former WHERE former.blueprint = $1"
# The library has this release's scripts; these functions give the former ones in their place, while the former blueprints are installed.
IN_PLACE = {
    "rowkit_internal._blueprint_scripts(text,text)": FORMER_SCRIPT,
    "rowkit_internal._plain_blueprint_scripts(text,text,text[])": FORMER_SCRIPT,
    "rowkit_internal._blueprint_migrations(text,text,integer)": "SELECT '{}'::text[]",
    "rowkit.blueprints()": "SELECT former.blueprint, former.version, ''::text FROM public.former",
}
wrong = []


def connect(database):
    return psycopg.connect(dbname=database, autocommit=True, options="-c client_min_messages=warning")


def make(database):
    with connect("postgres") as server:
        server.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {database} TEMPLATE template0")
    return connect(database)


def objects(session):
    cursor = session.execute(OBJECTS)
    while cursor.nextset():
        pass
    return {(kind, identity): (definition, comment) for kind, identity, definition, comment in cursor}


def noted(session):
    """What the blueprints write down of themselves; an object keeps the version that made it."""
    found = set()
    for blueprint, _ in session.execute("SELECT blueprint, version FROM rowkit.blueprints()").fetchall():
        found.update(session.execute(f"SELECT '{blueprint}', blueprint, CASE kind WHEN 'blueprint' THEN version ELSE 0 END, kind, name FROM {blueprint}.rowkit_objects").fetchall())
    return found


def check_frozen():
    listed = dict(reversed(line.split("  ", 1)) for line in (RELEASES / "checksums").read_text().splitlines())
    there = {str(path.relative_to(RELEASES)): hashlib.sha256(path.read_bytes()).hexdigest() for path in RELEASES.rglob("*") if path.is_file() and path.name != "checksums"}
    for name in sorted(listed.keys() | there.keys()):
        if listed.get(name) != there.get(name):
            wrong.append(f"sql/releases/{name} is frozen, and is not what it was: change the extension by a step in sql/, a blueprint by a migration")


def blueprints_of(release):
    """The versions of a release's blueprints, and their scripts."""
    folder = RELEASES / release
    return [(name, int(version), (folder / f"{name}.sql").read_text()) for name, version in map(str.split, (folder / "blueprints").read_text().splitlines())]


def make_former(release):
    session = make("former")
    session.execute(f"CREATE EXTENSION rowkit VERSION '{release}'")
    session.execute("CREATE TABLE public.former (blueprint text, version integer, script text)")
    with session.cursor() as cursor:
        cursor.executemany("INSERT INTO public.former VALUES (%s, %s, %s)", blueprints_of(release))
    own = {}
    for function, body in IN_PLACE.items():
        own[function], = session.execute("SELECT pg_get_functiondef(%s::regprocedure)", [function]).fetchone()
        head = own[function][:own[function].index("\n LANGUAGE")]
        session.execute(f"{head}\n LANGUAGE sql STABLE AS $in_place$ {body} $in_place$")
    session.execute(INSTALL)
    for definition in own.values():
        session.execute(definition)
    session.execute("DROP TABLE public.former")
    return session


def compare(release, former, this):
    steps = []
    for key in sorted(former.keys() | this.keys()):
        kind, identity = key
        was, now = former.get(key), this.get(key)
        if was == now:
            continue
        what = "is not there" if now is None else "is missing" if was is None else "differs"
        wrong.append(f"updated from {release}: {kind} {identity} {what}")
        if kind != "function":
            steps.append(f"-- by hand: {kind} {identity} {what}" + ("" if now is None else "\n" + "".join(f"--   {line}\n" for line in now[0].splitlines())))
        elif now is None:
            steps.append(f"DROP FUNCTION {identity};")
        else:
            definition, _, grants = now[0].rpartition("\n")
            # CREATE OR REPLACE cannot change the names of arguments, nor the result.
            if was is not None and was[0].split("\n LANGUAGE")[0] != now[0].split("\n LANGUAGE")[0]:
                steps.append(f"DROP FUNCTION {identity};")
                was = None
            if was is None or was[0].rpartition("\n")[0] != definition:
                steps.append(definition.replace("'$libdir/rowkit'", "'MODULE_PATHNAME'") + ";")
            if was is None or was[0].rpartition("\n")[2] != grants:
                steps.append(f"-- by hand, its rights: {grants}" if grants != "-- EXECUTE to PUBLIC" or was is not None else "")
            if was is None or was[1] != now[1]:
                steps.append("COMMENT ON FUNCTION {} IS '{}';".format(identity, (now[1] or "").replace("'", "''")))
    return [step for step in steps if step]


def main():
    check_frozen()
    this = make("this_release")
    this.execute("CREATE EXTENSION rowkit")
    versions = {blueprint: version for blueprint, version, _ in this.execute(INSTALL).fetchall()}
    wanted, wanted_notes = objects(this), noted(this)
    releases = sorted((path.name for path in RELEASES.iterdir() if path.is_dir()), key=lambda name: [int(part) for part in name.split(".")])
    steps = []
    for release in releases:
        for blueprint, version, script in blueprints_of(release):
            is_same = this.execute(SCRIPTS, [blueprint]).fetchone()[0] == script
            if versions.get(blueprint, 0) < version or (versions[blueprint] == version and not is_same):
                wrong.append(f"the scripts of {blueprint} are no longer those of version {version} in {release}: add a migration in src/apps/blueprint.rs (an empty one if the scripts replace all that changed)")
        former = make_former(release)
        former.execute("ALTER EXTENSION rowkit UPDATE")
        for blueprint, _, _ in blueprints_of(release):
            # Otherwise scripts that are the same are not run again.
            former.execute(f"UPDATE {blueprint}.rowkit_objects SET checksum = NULL WHERE kind = 'blueprint'")
        former.execute(INSTALL)
        steps = compare(release, objects(former), wanted)
        for entry in sorted(noted(former) ^ wanted_notes):
            wrong.append(f"updated from {release}: noted or not noted: {' '.join(map(str, entry))}")
        former.close()
    this.close()
    with connect("postgres") as server:
        server.execute("DROP DATABASE IF EXISTS former")
        server.execute("DROP DATABASE IF EXISTS this_release")
    if "--step" in sys.argv:
        print("\n\n".join(steps))
        return
    for line in wrong[:40]:
        print(line)
    print(f"release: {len(wanted)} objects of this release, {len(releases)} former releases, {len(wrong)} differences")
    sys.exit(bool(wrong) or not releases)


if __name__ == "__main__":
    main()
