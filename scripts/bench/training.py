"""Training steps, cnnzoo and torch side by side."""

import cnnzoo
import workers
from rounds import alternate, summarized
from subjects import TRAINING


def measure(options, progress):
    """Yields a JSON object per case."""
    threads = max(threads for _, threads in options.configurations)
    with workers.started(["torch"]) as (torch,):
        for case in TRAINING:
            if case.network not in options.training_models:
                continue
            title = f"training {case.network}, batch {case.batch}, {threads} threads"
            size = "x".join(map(str, case.size))
            own = cnnzoo.Cnnzoo(
                options.cnnzoo, case.network, case.batch, threads, "--mode", "train", "--input-size", size)
            torch.load_training(case, threads)
            runs, rounds = alternate(
                [own, torch], options.rule, lambda text: progress(f"{title}: {text}"))
            yield {
                "network": case.network, "batch": case.batch, "threads": threads, "input_shape": case.size,
                "variants": {"torch": torch.variant}, "runs_per_round": runs, **summarized(rounds)}
