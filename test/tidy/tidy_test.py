#!/usr/bin/env python3
"""Shows every rule of tidy.py a bad sample that it finds and a good one that it leaves alone."""

import unittest

import tidy

SECTIONS = "# comment\n9000 13.2 13.2.1 A A.1\n5280 *\n"


def findings(rule, tree):
    tree = {"test/tidy/rfc_sections.txt": SECTIONS, **tree}
    return [f"{path}:{line}: {text}" for path, line, text in tidy.RULES[rule](tree)]


class Tidy(unittest.TestCase):
    def finds(self, rule, tree, *expected):
        found = findings(rule, tree)
        self.assertEqual(len(found), len(expected), found)
        for line, part in zip(found, expected):
            self.assertIn(part, line)

    def leaves_alone(self, rule, tree):
        self.assertEqual(findings(rule, tree), [])


class Arrow(Tidy):
    def test_an_include_against_the_arrow(self):
        for path, header in (
            ("crypto/a.cc", "quic/base/types.h"),
            ("qpack/a.h", "crypto/random.h"),
            ("quic/base/a.h", "quic/wire/varint.h"),
            ("quic/stream/a.cc", "quic/recovery/rtt.h"),
            ("quic/endpoint/a.cc", "quic/io/clock.h"),
            ("http3/a.cc", "http3/server/server.h"),
            ("http3/a.cc", "quic/io/clock.h"),
            ("http3/server/a.cc", "shutdown/policy.h"),
            ("shutdown/a.cc", "bench/timer.h"),
        ):
            self.finds("arrow", {path: f'\n#include "{header}"\n'}, f"{path}:2: ")

    def test_an_include_along_the_arrow(self):
        for path, header in (
            ("quic/wire/a.cc", "crypto/random.h"),
            ("quic/connection/a.cc", "quic/stream/send_stream.h"),
            ("http3/a.cc", "qpack/encoder.h"),
            ("http3/server/a.cc", "quic/io/shard.h"),
            ("shutdown/a.cc", "http3/server/server.h"),
            ("bench/a.cc", "shutdown/coordinator.h"),
            ("crypto/a.cc", "crypto/random.h"),
            ("crypto/a.cc", "openssl/aead.h"),
        ):
            self.leaves_alone("arrow", {path: f'#include "{header}"\n'})

    def test_only_tests_use_test_support(self):
        source = {"quic/wire/a_test.cc": '#include "test/support/pair.h"\n'}
        self.finds("arrow", source, "may not include test/support/pair.h")
        for build in (
            'cc_test(name = "a_test", srcs = ["a_test.cc"])\n',
            'cc_library(name = "a", testonly = True, srcs = ["a_test.cc"])\n',
            'package(default_testonly = True)\ncc_library(name = "a", srcs = ["a_test.cc"])\n',
        ):
            self.leaves_alone("arrow", {**source, "quic/wire/BUILD.bazel": build})

    def test_a_dependency_against_the_arrow(self):
        build = 'cc_library(\n    name = "a",\n    deps = ["//http3:frames", "@xxhash"],\n)\n'
        self.finds("arrow", {"quic/wire/BUILD.bazel": build}, "quic/wire may not depend on //http3:frames")
        self.leaves_alone("arrow", {"shutdown/BUILD.bazel": build})

    def test_a_package_group_that_opens_the_wrong_door(self):
        root = (
            'package_group(name = "inner", packages = ["//quic/wire/..."])\n'
            'package_group(name = "outer", includes = [":inner"], packages = ["//shutdown"])\n'
        )
        package = 'package(default_visibility = ["//:outer"])\n'
        self.finds(
            "arrow",
            {"BUILD.bazel": root, "http3/BUILD.bazel": package},
            "//:outer lets quic/wire look into http3",
        )
        self.leaves_alone("arrow", {"BUILD.bazel": root, "quic/base/BUILD.bazel": package})


class Core(Tidy):
    def test_the_edge_in_the_core(self):
        for line, part in (
            ("#include <sys/socket.h>", "sys/socket.h"),
            ("#include <unistd.h>", "unistd.h"),
            ("#include <thread>", "thread"),
            ("#include <mutex>", "mutex"),
            ("#include <iostream>", "iostream"),
            ("#include <random>", "random"),
            ("auto now = std::chrono::steady_clock::now();", "steady_clock"),
            ("int r = rand();", "rand"),
            ('std::printf("x");', "printf"),
            ('getenv("X");', "getenv"),
        ):
            self.finds("core", {"quic/recovery/a.cc": line + "\n"}, f"{part} has no place in the core")

    def test_the_edge_at_the_edge_and_in_tests(self):
        text = "#include <sys/socket.h>\n"
        for path in ("quic/io/a.cc", "http3/server/a.cc", "shutdown/a.cc", "quic/wire/a_test.cc"):
            self.leaves_alone("core", {path: text})
        build = 'cc_library(name = "a", testonly = True, hdrs = ["rng.h"])\n'
        self.leaves_alone("core", {"quic/wire/rng.h": "#include <random>\n", "quic/wire/BUILD.bazel": build})

    def test_what_only_looks_like_it(self):
        text = '#include <chrono>\n#include <cstdio>\nstd::snprintf(b, 2, "x");\n// never printf() here\n'
        self.leaves_alone("core", {"quic/base/a.cc": text})


class Length(Tidy):
    def test_a_long_file(self):
        self.finds("length", {"qpack/a.cc": "\n" * 601}, "qpack/a.cc:0: 601 lines")
        self.finds("length", {"tool": "#!/bin/sh\n" + "\n" * 600}, "tool:0: 601 lines")

    def test_short_generated_and_data_files(self):
        self.leaves_alone("length", {"qpack/a.cc": "\n" * 600})
        self.leaves_alone("length", {"qpack/a.cc": "// Written by generate_a.py.\n" + "\n" * 700})
        self.leaves_alone("length", {"docs/a.md": "\n" * 700})


class Citations(Tidy):
    def test_a_section_that_does_not_exist(self):
        for line, part in (
            ("// RFC 9000 §13.9: x", "no §13.9 in 9000"),
            ("// RFC 9000 §13.2, §99", "no §99 in 9000"),
            ("// RFC 9000 Appendix B", "no §B in 9000"),
            ("// RFC 9000 App. A.2", "no §A.2 in 9000"),
            ("// RFC 1234 §1", "no §1 in 1234"),
            ("// §1: x", "of what?"),
            ("// RFC 5280 §1\n// §77\n// RFC 9000 §77", "no §77 in 9000"),
        ):
            self.finds("citations", {"quic/wire/a.cc": line + "\n"}, part)

    def test_a_form_that_a_search_misses(self):
        for line in ("// RFC 9000, Section 13.2", "// RFC9000 x", "// See Section 13.2.1.", "// RFC 9000 Sec. 4"):
            self.finds("citations", {"quic/wire/a.cc": line + "\n"}, "written RFC N §S")

    def test_sections_that_exist(self):
        text = (
            "// RFC 9000 §13.2.1: x. RFC 9000 §13.2, §13.2.1 and Appendix A.1; RFC 9000 App. A.\n"
            "// §13.2. RFC 5280 §4.1.2.2.\n"
            'Error("RFC 9000 section 13.2");\n'
            "// shutdown.md §3.2\n"
        )
        self.leaves_alone("citations", {"quic/wire/a.cc": text})


class Words(Tidy):
    def test_words_that_have_no_place(self):
        for line in (
            "// TO" + "DO: later",
            "// FIX" + "ME",
            "TEST(A, DISABLED" + "_B) {}",
            "GTEST" + "_SKIP();",
            'open("/' + 'home/me/x")',
            "cd /" + "root/x",
            "http://deb.debian" + ".org/x",
        ):
            self.finds("words", {"bench/a.cc": line + "\n"}, "has no place here")

    def test_a_test_that_sleeps(self):
        line = "std::this_thread::sleep_for(1ms);\n"
        self.finds("words", {"shutdown/a_test.cc": line}, "does not wait for time to pass")
        self.leaves_alone("words", {"bench/a.cc": line})

    def test_words_that_only_look_like_them(self):
        self.leaves_alone("words", {"bench/a.cc": 'a("/framework/x"); b("x/home/y"); // hacky, todos\n'})


class Targets(Tidy):
    def test_a_file_that_nothing_builds(self):
        build = {"qpack/BUILD.bazel": 'cc_library(name = "b", srcs = ["b.cc"])\n'}
        self.finds("targets", {**build, "qpack/a.cc": ""}, "qpack/a.cc:0: in no target")
        self.finds("targets", {"bench/a.cc": ""}, "bench/a.cc:0: in no target")

    def test_files_that_are_built(self):
        build = (
            'cc_library(name = "x", srcs = ["a.cc"], hdrs = select({"//c:d": ["a.h"]}))\n'
            'cc_library(name = "y", srcs = glob(["part_*.cc"]))\n'
            'fuzz_target(name = "f")\n'
            'cc_test(name = "z", srcs = ["sub/z_test.cc"])\n'
        )
        macro = 'cc_test(name = name, srcs = ["replay.cc", name + "_fuzzer.cc"])\n'
        files = ("a.cc", "a.h", "part_1.cc", "f_fuzzer.cc", "replay.cc", "sub/z_test.cc")
        tree = {"bench/BUILD.bazel": build, "bench/fuzz.bzl": macro}
        self.leaves_alone("targets", {**tree, **{f"bench/{name}": "" for name in files}})


class Includes(Tidy):
    def test_includes_that_are_not_paths_from_the_root(self):
        self.finds("includes", {"qpack/a.cc": '#include "field.h"\n'}, "field.h is no path from the root")
        header = {"qpack/field.h": "#pragma once\n"}
        self.finds("includes", {**header, "qpack/a.cc": "#include <qpack/field.h>\n"}, "is ours: quoted")

    def test_a_header_without_guard(self):
        self.finds("includes", {"qpack/a.h": "int a;\n"}, "no #pragma once")

    def test_good_includes(self):
        header = {"qpack/field.h": "#pragma once\n#include <vector>\n"}
        text = '#include "qpack/field.h"\n#include "gtest/gtest.h"\n#include <openssl/aead.h>\n'
        self.leaves_alone("includes", {**header, "qpack/a.cc": text})


class Namespaces(Tidy):
    def test_another_namespace(self):
        text = "namespace quic {}\n"
        self.finds("namespaces", {"quic/wire/a.cc": text}, "not in namespace quiesce::quic")

    def test_the_namespace_of_the_folder(self):
        text = "namespace quiesce::quic {\nnamespace {}\n}\n"
        self.leaves_alone("namespaces", {"quic/wire/a.cc": text, "bench/a.cc": "int main() {}\n"})


if __name__ == "__main__":
    unittest.main()
