#!/usr/bin/env python3
"""Shows what rows.py counts, what it finds fault with, and that its list only gets shorter."""

import unittest

import rows

ROWS = """# comment
TR-101 | RFC 9000 §6.1 | S | one -> other
TR-102 | RFC 9000 §6.2 | B | one -> other
EX-09 | RFC 9218 §4 | B | one -> other
"""


def table_of(source="", excused="", opened="", rows_text=ROWS, path="quic/a_test.cc"):
    return rows.read_table(
        {
            path: source,
            "test/conformance/rows.txt": rows_text,
            "test/conformance/excused.txt": excused,
            "test/conformance/open.txt": opened,
        }
    )


def excuse(row):
    return f"{row} | not there yet\n"


class Counting(unittest.TestCase):
    def test_an_id_in_the_comment_directly_above_a_test(self):
        for head in ("TEST(A, B) {", "TEST_F(A, B) {", "TEST_P(A, B) {", "TEST(A,\n     B) {"):
            table = table_of(f"// Words, TR-101: RFC 9000 §6.1\n// and EX-09.\n{head}\n}}\n")
            self.assertEqual(table.tests, {"TR-101": ["quic/a_test.cc:A.B"], "EX-09": ["quic/a_test.cc:A.B"]})
            self.assertEqual(table.findings, [])
            self.assertEqual(table.missing(), ["TR-102"])

    def test_an_id_elsewhere_shows_nothing(self):
        for source in (
            "// TR-101\n\nTEST(A, B) {\n}\n",
            "// TR-101\nint x;\nTEST(A, B) {\n}\n",
            "TEST(A, B) {\n  // TR-101\n}\n",
            'TEST(A, B) {\n  Say("TR-101");\n}\n',
            "// TR-101\nTEST_CASE(A, B) {\n}\n",
            "// TR-101\nvoid Helper() {\n}\n",
            "TEST(A, B) {}  // TR-101\n",
            "// TR-1010 and XTR-101\nTEST(A, B) {\n}\n".replace("TR-1010 and ", ""),
        ):
            self.assertEqual(table_of(source).tests, {}, source)

    def test_only_sources_are_read(self):
        self.assertEqual(table_of("// TR-101\nTEST(A, B) {\n}\n", path="docs/a.md").tests, {})

    def test_all_tests_of_a_row_are_named(self):
        table = table_of("// TR-101\nTEST(A, B) {\n}\n// TR-101, TR-101\nTEST_F(C, D) {\n}\n")
        self.assertEqual(table.tests["TR-101"], ["quic/a_test.cc:A.B", "quic/a_test.cc:C.D"])

    def test_the_report_ends_with_the_sums(self):
        table = table_of("// TR-101\nTEST(A, B) {\n}\n", excuse("EX-09"))
        self.assertEqual(
            list(rows.report(table)),
            [
                "TR-101 (S) RFC 9000 §6.1 | tested by quic/a_test.cc:A.B",
                "TR-102 (B) RFC 9000 §6.2 | MISSING",
                "EX-09 (B) RFC 9218 §4 | excused: not there yet",
            ],
        )
        self.assertEqual(rows.summary(table), "rows: 3 total, 1 tested, 1 excused, 1 missing")


class Findings(unittest.TestCase):
    def finds(self, table, part):
        self.assertEqual(len(table.findings), 1, table.findings)
        self.assertIn(part, table.findings[0])

    def test_an_id_that_no_row_has(self):
        self.finds(table_of("// TR-103\nTEST(A, B) {\n}\n"), "quic/a_test.cc:1: TR-103 is in no row")
        self.finds(table_of('\n  {"SEC-07 in a name"},\n'), "quic/a_test.cc:2: SEC-07 is in no row")
        self.finds(table_of("", excuse("TR-103")), "excused.txt: TR-103 is in no row")

    def test_ids_of_other_tables(self):
        self.assertEqual(table_of("// H3-01, QP-02, SEC-29, SEC-39, SEC-50\nTEST(A, B) {\n}\n").findings, [])

    def test_a_range_of_ids_above_a_test(self):
        for words in ("TR-101 to TR-102", "TR-101..TR-102"):
            self.finds(table_of(f"// {words}\nTEST(A, B) {{\n}}\n"), "each id of its own")

    def test_a_row_that_is_excused_and_tested(self):
        self.finds(table_of("// TR-101\nTEST(A, B) {\n}\n", excuse("TR-101")), "TR-101 is tested by quic/a_test.cc:A.B")

    def test_lines_that_are_none(self):
        self.finds(table_of("", "TR-101 |\n"), "excused.txt:1: not 2 cells")
        self.finds(table_of("", "TR-101\n"), "excused.txt:1: not 2 cells")
        self.finds(table_of("", "", "TR-101, TR-102\n"), "open.txt:1: not 1 cells")
        self.finds(table_of(rows_text=ROWS + "TR-104 | RFC 9000 §1 | B\n"), "rows.txt:5: not 4 cells")
        self.finds(table_of(rows_text=ROWS + "TR-101 | RFC 9000 §1 | B | x\n"), "rows.txt:5: TR-101 stands here twice")


class Ratchet(unittest.TestCase):
    def test_what_is_open_may_be_missing(self):
        self.assertEqual(list(rows.ratchet(table_of(opened="TR-101\nTR-102\nEX-09\n"))), [])

    def test_nothing_else_may(self):
        found = list(rows.ratchet(table_of(opened="TR-101\nTR-102\n")))
        self.assertEqual(found, ["EX-09 is missing: no test names it"])
        self.assertEqual(len(list(rows.ratchet(table_of()))), 3)

    def test_what_is_no_longer_missing_is_no_longer_open(self):
        table = table_of("// TR-101\nTEST(A, B) {\n}\n", excuse("EX-09"), "TR-101\nTR-102\nEX-09\n")
        self.assertEqual([line.split(" is not")[0][-6:].strip() for line in rows.ratchet(table)], ["TR-101", "EX-09"])

    def test_what_is_open_is_a_row(self):
        table = table_of(opened="TR-101\nTR-102\nEX-09\nTR-103\n")
        self.assertIn("TR-103 is in no row", next(rows.ratchet(table)))

    def test_prune(self):
        opened = "# One\nTR-101\n# Two\nTR-102\nEX-09\n"
        table = table_of("// TR-101\nTEST(A, B) {\n}\n", "", opened)
        self.assertEqual(rows.prune(table, opened), "# Two\nTR-102\nEX-09\n")
        done = table_of("// TR-101, TR-102\nTEST(A, B) {\n}\n", excuse("EX-09"), opened)
        self.assertEqual(rows.prune(done, opened), "")


if __name__ == "__main__":
    unittest.main()
