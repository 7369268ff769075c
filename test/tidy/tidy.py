#!/usr/bin/env python3
"""Checks the repository itself, one function per rule: tidy.py [ROOT]

Each rule takes the tree, a dict from path to text, and yields findings: path, line (0 for the whole
file) and what is wrong. tidy_test.py shows each of them a bad sample.
"""

import ast
import fnmatch
import os
import pathlib
import posixpath
import re
import sys

# The arrow: what a room may build on, beside itself. test, bench and examples build on everything.
QUIC_CORE = ["quic/base", "quic/wire", "quic/qlog", "quic/stream", "quic/recovery"]
QUIC_CORE += ["quic/connection", "quic/endpoint"]
ROOMS = {
    "crypto": [],
    "qpack": [],
    "quic/base": ["crypto"],
    "quic/wire": ["crypto", "quic/base"],
    "quic/qlog": ["crypto", "quic/base", "quic/wire"],
    "quic/stream": ["crypto", "quic/base", "quic/wire", "quic/qlog"],
    "quic/recovery": ["crypto", "quic/base", "quic/wire", "quic/qlog"],
    "quic/connection": ["crypto"] + QUIC_CORE[:5],
    "quic/endpoint": ["crypto"] + QUIC_CORE[:6],
    "quic/io": ["crypto"] + QUIC_CORE,
    "http3": ["crypto", "qpack"] + QUIC_CORE,
    "http3/server": ["crypto", "qpack", "quic/io", "http3"] + QUIC_CORE,
    "http3/client": ["crypto", "qpack", "quic/io", "http3"] + QUIC_CORE,
    "shutdown": ["crypto", "qpack", "quic/io", "http3", "http3/server", "http3/client"] + QUIC_CORE,
}
# What stands above all rooms; a room's own tests may use the first.
TEST_SUPPORT = ("test/support", "test/sim", "test/vectors")
TOP = ("test", "bench", "examples")

# Rooms without clock, socket, thread, file, environment, text output and chance of their own.
PURE = ("crypto", "qpack", "http3", *QUIC_CORE)
EDGE_HEADERS = re.compile(
    r"#include <((?:sys|netinet|arpa|net|linux)/.*|unistd\.h|fcntl\.h|poll\.h|netdb\.h|pthread\.h|"
    r"time\.h|ctime|signal\.h|csignal|errno\.h|cerrno|thread|mutex|shared_mutex|atomic|future|"
    r"condition_variable|semaphore|latch|barrier|stop_token|iostream|fstream|filesystem|random)>"
)
EDGE_CALLS = re.compile(
    r"\b((?:system|steady|high_resolution|utc)_clock|clock_gettime|gettimeofday|time\((?:0|NULL|nullptr)\)"
    r"|s?rand\(|random_device|getrandom|getenv|printf\(|fprintf\(|f?puts\(|fopen\(|std::c(?:out|err|log))"
)
# Where a pure room needs one of these all the same.
EDGE_EXCEPTIONS = {
    "crypto/pem_source.cc": "cerrno fopen(",  # certificates, read at start
    "crypto/tls_config.cc": "filesystem getenv",  # where this machine keeps its roots, the same
    "crypto/require.cc": "fprintf(",  # says why before it aborts
    "quic/base/check.cc": "fprintf( atomic",  # the same; the hook that tests install
}

CODE = (".h", ".cc")
HAND_WRITTEN = (".h", ".cc", ".py", ".bzl", ".sh")  # a BUILD file is a list
MAX_LINES = 600
GENERATED = re.compile(r"\b(?:generated|written) by \S+\.py", re.IGNORECASE)

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SWITCHED_OFF = re.compile(r"\b(DISABLED_\w+|GTEST_SKIP)\b")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\(")
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:work|home|root|farm|tmp)/\w")
REGISTRY = re.compile(r"\b(?:debian|npmjs|golang|pypi|pythonhosted|crates)\.(?:org|io)\b")

EXTERNAL_HEADERS = ("gtest/", "gmock/", "openssl/", "benchmark/", "xxhash.h")
NAMESPACES = ("crypto", "qpack", "quic", "http3", "shutdown")


def room_of(path):
    """The room that a file or a package is in; None above and beside the rooms."""
    while path:
        if path in ROOMS:
            return path
        path = posixpath.dirname(path)
    return None


def lines_of(tree, suffixes):
    for path, text in sorted(tree.items()):
        if path.endswith(suffixes):
            for number, line in enumerate(text.splitlines(), 1):
                yield path, number, line


# --- BUILD files: Python's syntax, so Python's parser reads them ---


class Target:
    """One rule of a BUILD file: where it is, its kind, and every string in it by attribute."""

    def __init__(self, path, call):
        self.path = path
        self.package = posixpath.dirname(path)
        self.kind = ast.unparse(call.func)
        self.line = call.lineno
        self.keywords = call.keywords
        self.strings = {
            keyword.arg: [
                node.value
                for node in ast.walk(keyword.value)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
            for keyword in call.keywords
        }
        self.testonly = self.kind.endswith("_test") or self.is_true("testonly")
        self.name = next(iter(self.strings.get("name", [])), "")

    def is_true(self, attribute):
        return any(
            keyword.arg == attribute and ast.unparse(keyword.value) in ("True", "1")
            for keyword in self.keywords
        )

    def files(self):
        for attribute in ("srcs", "hdrs", "textual_hdrs", "data"):
            yield from self.strings.get(attribute, [])


def targets(tree):
    for path, text in sorted(tree.items()):
        if posixpath.basename(path) == "BUILD.bazel":
            calls = [
                Target(path, node)
                for statement in ast.parse(text).body
                for node in ast.walk(statement)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            ]
            for_tests = any(target.is_true("default_testonly") for target in calls)
            for target in calls:
                target.testonly = target.testonly or for_tests
                yield target


def test_files(tree):
    """Paths that only tests see: sources of tests and of testonly libraries."""
    return {
        posixpath.join(target.package, name)
        for target in targets(tree)
        if target.testonly
        for name in target.files()
    }


# --- the rules ---


def may_use(user, used, is_test):
    room = room_of(used)
    if user == room or (room and room in ROOMS[user]):
        return True
    return room is None and is_test and used.startswith(TEST_SUPPORT)


def check_arrow(tree):
    """crypto <- quic <- http3 <- shutdown, qpack <- http3, and the same inside quic."""
    tests = test_files(tree)
    ours = (*NAMESPACES, *TOP)
    for path, number, line in lines_of(tree, CODE):
        include = re.match(r'\s*#\s*include "([^"]+)"', line)
        user = room_of(path)
        if include and user and include[1].split("/")[0] in ours:
            if not may_use(user, include[1], path in tests):
                yield path, number, f"{user} may not include {include[1]}"
    for target in targets(tree):
        user = room_of(target.package)
        for label in target.strings.get("deps", []) if user else []:
            package = label[2:].split(":")[0]
            if label.startswith("//") and not may_use(user, package, target.testonly):
                yield target.path, target.line, f"{user} may not depend on {label}"
    yield from check_package_groups(tree)


def check_package_groups(tree):
    groups = {t.name: t for t in targets(tree) if t.path == "BUILD.bazel" and t.kind == "package_group"}

    def admits(name, room, seen):
        group = groups.get(name)
        if group is None or name in seen:
            return False
        for pattern in group.strings.get("packages", []):
            base = pattern[2:].removesuffix("...").rstrip("/")
            if room == base or (pattern.endswith("...") and (room + "/").startswith(base + "/")):
                return True
        includes = [label.split(":")[1] for label in group.strings.get("includes", [])]
        return any(admits(other, room, seen | {name}) for other in includes)

    for target in targets(tree):
        used = room_of(target.package)
        visibility = target.strings.get("default_visibility", []) + target.strings.get("visibility", [])
        for label in visibility if used else []:
            for user in ROOMS if label.startswith("//:") else []:
                if admits(label[3:], user, set()) and not may_use(user, target.package, False):
                    yield target.path, target.line, f"{label} lets {user} look into {used}"


def check_core(tree):
    """The core reads no clock, opens no socket, starts no thread, writes no text, draws no chance."""
    tests = test_files(tree)
    for path, number, line in lines_of(tree, CODE):
        if room_of(path) not in PURE or path in tests or path.endswith("_test.cc"):
            continue
        code = line.split("//")[0]
        for found in (EDGE_HEADERS.search(code), EDGE_CALLS.search(code)):
            if found and found[1] not in EDGE_EXCEPTIONS.get(path, "").split():
                yield path, number, f"{found[1].rstrip('(')} has no place in the core"


def check_length(tree):
    """A file of more than 600 lines is missing a room."""
    for path, text in sorted(tree.items()):
        named = path.endswith(HAND_WRITTEN) or text.startswith("#!")
        if named and text.count("\n") > MAX_LINES and not GENERATED.search(text[:400]):
            yield path, 0, f"{text.count(chr(10))} lines, more than {MAX_LINES}"


def read_sections(text):
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {row[0]: set(row[1:]) for row in rows}


CITATION = re.compile(
    r"RFC (?P<rfc>\d+)|(?P<other>[\w-]+\.md|draft-[\w-]+|FIPS [\d-]+)"
    r"|§(?P<section>(?:\d+|[A-Z])(?:\.\d+)*)|App(?:endix|\.) (?P<appendix>[A-Z](?:\.\d+)*)\b"
)
LONG_FORM = re.compile(r"\bRFC ?\d+,? [Ss]ec(?:tion|\.)|\bRFC\d+|\b[Ss]ection \d+(?:\.\d+)+")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')  # reasons on the wire are ASCII and have no § sign


def check_citations(tree):
    """Every section cited exists. One form, so that a search finds code and proof: RFC 9000 §13.2.1.

    A bare § continues the RFC named before it in its line, or one named earlier in the file.
    """
    known = read_sections(tree["test/tidy/rfc_sections.txt"])
    named = {}  # by path: all RFCs and other documents named so far
    for path, number, line in lines_of(tree, (*CODE, ".md")):
        here = named.setdefault(path, [])
        long_form = LONG_FORM.search(STRING.sub("", line))
        if long_form and path.endswith(CODE):
            yield path, number, f"{long_form[0]}: written RFC N §S"
        current = None
        for match in CITATION.finditer(line):
            if match["rfc"] or match["other"]:
                current = match["rfc"] or match["other"]
                here.append(current)
                continue
            section = match["section"] or match["appendix"]
            candidates = [current] if current else here
            if match["section"] and not candidates:
                yield path, number, f"§{section} of what? No document is named before it"
            elif candidates and not any(cites(known, each, section) for each in candidates):
                yield path, number, f"no §{section} in {', '.join(dict.fromkeys(candidates))}"


def cites(known, document, section):
    if not document.isdigit():
        return True  # a document of ours, or a draft: these move
    return bool({section, "*"} & known.get(document, set()))


def check_words(tree):
    """Nothing unfinished, switched off, slept over, or tied to one machine."""
    for path, number, line in lines_of(tree, ""):
        if path.startswith("test/tidy/"):
            continue  # names the words
        for rule in (UNFINISHED, SWITCHED_OFF, MACHINE_PATH, REGISTRY):
            if found := rule.search(line):
                yield path, number, f"{found[0]} has no place here"
        found = SLEEP.search(line.split("//")[0]) if path.endswith("_test.cc") else None
        if found:
            yield path, number, f"{found[0].rstrip('(')}: a test does not wait for time to pass"


def check_targets(tree):
    """Every source file is in a target of its own package."""
    built = {}
    for target in targets(tree):
        names = built.setdefault(target.package, [])
        names += target.files()
        if not target.kind.startswith("cc_"):  # a macro names files after itself
            names += [target.name + "*" + suffix for suffix in CODE]
    for path, text in tree.items():
        if path.endswith(".bzl"):
            built.setdefault(posixpath.dirname(path), []).extend(re.findall(r'"([\w/]+\.(?:h|cc))"', text))
    for path in sorted(tree):
        if path.endswith(CODE):
            package = posixpath.dirname(path)
            while package and posixpath.join(package, "BUILD.bazel") not in tree:
                package = posixpath.dirname(package)
            name = posixpath.relpath(path, package) if package else path
            if not any(fnmatch.fnmatchcase(name, each) for each in built.get(package, [])):
                yield path, 0, "in no target of its package"


def check_includes(tree):
    """Our headers are quoted from the root and exist; a header guards itself with #pragma once."""
    for path, number, line in lines_of(tree, CODE):
        include = re.match(r'\s*#\s*include (["<])([^">]+)', line)
        if not include or path.startswith("examples/consumer/"):
            continue
        quoted, header = include[1] == '"', include[2]
        if quoted and header not in tree and not header.startswith(EXTERNAL_HEADERS):
            yield path, number, f"{header} is no path from the root"
        if not quoted and header in tree:
            yield path, number, f"<{header}> is ours: quoted"
    for path, text in sorted(tree.items()):
        if path.endswith(".h") and "#pragma once" not in text:
            yield path, 0, "no #pragma once"


def check_namespaces(tree):
    """Namespaces equal the top folders, below the project's own."""
    for path, text in sorted(tree.items()):
        top = path.split("/")[0]
        if path.endswith(CODE) and top in NAMESPACES and f"namespace quiesce::{top}" not in text:
            yield path, 0, f"not in namespace quiesce::{top}"


RULES = {
    "arrow": check_arrow,
    "core": check_core,
    "length": check_length,
    "citations": check_citations,
    "words": check_words,
    "targets": check_targets,
    "includes": check_includes,
    "namespaces": check_namespaces,
}

SKIPPED_FOLDERS = (".git", "__pycache__", "corpus", "testdata", "vectors")
SKIPPED_FILES = (".git", "LICENSE", "user.bazelrc")  # .git: a file in a work tree of its own


def read_tree(root):
    """The text files below `root`, without Bazel's links and without test data."""
    tree = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS and not name.startswith("bazel-")]
        for name in set(files).difference(SKIPPED_FILES):
            path = pathlib.Path(folder, name)
            try:
                tree[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
            except (UnicodeDecodeError, OSError):
                continue  # not text, or gone meanwhile
    return tree


def main(arguments):
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parents[2]
    tree = read_tree(root)
    findings = 0
    for name, rule in RULES.items():
        for path, line, text in rule(tree):
            print(f"{path}:{line}: {text} [{name}]")
            findings += 1
    print(f"{len(tree)} files, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
