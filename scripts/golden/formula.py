"""Tensors that are a function of their name, the same as in `Sources/TensorCore/FormulaNoise.swift`.

Both sides of a comparison fill weights and inputs with the same bits, so a golden file contains results only.
"""

import math

import numpy as np
import torch

_GOLDEN_GAMMA = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_CHUNK = 1 << 20  # elements per pass, so that temporaries stay in cache


def _mix(z):
    """The finalizer of SplitMix64, on an array of uint64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _key(name, seed):
    value = 0xCBF29CE484222325  # FNV-1a, 64 bits
    for byte in name.encode("utf-8"):
        value = ((value ^ byte) * 0x100000001B3) & _MASK
    start = (value + seed * _GOLDEN_GAMMA) & _MASK
    return _mix(np.array([start], dtype=np.uint64))


def noise(name, count, seed=0):
    """Elements 0 ..< count of the noise of `name`: float64, each a multiple of 2^-23 in [-1, 1)."""
    key = _key(name, seed)
    out = np.empty(count, dtype=np.float64)
    for start in range(0, count, _CHUNK):
        stop = min(start + _CHUNK, count)
        index = np.arange(start, stop, dtype=np.uint64)
        bits = _mix(key + index * np.uint64(_GOLDEN_GAMMA))
        out[start:stop] = ((bits >> np.uint64(40)).astype(np.int64) - (1 << 23)) * 2.0**-23
    return out


def formula_tensor(name, shape, seed=0, norm_gain=1.0):
    """The value of one tensor of a state dict, float32, computed in double.

    Rank 2 and above: uniform with variance 2 / fan-in, which preserves the scale of a ReLU network.
    Rank 1: statistics, biases and scales that are not the defaults, so that a loader which drops or swaps one is
    noticed. `norm_gain` multiplies the scales; deep residual networks need less than 1.
    """
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape, dtype=np.int64)
    u = noise(name, math.prod(shape), seed)
    if len(shape) >= 2:
        values = u * math.sqrt(6 / math.prod(shape[1:]))
    elif name.endswith("running_var"):
        values = 1 + 0.5 * u
    elif name.endswith(("running_mean", "bias")):
        values = 0.1 * u
    else:
        values = norm_gain * (1 + 0.2 * u)
    return values.astype(np.float32).reshape(shape)


def input_tensor(shape, scale=1.0):
    """The input of a golden case, float32 [N, C, H, W]; `scale` is a power of two, so that it is exact."""
    return (scale * noise("input", math.prod(shape))).astype(np.float32).reshape(shape)


def fill(model, norm_gain=1.0):
    """Fills every tensor of the model's state dict with the formula for its name; returns the model."""
    state = model.state_dict()
    for name, tensor in state.items():
        values = formula_tensor(name, tuple(tensor.shape), norm_gain=norm_gain)
        tensor.copy_(torch.from_numpy(values))
    return model
