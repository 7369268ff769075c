"""The external repositories that Quiesce builds on, for WORKSPACE users."""

def _local(name, build_file):
    if not native.existing_rule(name):
        native.new_local_repository(
            name = name,
            path = "/usr",
            build_file = "@quiesce//third_party:" + build_file,
        )

def quiesce_repositories():
    """Declares each dependency under its registry name, unless the workspace already has one.

    The libraries come from Debian packages below /usr. A workspace that brings its own BoringSSL,
    xxHash, GoogleTest or Google Benchmark declares it before the call.
    """
    _local("boringssl", "boringssl.BUILD")
    _local("xxhash", "xxhash.BUILD")
    _local("googletest", "googletest.BUILD")
    _local("google_benchmark", "google_benchmark.BUILD")

    # Bazel 4 asks for these two by name and, without a network, cannot fetch them.
    if not native.existing_rule("rules_cc"):
        native.local_repository(name = "rules_cc", path = "third_party/rules_cc_native")
    if not native.existing_rule("remote_coverage_tools"):
        native.local_repository(name = "remote_coverage_tools", path = "third_party/remote_coverage_tools")

    # Debian ships these beside Bazel.
    for name, path in [
        ("rules_java", "/usr/share/bazel/rules/java"),
        ("rules_proto", "/usr/share/bazel/rules/proto"),
        ("platforms", "/usr/share/bazel/platforms"),
    ]:
        if not native.existing_rule(name):
            native.local_repository(name = name, path = path)
