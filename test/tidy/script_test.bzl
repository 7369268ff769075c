"""Tests and programs that are one Python script, without the rules and the toolchain that py_test asks for."""

def _script_impl(ctx):
    ctx.actions.write(
        output = ctx.outputs.executable,
        content = "#!/bin/sh\nexec python3 -B %s \"$@\"\n" % ctx.file.script.short_path,
        is_executable = True,
    )
    return DefaultInfo(runfiles = ctx.runfiles(files = [ctx.file.script] + ctx.files.data))

_ATTRS = {
    "data": attr.label_list(allow_files = True),
    "script": attr.label(mandatory = True, allow_single_file = [".py"]),
}

script_test = rule(
    doc = "Runs `script` in the runfiles folder; passes when it exits with 0.",
    implementation = _script_impl,
    attrs = _ATTRS,
    test = True,
)

script_binary = rule(
    doc = "Runs `script` in the runfiles folder.",
    implementation = _script_impl,
    attrs = _ATTRS,
    executable = True,
)
