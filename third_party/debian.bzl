"""Repositories made from files that Debian packages install, so that Bazel needs no network."""

# Headers, by the package that installs them, relative to /usr/include; the first one is looked for
# when the package is checked. Libraries come with the same packages.
_LIBRARIES = {
    "boringssl": {"android-libboringssl-dev": "android/openssl"},
    "google_benchmark": {"libbenchmark-dev": "benchmark"},
    "googletest": {
        "libgmock-dev": "gmock",
        "libgtest-dev": "gtest",
    },
    "xxhash": {"libxxhash-dev": "xxhash.h"},
}

def _existing(ctx, path, package):
    found = ctx.path(path)
    if not found.exists:
        fail("%s is missing. It comes with the Debian package %s: run ./bazelw instead of bazel, or apt install %s." %
             (path, package, package))
    return found

def _multiarch_directory(ctx):
    """Returns the directory below /usr/lib that holds the libraries of this machine."""
    names = [
        entry.basename
        for entry in ctx.path("/usr/lib").readdir()
        if entry.basename.endswith("-linux-gnu")
    ]
    if len(names) > 1:  # packages of a foreign architecture are installed too
        machine = ctx.execute(["uname", "-m"]).stdout.strip()
        names = [name for name in names if name.startswith(machine)]
    if len(names) != 1:
        fail("No directory of this machine's libraries below /usr/lib: Debian multiarch is needed.")
    return "/usr/lib/" + names[0]

def _debian_library_impl(ctx):
    library = ctx.attr.library
    for package, header in _LIBRARIES[library].items():
        ctx.symlink(_existing(ctx, "/usr/include/" + header, package), "include/" + header)
    libraries = _multiarch_directory(ctx)
    if library == "boringssl":  # beside the system's libssl, not in place of it
        libraries += "/android"
        for name in ["libcrypto.so", "libssl.so"]:
            ctx.symlink(_existing(ctx, libraries + "/" + name, "android-libboringssl-dev"), name)
    ctx.template(
        "BUILD.bazel",
        Label("//third_party:" + library + ".BUILD"),
        substitutions = {"{LIBRARIES}": libraries},
    )

debian_library = repository_rule(
    doc = "One of our four libraries, from its Debian package, with the registry's target names.",
    implementation = _debian_library_impl,
    attrs = {"library": attr.string(mandatory = True, values = _LIBRARIES.keys())},
    local = True,
)

def _debian_rules_impl(ctx):
    for entry in _existing(ctx, ctx.attr.path, ctx.attr.package).readdir():
        ctx.symlink(entry, entry.basename)

debian_rules = repository_rule(
    doc = "Rules that Debian installs beside Bazel.",
    implementation = _debian_rules_impl,
    attrs = {
        "package": attr.string(mandatory = True),
        "path": attr.string(mandatory = True),
    },
    local = True,
)

def _single_file_impl(ctx):
    ctx.symlink(ctx.attr.source, ctx.attr.destination)
    directory = ctx.attr.destination.rpartition("/")[0]
    if directory:
        ctx.file(directory + "/BUILD.bazel")

single_file = repository_rule(
    doc = "One file of ours under the label by which Bazel asks for it.",
    implementation = _single_file_impl,
    attrs = {
        "destination": attr.string(mandatory = True),
        "source": attr.label(mandatory = True),
    },
)
