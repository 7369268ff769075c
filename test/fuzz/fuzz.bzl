"""One target per parser: a libFuzzer program, and a short test of the same code for every build."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")

def fuzz_target(name, deps, iterations = 30000):
    """Declares `<name>_fuzzer` and `<name>_fuzz_test` for `<name>_fuzzer.cc` and `corpus/<name>`.

    The program needs --config=fuzz and is built only by name. The test replays the corpus and
    `iterations` random changes of it.
    """
    cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        srcs = [name + "_fuzzer.cc"],
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = deps,
    )
    cc_test(
        name = name + "_fuzz_test",
        srcs = [
            "fuzz_test.cc",
            name + "_fuzzer.cc",
        ],
        data = native.glob(["corpus/" + name + "/**"]),
        local_defines = [
            "CORPUS=\\\"test/fuzz/corpus/" + name + "\\\"",
            "ITERATIONS=" + str(iterations),
        ],
        deps = deps + ["@googletest//:gtest_main"],
    )
