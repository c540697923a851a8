#!/usr/bin/env python3
"""Imports between the Rust modules: the folders of src are layers, and a module imports from its own layer and from lower ones only. src/core imports
nothing of the server. Inside a layer no modules import each other in a cycle, be they files or folders.

An import is a path that begins with `crate::`, `super::` or `self::`, in a `use` or anywhere else. A name that a folder's mod.rs takes from one of its files
(`pub use file::Name`) counts as an import of that file. A mod.rs and the files of its folder are one module, so an import between them is none.
Unit tests (`#[cfg(test)]`, server_tests.rs) may import each other's fixtures.

The files and folders that the documents name are there, too."""
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src"
# From the lowest.
LAYERS = ["core", "pg", "identity", "records", "rows", "metering", "tenant", "apps"]
# They belong to no layer: the list of the layers, and what `cargo pgrx test` asks of the crate.
ROOT = {"lib.rs", "pg_test.rs"}
TESTS = {"server_tests.rs", "testing.rs"}
# Comments, raw texts, texts and characters.
TEXT = re.compile(r"""//[^\n]*|\bb?r(#*)"(?:.|\n)*?"\1|"(?:\\(?:.|\n)|[^"\\])*"|'(?:\\[^']+|\\'|[^'\\])'""")


def code(text):
    """Without comments, texts and unit tests; lines stay lines."""
    return without_tests(TEXT.sub(lambda found: "\n" * found[0].count("\n"), text))


def without_tests(text):
    for found in reversed(list(re.finditer(r"#\[cfg\((?:test|all\(test[^]]*)\)\]\s*(?:pub )?(?:mod|use|fn|impl)\b[^;{]*([;{])", text))):
        end = found.end() if found[1] == ";" else closing(text, found.end())
        text = text[: found.start()] + "\n" * text[found.start() : end].count("\n") + text[end:]
    return text


def closing(text, at):
    """Behind the brace that closes the one before `at`."""
    depth = 1
    while depth:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at


def leaves(tree):
    """`a::{b, c::{d, e}}` as a::b, a::c::d, a::c::e."""
    head, brace, rest = tree.partition("{")
    if not brace:
        return [re.sub(r"\s+as\s+\w+", "", tree).strip()]
    found, depth, part = [], 0, ""
    for letter in rest[: rest.rindex("}")] + ",":
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            found += [head.strip() + leaf for leaf in leaves(part)] if part.strip() else []
            part = ""
        else:
            part += letter
    return found


class Sources:
    """The modules by their paths, each with its code."""

    def __init__(self, files):
        self.files = {self.path(name): (name, code(text)) for name, text in files.items()}
        self.reexports = {path: dict(self.reexported(path)) for path, (name, _) in self.files.items() if name.endswith("mod.rs")}

    @staticmethod
    def path(name):
        parts = tuple(name.removesuffix(".rs").split("/"))
        return parts[:-1] if parts[-1] == "mod" else parts

    def reexported(self, path):
        """What a mod.rs takes from its children, by name."""
        for found in re.finditer(r"^pub use ((?:\w+)::[^;]+);", self.files[path][1], re.M):
            for leaf in leaves(found[1]):
                *module, name = leaf.split("::")
                if path + (module[0],) in self.files:
                    yield name, path + tuple(module)

    def resolve(self, path):
        """The module in which a path's item is."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.files:
                module, rest = path[:length], path[length:]
                elsewhere = self.reexports.get(module, {}).get(rest[0]) if rest else None
                return elsewhere if elsewhere in self.files else module
        return None

    def imports(self, path):
        """The modules that one imports, each with the line."""
        name, text = self.files[path]
        starts = [found for found in re.finditer(r"^(\s*)(?:pub )?mod \w+ \{", text, re.M)]
        inner = [(found.start(), closing(text, found.end())) for found in starts]
        for found in re.finditer(r"(?<![\w:$])(crate|(?:self|super)(?:::super)*)::((?:\w+::)*)(\w+|\{|\*)", text):
            depth = sum(start < found.start() < end for start, end in inner)
            tree = found[2] + found[3]
            if found[3] == "{":
                tree += text[found.end() : closing(text, found.end())]
            begin = () if found[1] == "crate" else self.above(path, depth, found[1].count("super"))
            for leaf in leaves(tree) if "{" in tree else [tree]:
                parts = tuple(part for part in re.sub(r"\s", "", leaf).split("::") if part not in ("self", "*"))
                module = self.resolve(begin + parts)
                if module is not None and module != path:
                    yield module, f"src/{name}:{text.count(chr(10), 0, found.start()) + 1}"

    @staticmethod
    def above(path, depth, count):
        """The module that is `count` above one that is `depth` deep in the file of `path`."""
        count = max(count - depth, 0)
        return path[: len(path) - count]


def arrows(sources):
    return [(path, module, place) for path, (name, _) in sources.files.items() if name.split("/")[-1] not in TESTS and "tests" not in path for module, place in sources.imports(path)]


def upward(sources):
    for path, (name, text) in sources.files.items():
        if name not in ROOT and path[0] not in LAYERS:
            yield f"src/{name} belongs to no layer"
        if path[0] == "core":
            for found in re.finditer(r"\b(pgrx\w*::|pgrx;|extern crate)", text):
                yield f"src/{name}:{text.count(chr(10), 0, found.start()) + 1} is in core and imports pgrx"
    for path, module, place in arrows(sources):
        if path[0] in LAYERS and (module[0] not in LAYERS or LAYERS.index(module[0]) > LAYERS.index(path[0])):
            yield f"{place} imports {'::'.join(module)}, which is above {path[0]}"


def cycles(sources):
    """For each folder the groups of its files and folders that import each other, directly or through others."""
    graphs = {}
    for path, module, place in arrows(sources):
        common = 0
        while common < min(len(path), len(module)) and path[common] == module[common]:
            common += 1
        # In one of them the other is: a mod.rs and its files.
        if 0 < common < min(len(path), len(module)):
            graphs.setdefault(path[:common], {}).setdefault(path[common], {}).setdefault(module[common], []).append(place)
    for folder, graph in sorted(graphs.items()):
        for group in components(graph):
            inside = [f"{one} imports {other} ({', '.join(places[:3])})" for one in group for other, places in graph.get(one, {}).items() if other in group]
            yield f"{'::'.join(folder)}: {', '.join(group)} import each other: " + "; ".join(inside)


def components(graph):
    """Sets of two nodes and more that reach each other."""
    reach = {}
    for start in graph:
        seen, open_nodes = set(), [start]
        while open_nodes:
            for following in graph.get(open_nodes.pop(), {}):
                if following not in seen:
                    seen.add(following)
                    open_nodes.append(following)
        reach[start] = seen
    found = {tuple(sorted(other for other in reach[one] if one in reach.get(other, ()))) for one in graph if one in reach[one]}
    return sorted(group for group in found if len(group) > 1)


def missing(documents):
    """Paths that documents name in code and that are not there."""
    for name, text in documents.items():
        for path in sorted(set(re.findall(r"`((?:src|sql|pg_test|benches|examples|docs)/[\w./-]+)`", text))):
            if not (SOURCE.parent / path).exists():
                yield f"{name} names {path}, which is not there"


def wrong(files):
    sources = Sources(files)
    return [*upward(sources), *cycles(sources)]


# Each rule is first tried on files that break it, and on some that do not.
BROKEN = [
    ({"core/a.rs": "use crate::pg::spi;", "pg/spi.rs": ""}, "above core"),
    ({"records/a.rs": "fn f() { crate::{rows::x::f, records::b}; }", "rows/x.rs": "", "records/b.rs": ""}, "above records"),
    ({"records/a/mod.rs": "use super::super::rows::x;", "rows/x.rs": ""}, "above records"),
    ({"core/a.rs": "use pgrx::Uuid;"}, "imports pgrx"),
    ({"core/a.rs": "fn f() -> pgrx::Uuid {}"}, "imports pgrx"),
    ({"other/a.rs": ""}, "no layer"),
    ({"rows/a.rs": "use super::b;", "rows/b.rs": "use crate::rows::a::f;"}, "import each other"),
    ({"rows/a/x.rs": "use crate::rows::b::f;", "rows/b.rs": "use crate::rows::c;", "rows/c.rs": "use crate::rows::a::y;", "rows/a/y.rs": ""}, "import each other"),
    ({"rows/a/mod.rs": "pub use y::Name;", "rows/a/x.rs": "use super::Name;", "rows/a/y.rs": "fn f() { super::x::f() }"}, "import each other"),
]
ALLOWED = [
    {"rows/a.rs": "use crate::records::b; // crate::apps::c", "records/b.rs": "", "apps/c.rs": 'const C: &str = "crate::apps::d";', "apps/d.rs": ""},
    {"core/a.rs": "use super::b;\n#[cfg(test)]\nmod tests {\n    use crate::core::b::g;\n}\n", "core/b.rs": "#[cfg(test)]\nmod tests {\n    use super::super::a;\n}\n"},
    {"core/a/mod.rs": "mod b;\nuse b::f;", "core/a/b.rs": "use super::g;"},
    {"lib.rs": "mod install { fn f() { crate::pg::f() } }", "pg/mod.rs": ""},
]


def main():
    blind = [files for files, expected in BROKEN if not any(expected in found for found in wrong(files))] + [files for files in ALLOWED if wrong(files)]
    if blind:
        sys.exit(f"the rules do not tell right from wrong: {blind}")
    if len(list(missing({"a.md": "`src/lib.rs` `src/no_such_file.rs`"}))) != 1:
        sys.exit("the paths of documents are not looked at")
    files = {str(path.relative_to(SOURCE)): path.read_text() for path in sorted(SOURCE.rglob("*.rs"))}
    sources = Sources(files)
    documents = [SOURCE.parent / "README.md", *sorted((SOURCE.parent / "docs").rglob("*.md"))]
    found = [*upward(sources), *cycles(sources), *missing({str(path.relative_to(SOURCE.parent)): path.read_text() for path in documents})]
    count = len({(one, other) for one, other, _ in arrows(sources)})
    print(f"layers: {len(files)} files, {count} imports between them, {len(found)} wrong")
    if found or count < 500:
        sys.exit("\n".join(found) or "the imports were not found")


main()
