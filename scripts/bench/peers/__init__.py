"""The runtimes that cnnzoo is compared with, in the precision of the exported files.

A peer has

    load(files, x, threads)   loads the exported network for the input x, float32 [N, C, H, W], to compute in files.precision
    run()                     one inference of the whole batch
    logits()                  float32 [N, classes] of the last inference
    tune                      whether `load` may try variants and keep the fastest
    variant                   the variant it kept, or None

If a runtime can bind input and output buffers, `run` uses them: copies are not part of the comparison.
"""

import importlib


def load_peer(name):
    """The peer called `name`; importing its runtime is delayed until now."""
    return importlib.import_module(f"peers.{name}_peer").Peer()
