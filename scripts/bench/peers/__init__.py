"""The runtimes that cnnzoo is measured beside, all in float32.

A peer has

    load(files, x, threads)   readies the exported network for the input x, float32 [N, C, H, W]
    run()                     one inference of the whole batch
    logits()                  float32 [N, classes] of the last run
    tune                      whether `load` may spend time on trying what is faster
    variant                   what it chose in that way, or None

Where a runtime offers to keep input and output in place, `run` does: copying is not what is measured.
"""

import importlib


def load_peer(name):
    """The peer of a name; its runtime is imported only now."""
    return importlib.import_module(f"peers.{name}_peer").Peer()
