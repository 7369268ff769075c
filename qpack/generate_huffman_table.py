#!/usr/bin/env python3
"""Writes huffman_table.cc from the code of RFC 7541 Appendix B.

    ./generate_huffman_table.py testdata/rfc7541_huffman.csv > huffman_table.cc

The input has one line per symbol: symbol, code in hex aligned to the right, length in bits; 256 is EOS.
"""

import csv
import sys

LOOKUP_BITS = 12
EOS = 256


def read_codes(path):
    with open(path, newline="") as file:
        rows = {int(r["symbol"]): (int(r["code_hex"], 16), int(r["length_bits"]))
                for r in csv.DictReader(file)}
    codes = [rows[symbol] for symbol in range(EOS + 1)]
    # The decoder relies on both: every bit pattern means something, and codes of one length are consecutive.
    assert sum(1 << (30 - length) for _, length in codes) == 1 << 30, "not a complete code"
    order = sorted(range(EOS + 1), key=lambda s: (codes[s][1], codes[s][0]))
    for a, b in zip(order, order[1:]):
        (code_a, length_a), (code_b, length_b) = codes[a], codes[b]
        assert (code_a + 1) << (length_b - length_a) == code_b, "not canonical"
    return codes, order


def lookup_table(codes):
    single = [None] * (1 << LOOKUP_BITS)
    for symbol, (code, length) in enumerate(codes):
        if length <= LOOKUP_BITS:
            base = code << (LOOKUP_BITS - length)
            for i in range(1 << (LOOKUP_BITS - length)):
                single[base + i] = (symbol, length)
    table = []
    for window, first in enumerate(single):
        if first is None:
            table.append(0)
            continue
        symbol, length = first
        second = single[(window << length) & ((1 << LOOKUP_BITS) - 1)]
        if second is not None and length + second[1] <= LOOKUP_BITS:
            table.append((length + second[1]) << 24 | 2 << 16 | second[0] << 8 | symbol)
        else:
            table.append(length << 24 | 1 << 16 | symbol)
    return table


def long_codes(codes, order):
    symbols, rows = [], []
    for length in sorted({codes[s][1] for s in order if codes[s][1] > LOOKUP_BITS}):
        of_length = [s for s in order if codes[s][1] == length]
        first = codes[of_length[0]][0]
        last = ((first + len(of_length)) << (32 - length)) - 1
        rows.append((last, first, len(symbols), length))
        symbols += of_length
    return rows, symbols


def print_rows(items, per_line):
    for i in range(0, len(items), per_line):
        print("    " + " ".join(f"{item}," for item in items[i:i + per_line]))


def main():
    codes, order = read_codes(sys.argv[1])
    rows, symbols = long_codes(codes, order)
    print("// Written by generate_huffman_table.py from testdata/rfc7541_huffman.csv; do not edit.")
    print('#include "qpack/huffman_table.h"\n')
    print("namespace quiesce::qpack {\n")
    print("// clang-format off")
    print(f"const std::array<HuffmanCode, {len(codes)}> kHuffmanCodes = {{{{")
    print_rows([f"{{0x{code:x}, {length}}}" for code, length in codes], 6)
    print("}};\n")
    print(f"const std::array<std::uint32_t, {1 << LOOKUP_BITS}> kHuffmanLookup = {{{{")
    print_rows([f"0x{entry:07x}" for entry in lookup_table(codes)], 8)
    print("}};\n")
    print(f"const std::array<HuffmanLongCodes, {len(rows)}> kHuffmanLongCodes = {{{{")
    print_rows([f"{{0x{last:x}, 0x{first:x}, {index}, {length}}}" for last, first, index, length in rows], 3)
    print("}};\n")
    print(f"const std::array<std::uint16_t, {len(symbols)}> kHuffmanLongSymbols = {{{{")
    print_rows([str(symbol) for symbol in symbols], 16)
    print("}};")
    print("// clang-format on\n")
    print("}  // namespace quiesce::qpack")


main()
