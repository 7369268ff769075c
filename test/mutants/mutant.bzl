"""Builds the simulation with one planted fault and demands that it is noticed."""

load("@rules_cc//cc:defs.bzl", "cc_test")

def mutant_test(name, mutant):
    """A test that passes when the fault `mutant` of http3/mutation.h is caught.

    The files that can contain a fault are compiled again, with it, into the test. They are linked before
    the libraries, whose own versions of the same files are then not taken.
    """
    cc_test(
        name = name,
        size = "medium",
        srcs = [
            "mutant_test.cc",
            "//http3:mutable_sources",
            "//http3/server:mutable_sources",
        ],
        copts = ["-DQUIESCE_MUTANT=%d" % mutant],
        linkstatic = True,
        deps = [
            "//http3:mutation",
            "//test/sim:report",
            "//test/sim:scenario",
            "@googletest//:gtest_main",
        ],
    )
