#!/usr/bin/env python3
"""Writes rfc_sections.txt: generate_rfc_sections.py RFC.txt... > rfc_sections.txt

Takes the plain-text files of the RFC editor, whose names begin with rfcNNNN. Headings are the lines
that begin in the first column with a section number.
"""

import pathlib
import re
import sys

# Cited for one rule each, their texts not at hand: any section passes.
UNCHECKED = (3465, 3986, 4291, 5280, 5952, 6761)

HEADING = re.compile(r"^(?:Appendix )?((?:\d+|[A-Z])(?:\.\d+)*)\.?  ?\S", re.MULTILINE)

HEADER = """\
# The sections of each RFC, by number: written by generate_rfc_sections.py from the texts. A star stands
# for any section.
"""


def sections(text):
    # Twice the same number: once more in the table of contents, or an item of a list.
    return dict.fromkeys(HEADING.findall(text))


def main(paths):
    rows = {number: ["*"] for number in UNCHECKED}
    for path in map(pathlib.Path, paths):
        number = int(re.match(r"rfc(\d+)", path.name).group(1))
        rows[number] = sections(path.read_text(encoding="utf-8", errors="replace"))
    print(HEADER, end="")
    for number in sorted(rows):
        print(number, *rows[number])


if __name__ == "__main__":
    main(sys.argv[1:])
