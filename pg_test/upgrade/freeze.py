#!/usr/bin/env python3
"""Freezes a release in sql/releases: the extension's script, the blueprints' scripts and versions, and the checksums of all. `./dev freeze` runs it with the built script's path."""
import hashlib
import pathlib
import re
import sys

here = pathlib.Path(__file__).parent
sys.path[1:1] = [str(here.parent / "model")]
from people import psycopg  # noqa: E402

RELEASES = here.parents[1] / "sql" / "releases"
# What pgrx says of where it found each part.
ORIGIN = re.compile(r"^(/\* </?(begin|end) connected objects> \*/|-- [\w/.]+:\d+)$")


def main():
    built = pathlib.Path(sys.argv[1])
    release = built.name.removeprefix("rowkit--").removesuffix(".sql")
    folder = RELEASES / release
    if folder.exists():
        sys.exit(f"{release} is frozen already")
    lines = [line for line in built.read_text().split("\n") if not ORIGIN.match(line)]
    with psycopg.connect(autocommit=True) as session:
        versions = session.execute("SELECT blueprint, version FROM rowkit.blueprints() ORDER BY 1").fetchall()
        scripts = {blueprint: session.execute("SELECT array_to_string(rowkit_internal._blueprint_scripts(%s, '@schema@'), '')", [blueprint]).fetchone()[0] for blueprint, _ in versions}
    folder.mkdir(parents=True)
    (RELEASES / built.name).write_text("\n".join(lines))
    for blueprint, script in scripts.items():
        (folder / f"{blueprint}.sql").write_text(script)
    (folder / "blueprints").write_text("".join(f"{blueprint} {version}\n" for blueprint, version in versions))
    # The checksums of former releases stay as they are: what was changed there since is found.
    with (RELEASES / "checksums").open("a") as checksums:
        checksums.writelines(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(RELEASES)}\n" for path in sorted([RELEASES / built.name, *folder.iterdir()]))


if __name__ == "__main__":
    main()
