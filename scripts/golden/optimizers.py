"""Records PyTorch's optimizers, schedules and losses in Tests/TrainingTests/Fixtures/optimizers.json.

Values and gradients come from the formula in formula.py, so the file contains results only, with the version of
torch.
"""

import json
import pathlib
import sys

import torch
from timm.optim import RMSpropTF

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from formula import noise  # noqa: E402

COUNT = 64
STEPS = 10


def floats(name):
    return torch.tensor([float(x) for x in noise(name, COUNT)], dtype=torch.float32)


def descend(make, clip=None):
    parameter = torch.nn.Parameter(floats("values"))
    optimizer = make([parameter])
    for step in range(STEPS):
        parameter.grad = floats(f"gradient.{step}")
        if clip:
            torch.nn.utils.clip_grad_norm_([parameter], clip)
        optimizer.step()
    return [float(x) for x in parameter.detach()]


def rates(make, steps):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.1)
    scheduler = make(optimizer)
    result = []
    for _ in range(steps):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return result


def loss(smoothing):
    logits = (floats("logits") * 4).reshape(8, 8).requires_grad_()
    labels = torch.tensor([(3 * i + 1) % 8 for i in range(8)])
    value = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)
    value.backward()
    return {"smoothing": smoothing, "loss": value.item(),
            "gradient": [float(x) for x in logits.grad.flatten()]}


def regression(smoothing, make):
    """The losses of ten steps of softmax regression: 4 samples, 16 inputs, 4 classes."""
    weight = torch.nn.Parameter(floats("values").reshape(4, 16))
    inputs = floats("inputs").reshape(4, 16)
    labels = torch.tensor([2, 0, 3, 1])
    optimizer = make([weight])
    losses = []
    for _ in range(STEPS):
        value = torch.nn.functional.cross_entropy(inputs @ weight.T, labels, label_smoothing=smoothing)
        losses.append(value.item())
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    return losses


optim, schedule = torch.optim, torch.optim.lr_scheduler
result = {
    "torch": torch.__version__.split("+")[0],
    "sgd": descend(lambda p: optim.SGD(p, lr=0.1)),
    "sgd_momentum": descend(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01)),
    "sgd_nesterov": descend(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)),
    "adamw": descend(lambda p: optim.AdamW(p, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.05)),
    "rmsprop": descend(
        lambda p: optim.RMSprop(p, lr=0.01, alpha=0.9, eps=0.0316, momentum=0.9, weight_decay=0.01)),
    "rmsprop_plain": descend(lambda p: optim.RMSprop(p, lr=0.01)),
    "rmsprop_tf": descend(
        lambda p: RMSpropTF(p, lr=0.01, alpha=0.9, eps=0.001, momentum=0.9, weight_decay=0.01)),
    "clipped": descend(lambda p: optim.SGD(p, lr=0.1), clip=0.5),
    "step": rates(lambda o: schedule.StepLR(o, 3, 0.5), 12),
    "multi_step": rates(lambda o: schedule.MultiStepLR(o, [4, 8], 0.1), 12),
    "cosine": rates(lambda o: schedule.CosineAnnealingLR(o, 12, 0.001), 12),
    "polynomial": rates(lambda o: schedule.PolynomialLR(o, 12, 2.0), 12),
    "one_cycle": rates(lambda o: schedule.OneCycleLR(o, 0.1, total_steps=20), 19),
    "warmup_cosine": rates(
        lambda o: schedule.SequentialLR(
            o, [schedule.LinearLR(o, 0.01, 1.0, 4), schedule.CosineAnnealingLR(o, 8)], [4]), 12),
    "losses": [loss(0.0), loss(0.1)],
    "regression": regression(0.1, lambda p: optim.SGD(p, lr=0.5, momentum=0.9, nesterov=True)),
    "regression_adamw": regression(0.0, lambda p: optim.AdamW(p, lr=0.05, weight_decay=0.01)),
}
path = pathlib.Path(__file__).parents[2] / "Tests/TrainingTests/Fixtures/optimizers.json"
path.write_text(json.dumps(result, indent=1) + "\n")
