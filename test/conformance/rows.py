#!/usr/bin/env python3
"""Which rows of rows.txt the tests show: rows.py [--ratchet | --prune] [ROOT]

A row is shown by a test that names its id in the comment directly above it, anywhere in the tree.
excused.txt says of the others why there is no test; open.txt lists those that still need one.

Prints the table, row by row, and fails when a row is missing or a finding is left.
--ratchet  Rows in open.txt may be missing, and must be: a row never becomes missing again, and with
           open.txt empty or gone none may be.
--prune    First takes out of open.txt what is no longer missing.
"""

import os
import pathlib
import re
import sys

FOLDER = "test/conformance"
ID = re.compile(r"\b(?:TR|RC|EX|SEC)-\d+\b")
HTTP3 = re.compile(r"SEC-(?:29|3\d|49|50)")  # not the transport's
RANGE = re.compile(rf"({ID.pattern})(?: to |\.\.)(?:{ID.pattern})")
TEST = re.compile(r"TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)")


class Table:
    def __init__(self, rows, excused, opened, findings):
        self.rows = rows  # by id: section, role, text
        self.excused = excused  # by id: why
        self.opened = opened  # ids
        self.tests = {}  # by id: file:Suite.Name
        self.findings = findings

    def missing(self):
        return [row for row in self.rows if row not in self.tests and row not in self.excused]


def lines_of(text):
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, [cell.strip() for cell in line.split("|")]


def read_list(tree, name, cells, findings):
    """By id, the other cells of each line; a wrong line is a finding."""
    path = f"{FOLDER}/{name}"
    entries = {}
    for number, line in lines_of(tree.get(path, "")):
        if len(line) != cells or not all(line) or not ID.fullmatch(line[0]):
            findings.append(f"{path}:{number}: not {cells} cells behind an id")
        elif line[0] in entries:
            findings.append(f"{path}:{number}: {line[0]} stands here twice")
        else:
            entries[line[0]] = line[1:]
    return entries


def tests_of(text):
    """Each test in a source: its name, and the comment that touches it from above, as lines."""
    comment = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith("//"):
            comment.append((number, line))
            continue
        if line.startswith("TEST"):
            named = TEST.match(line + " " + "".join(lines[number : number + 1]))  # it may be broken
            if named:
                yield f"{named[1]}.{named[2]}", comment
        comment = []


def read_table(tree):
    findings = []
    rows = read_list(tree, "rows.txt", 4, findings)
    excused = {row: why for row, (why,) in read_list(tree, "excused.txt", 2, findings).items()}
    table = Table(rows, excused, read_list(tree, "open.txt", 1, findings), findings)
    for path, text in sorted(tree.items()):
        if not path.endswith(".cc"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for row in ID.findall(line):
                if row not in rows and not HTTP3.fullmatch(row):
                    findings.append(f"{path}:{number}: {row} is in no row of rows.txt")
        for name, comment in tests_of(text):
            for number, line in comment:
                if found := RANGE.search(line):
                    findings.append(f"{path}:{number}: {found[0]}: a test names each id of its own")
                for row in ID.findall(line):
                    shown = table.tests.setdefault(row, [])
                    if row in rows and f"{path}:{name}" not in shown:
                        shown.append(f"{path}:{name}")
    table.tests = {row: shown for row, shown in table.tests.items() if row in rows}
    for row in excused:
        if row not in rows:
            findings.append(f"{FOLDER}/excused.txt: {row} is in no row of rows.txt")
        elif row in table.tests:
            findings.append(f"{FOLDER}/excused.txt: {row} is tested by {table.tests[row][0]}")
    return table


def ratchet(table):
    """What keeps open.txt and the missing rows the same."""
    missing = table.missing()
    for row in missing:
        if row not in table.opened:
            yield f"{row} is missing: no test names it"
    for row in table.opened:
        if row not in table.rows:
            yield f"{FOLDER}/open.txt: {row} is in no row of rows.txt"
        elif row not in missing:
            yield f"{FOLDER}/open.txt: {row} is not missing; rows.py --prune takes it out"


def prune(table, text):
    """open.txt without what is no longer missing, and without headings that have nothing below."""
    missing = set(table.missing())
    kept = [line for line in text.splitlines() if line.startswith("#") or line.strip() in missing]
    lines = [
        line
        for line, below in zip(kept, kept[1:] + ["#"])
        if not (line.startswith("# ") and below.startswith("#"))
    ]
    return "".join(line + "\n" for line in lines)


def report(table):
    for row, (section, role, _) in table.rows.items():
        if row in table.tests:
            state = "tested by " + ", ".join(table.tests[row])
        elif row in table.excused:
            state = "excused: " + table.excused[row]
        else:
            state = "MISSING"
        yield f"{row} ({role}) {section} | {state}"


def summary(table):
    tested, excused = len(table.tests), len(set(table.excused) - set(table.tests))
    missing = len(table.missing())
    return f"rows: {len(table.rows)} total, {tested} tested, {excused} excused, {missing} missing"


def read_tree(root):
    """The sources below `root` and the lists, by path; without Bazel's links."""
    tree = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".", "bazel-"))]
        for name in files:
            path = pathlib.Path(folder, name)
            short = path.relative_to(root).as_posix()
            if name.endswith(".cc") or short.startswith(FOLDER + "/"):
                tree[short] = path.read_text(encoding="utf-8")
    return tree


def main(arguments):
    options = {argument for argument in arguments if argument.startswith("--")}
    roots = [argument for argument in arguments if argument not in options]
    if options - {"--ratchet", "--prune"} or len(roots) > 1:
        print(__doc__)
        return 2
    root = pathlib.Path(roots[0]) if roots else pathlib.Path(__file__).resolve().parents[2]
    tree = read_tree(root)
    table = read_table(tree)
    opened = root / FOLDER / "open.txt"
    if "--prune" in options and opened.exists():
        text = prune(table, opened.read_text(encoding="utf-8"))
        if text:
            opened.write_text(text, encoding="utf-8")
        else:
            opened.unlink()
        table = read_table(read_tree(root))
    findings = list(table.findings)
    if "--ratchet" in options:
        findings += ratchet(table)
        failed = bool(findings)
    else:
        failed = bool(findings or table.missing())
    for line in [*report(table), *findings, summary(table)]:
        print(line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
