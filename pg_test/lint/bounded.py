#!/usr/bin/env python3
"""Loops and recursions over user data are bounded by src/core/work.rs. A function that has a loop or
calls itself must name `work::` in its own body (a step, a scan of bytes, memory; for a recursion `work::descend`), or be explained in bounded.txt, one line each.

Chains of iterator adaptors over the places in a text are loops, too: what is asked at each place can go through the text again. Those over jsonb count by themselves
(src/core/jsonb: Values and Pairs); other chains over a text are linear scans, which the rule does not see."""
import pathlib
import re

from explained import compare

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Modules whose loops are over what rowkit itself holds, or that are the ground below work.rs.
OUTSIDE = {
    "pg": "the server's own memory and catalog; what reads rows there counts its steps (src/pg/transition.rs, src/pg/spi.rs)",
    "core/work.rs": "the counter itself",
    "core/sql.rs": "fills the holes of rowkit's own queries",
    "lib.rs": "registers settings",
}


LOOP = re.compile(r"\bfor\s+[^;{<>]+\sin\b|\bwhile\b|\bloop\b|\.(?:r?match_indices|char_indices)\((?![^;]*?\)\s*\.nth\()")


def code(text):
    """Without comments, texts and unit tests; the length of what is left does not matter."""
    text = text.split("#[cfg(test)]")[0]
    # In one pass: a quote may be a character, an apostrophe may stand in a text, and so may two slashes.
    return re.sub(r"""//[^\n]*|'(?:\\.|[^'\\])'|\br(#*)".*?"\1|"(?:\\.|[^"\\])*\"""", lambda found: "" if found[0].startswith("//") else '""', text, flags=re.S)


def functions(text):
    """Each function's name and body, one within another counted with the outer one too."""
    for found in re.finditer(r"\bfn\s+(\w+)", text):
        start = text.find("{", found.end())
        semicolon = text.find(";", found.end())
        if start < 0 or 0 <= semicolon < start and text.count("[", found.end(), semicolon) == text.count("]", found.end(), semicolon):
            continue
        depth, at = 1, start + 1
        while depth and at < len(text):
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        yield found.group(1), text[start:at]


def findings():
    count = 0
    for file in sorted((ROOT / "src").rglob("*.rs")):
        within = str(file.relative_to(ROOT / "src"))
        if file.name in ("server_tests.rs", "tests.rs") or "tests" in file.parts or any(within == module or within.startswith(module + "/") for module in OUTSIDE):
            continue
        for name, body in functions(code(file.read_text())):
            count += 1
            where = f"{within} {name}"
            if "work::" not in body and LOOP.search(body):
                yield f"loop {where}"
            if "work::descend" not in body and re.search(rf"(?<![\w.:]){name}\(|(?:self\.|Self::){name}\(", body):
                yield f"recursion {where}"
    assert count > 1500, "the functions were not found"


found = sorted(set(findings()))
compare("bounded", found, f"{len(OUTSIDE)} modules outside")
