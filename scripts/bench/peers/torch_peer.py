"""PyTorch: eager, in inference mode; also the peer for training."""

import pathlib
import sys
import time
from functools import partial

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "golden"))

import torch
from torch import nn

from vision import torchvision

LAYOUTS = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}

# How torch.optim updates parameters: one by one, in lists, or in one kernel.
UPDATES = {
    "plain SGD": {"foreach": False, "fused": False},
    "foreach SGD": {"foreach": True, "fused": False},
    "fused SGD": {"foreach": False, "fused": True},
}


def constructor(network):
    """torchvision's constructor if there is one; the other definitions import more packages."""
    if network in torchvision.models.list_models(module=torchvision.models):
        return getattr(torchvision.models, network)
    from networks import NETWORKS

    return NETWORKS[network].build


class Peer:
    tune = True
    variant = None

    def load(self, files, x, threads):
        torch.set_num_threads(threads)
        model = constructor(files.network)().eval()
        model.load_state_dict(torch.load(files.state_dict))
        x = torch.from_numpy(x)

        def prepare(layout):
            self.model, self.x = model.to(memory_format=layout), x.to(memory_format=layout)

        self.autocasts = files.precision == "bf16"
        self.run = self._infer
        self._choose({name: partial(prepare, layout) for name, layout in LAYOUTS.items()})

    def load_training(self, case, threads):
        """Prepares steps of SGD with momentum and weight decay on one batch of noise."""
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        # Built by its constructor, whose initial values suit training.
        model = constructor(case.network)().train()
        x = torch.randn(case.batch, *case.size)
        outputs = model(x)
        logits = outputs if isinstance(outputs, torch.Tensor) else outputs[0]
        self.labels = torch.randint(logits.shape[1], (case.batch,))
        self.loss = nn.CrossEntropyLoss()

        def prepare(layout, update):
            self.model, self.x = model.to(memory_format=layout), x.to(memory_format=layout)
            self.optimizer = torch.optim.SGD(
                model.parameters(), lr=1e-4, momentum=0.9, weight_decay=1e-4, **update)

        self.run = self._train
        self._choose({
            f"{layout_name}, {update_name}": partial(prepare, layout, update)
            for layout_name, layout in LAYOUTS.items() for update_name, update in UPDATES.items()})

    def _choose(self, variants):
        """Prepares the fastest variant, by the minimum of three iterations after a warm-up; untuned, the first."""
        if not self.tune:
            return next(iter(variants.values()))()
        times = {}
        for name, prepare in variants.items():
            prepare()
            self.run()
            times[name] = min(self._time() for _ in range(3))
        self.variant = min(times, key=times.get)
        variants[self.variant]()

    def _time(self):
        start = time.perf_counter()
        self.run()
        return time.perf_counter() - start

    def _infer(self):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self.autocasts):
            self.output = self.model(self.x).float()

    def _train(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.model(self.x), self.labels).backward()
        self.optimizer.step()

    def logits(self):
        return self.output.numpy()
