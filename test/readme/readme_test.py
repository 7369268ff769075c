"""The README's first program is examples/hello/main.cc, and has at most 30 lines."""
import re
import sys

with open("README.md", encoding="utf-8") as readme:
    block = re.search(r"```cpp\n(.*?)```", readme.read(), re.S)
with open("examples/hello/main.cc", encoding="utf-8") as source:
    program = source.read()

faults = []
if block is None:
    faults.append("README.md has no ```cpp block")
elif block.group(1) != program:
    faults.append("README.md's first program differs from examples/hello/main.cc")
lines = program.count("\n")
if lines > 30:
    faults.append(f"examples/hello/main.cc has {lines} lines, more than 30")
for fault in faults:
    print(fault)
print(f"{lines} lines")
sys.exit(bool(faults))
