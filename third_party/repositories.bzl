"""The external repositories that Quiesce builds on, for WORKSPACE users."""

load(":debian.bzl", "debian_library", "debian_rules", "single_file")

def _missing(name):
    return not native.existing_rule(name)

def quiesce_repositories():
    """Declares each dependency under its registry name, unless the workspace already has one.

    The libraries come from Debian packages. A workspace that brings its own BoringSSL, xxHash,
    GoogleTest or Google Benchmark declares it before the call.
    """
    for library in ["boringssl", "google_benchmark", "googletest", "xxhash"]:
        if _missing(library):
            debian_library(name = library, library = library)

    # Bazel 4 asks for these two by name and cannot fetch them without a network.
    if _missing("rules_cc"):
        single_file(
            name = "rules_cc",
            destination = "cc/defs.bzl",
            source = Label("//third_party:rules_cc.bzl"),
        )
    if _missing("remote_coverage_tools"):
        single_file(
            name = "remote_coverage_tools",
            destination = "BUILD.bazel",
            source = Label("//third_party:remote_coverage_tools.BUILD"),
        )

    # So with these, which Debian installs beside Bazel.
    for name, package, path in [
        ("platforms", "bazel-platforms", "/usr/share/bazel/platforms"),
        ("rules_java", "bazel-rules-java", "/usr/share/bazel/rules/java"),
        ("rules_proto", "bazel-rules-proto", "/usr/share/bazel/rules/proto"),
    ]:
        if _missing(name):
            debian_rules(name = name, package = package, path = path)
