#!/usr/bin/env python3
"""Loops and recursions over user data are bounded by src/core/work.rs. In the modules below, which compute over what users give, a function that has a loop or
calls itself must name `work::` in its own body (a step, a scan of bytes, memory; for a recursion `work::descend`), or be explained in bounded.txt, one line each.

The rule does not see chains of iterator adaptors. Those over jsonb count by themselves (src/core/jsonb: Values and Pairs), and those over a text are linear scans."""
import pathlib
import re

from explained import compare

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = [
    *("core/" + word for word in ("accessors.rs", "autonumber", "fault.rs", "fields", "index", "json_schema", "jsonb", "pattern.rs", "query", "schema", "search", "secrets", "shown.rs", "template.rs", "tokens", "usage", "validate", "workflow.rs")),
    *("records/" + word for word in ("fields", "json_schema", "search", "validate")),
    *("metering/usage", "tenant/secrets", "tenant/tokens", "apps/template.rs", "apps/workflow"),
]


def code(text):
    """Without comments, texts and unit tests; the length of what is left does not matter."""
    text = text.split("#[cfg(test)]")[0]
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r'r#*"(?:[^"]|"(?!#))*"#*|"(?:\\.|[^"\\])*"', '""', text)
    return re.sub(r"'(?:\\.|[^'\\])'", "' '", text)


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
    for module in MODULES:
        path = ROOT / "src" / module
        for file in sorted([path] if path.is_file() else path.rglob("*.rs")):
            if file.name == "server_tests.rs" or "tests" in file.parts:
                continue
            for name, body in functions(code(file.read_text())):
                count += 1
                where = f"{file.relative_to(ROOT / 'src')} {name}"
                if "work::" not in body and re.search(r"\bfor\s+[^;{<>]+\sin\b|\bwhile\b|\bloop\b", body):
                    yield f"loop {where}"
                if "work::descend" not in body and re.search(rf"(?<![\w.:]){name}\(|(?:self\.|Self::){name}\(", body):
                    yield f"recursion {where}"
    assert count > 300, "the functions were not found"


found = sorted(set(findings()))
compare("bounded", found, f"{len(MODULES)} modules")
