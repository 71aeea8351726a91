"""What the ONNX standard changed in the operators that poda knows, in the operator sets 22 to 25: read from the standard's own schemas.

Prints a line an operator: its name, the sets that list it anew, and what is new there. "types" are element types alone: the meaning is
as before. Everything else was looked at by hand and is said here; an unknown difference stops the script.
    python3 opsets.py < NAMES > opsets.txt     made with onnx 1.23.2; NAMES: the operators of poda, one a line
tests/unit/test_unusual.c wants a line for each operator of the table.
"""
import difflib
import sys

import onnx.defs

FIRST, LAST = 22, 25
PADDING = "Sliding windows that would start in the right padded region are ignored."
KNOWN = {
    ("AveragePool", 22): "types; says that windows which would begin in the padding behind are left out: they are, in all sets",
    ("MaxPool", 22): "types; says that windows which would begin in the padding behind are left out: they are, in all sets",
    ("Cast", 24): "types; round_mode and rows of tables for 8-bit floats alone, to which no Cast is supported",
}


def signature(schema):
    return ({k: (a.type, a.required, str(a.default_value)) for k, a in schema.attributes.items()},
            [(i.name, i.option, i.type_str) for i in schema.inputs], [(o.name, o.option, o.type_str) for o in schema.outputs])


def types(schema):
    return {c.type_param_str: set(c.allowed_type_strs) for c in schema.type_constraints}


def difference(name, before, after):
    lines = [d[2:] for d in difflib.ndiff(before.doc.split(), after.doc.split()) if d[0] in "+-"]
    told = KNOWN.get((name, after.since_version))
    if told:
        assert name == "Cast" or " ".join(lines) == PADDING, (name, lines)
        return told
    assert signature(before) == signature(after) and not lines, (name, after.since_version, lines)
    assert all(types(before).get(k, set()) <= v for k, v in types(after).items()), name
    return "types"


def versions(name):
    found = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.name == name and schema.domain == "":
            found[schema.since_version] = schema
    return found


for name in sorted(set(sys.stdin.read().split())):
    found = versions(name)
    assert found, name
    new = [v for v in sorted(found) if FIRST <= v <= LAST]
    said = {}
    for v in new:
        said.setdefault(difference(name, found[max(b for b in found if b < v)], found[v]), []).append(str(v))
    print(name, "; ".join(",".join(v) + " " + what for what, v in said.items()) or "as before", sep=": ")
