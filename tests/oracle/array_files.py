"""Write tests/data/arrays/: what NumPy itself writes, for tests/unit/test_array.c. Element i of every array, counted in C order,
is (i - 6) / 2 for floats, i - 6 for signed and i for unsigned integers, i % 3 == 0 for bool; the shape is 2 x 3 x 4."""
import gzip
import os
import struct

import numpy as np
from numpy.lib import format as npy

here = os.path.join(os.path.dirname(__file__), "..", "data", "arrays")
os.makedirs(here, exist_ok=True)


def values(kind):
    i = np.arange(24)
    v = {"f": (i - 6) / 2.0, "i": i - 6, "u": i, "b": i % 3 == 0}[kind]
    return v.reshape(2, 3, 4)


for name, dtype in [("f4", "<f4"), ("f8", "<f8"), ("f2", "<f2"), ("f4_big", ">f4"), ("i1", "i1"), ("i2_big", ">i2"),
                    ("i4", "<i4"), ("i8", "<i8"), ("u1", "u1"), ("u2", "<u2"), ("u4", "<u4"), ("u8", "<u8"), ("b1", "?")]:
    np.save(os.path.join(here, name + ".npy"), values(np.dtype(dtype).kind).astype(dtype))
np.save(os.path.join(here, "f8_fortran.npy"), np.asfortranarray(values("f")))
for version in (2, 3):
    with open(os.path.join(here, "version%d.npy" % version), "wb") as f:
        npy.write_array(f, values("f").astype("<f4"), version=(version, 0))
np.save(os.path.join(here, "object.npy"), np.array(["a", None], dtype=object))
np.save(os.path.join(here, "text.npy"), np.array(["ab", "cd"]))
np.save(os.path.join(here, "scalar.npy"), np.float32(1.5))
np.save(os.path.join(here, "empty.npy"), np.zeros((0, 4), np.float32))
np.savez(os.path.join(here, "stored.npz"), x=values("f").astype("<f4"), y=values("i").astype("<i8"))
np.savez_compressed(os.path.join(here, "deflated.npz"), x=values("f"), y=values("u").astype("u1"))
idx = struct.pack(">4B3I", 0, 0, 8, 3, 2, 3, 4) + bytes(range(24))
with open(os.path.join(here, "u1.idx.gz"), "wb") as f:
    f.write(gzip.compress(idx, mtime=0))
