#!/usr/bin/env python3
"""Writes the weight files for Tests/WeightsTests.

    make_checkpoint_fixtures.py [FOLDER]

Every format as its own library writes it, a few hundred bytes to a few kilobytes each. The elements of the
tensors are small fractions that are exact in every floating-point type, so the tests can compute what they expect.
Made with torch 2.13, numpy 2.4, safetensors 0.8.
"""

import os
import pickle
import sys
from collections import OrderedDict

import numpy as np
import torch
from safetensors.torch import save_file

from portable import hide_folders

hide_folders()
folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.path.dirname(__file__), "..", "..", "Tests", "WeightsTests", "Fixtures")
os.makedirs(folder, exist_ok=True)


def values(*shape, start=0):
    """Element i is (start + i) / 8 - 1."""
    count = int(np.prod(shape, dtype=int))
    return ((torch.arange(count, dtype=torch.float32) + start) / 8 - 1).reshape(shape)


def state():
    return OrderedDict([
        ("conv.weight", values(2, 3, 1, 2)),
        ("bn.weight", values(3, start=4)),
        ("bn.running_var", values(3, start=8)),
        ("bn.num_batches_tracked", torch.tensor(7)),
    ])


def save(name, content, **options):
    torch.save(content, os.path.join(folder, name), **options)


def path(name):
    return os.path.join(folder, name)


LEGACY = {"_use_new_zipfile_serialization": False}

# The same state dict in every format.
save("zip.pth", state())
save("legacy.pth", state(), **LEGACY)
save("protocol4.pth", state(), pickle_protocol=4)
save_file(state(), path("plain.safetensors"), metadata={"origin": "fixture", "quote": 'a"b\\c\n'})
arrays = {name: tensor.numpy() for name, tensor in state().items()}
np.savez(path("stored.npz"), **arrays)
np.savez_compressed(path("deflated.npz"), **arrays)

# Element types.
types = {
    "f64": values(5).double(), "f32": values(5), "f16": values(5).half(), "bf16": values(5).bfloat16(),
    "i64": torch.arange(-2, 3), "i32": torch.arange(-2, 3, dtype=torch.int32),
    "i16": torch.arange(-2, 3, dtype=torch.int16), "i8": torch.arange(-2, 3, dtype=torch.int8),
    "u8": torch.arange(5, dtype=torch.uint8), "bool": torch.tensor([False, True, True, False, True]),
}
save("types.pth", types)
save("types_legacy.pth", types, **LEGACY)
save_file(types, path("types.safetensors"))

# The dictionaries that training scripts wrap around a state dict, and the prefix that DataParallel adds to names.
for wrapper in ["state_dict", "model", "model_state", "model_state_dict"]:
    save(f"wrapped_{wrapper}.pth", {"epoch": 3, "best": 0.5, wrapper: state(), "note": "x"})
save("parallel.pth", {"state_dict": {f"module.{name}": tensor for name, tensor in state().items()}})

# Tensors that are views of part of a storage.
base = values(4, 6)
views = {
    "transposed": base.t(), "rows": base[1:3], "columns": base[:, 1:6:2],
    "channels_last": values(1, 3, 2, 2).contiguous(memory_format=torch.channels_last),
    "scalar": base[2, 3],
}
save("views.pth", views)
save("views_legacy.pth", views, **LEGACY)
save("parameter.pth", {"weight": torch.nn.Parameter(values(3))})
np.save(path("fortran.npy"), np.asfortranarray(values(2, 3, 4).numpy()))
np.save(path("double.npy"), values(2, 3).double().numpy())
np.save(path("half.npy"), values(2, 3).half().numpy())

# Files that must be refused.
class Foreign:
    def __reduce__(self):
        return os.system, ("echo a pickle ran code",)


save("foreign.pth", {"weight": values(2), "extra": Foreign()})
save("foreign_legacy.pth", {"weight": values(2), "extra": Foreign()}, **LEGACY)
save("module.pth", torch.nn.Linear(2, 1))
save("module_legacy.pth", torch.nn.Linear(2, 1), **LEGACY)
save("not_a_tensor.pth", {"weight": values(2), "epoch": 3})
np.save(path("objects.npy"), np.array([{"a": 1}], dtype=object), allow_pickle=True)
np.save(path("big_endian.npy"), values(2).numpy().astype(">f4"))
with open(path("naked.pkl"), "wb") as file:
    pickle.dump({"weight": [1, 2]}, file, protocol=2)
