#!/usr/bin/env python3
"""Compares `cnnzoo features` and `cnnzoo explain` with PyTorch's hooks.

    insight.py --cnnzoo PATH [--image FILE] [--weights FILE] [--occlusion] [NAME...]

Each NAME of networks.py, by default one or two of every family, gets weights of the formula, or with --weights those of a file
that cnnzoo reads; the input is the photograph as cnnzoo prepares it. For every recorded stage, the features of the whole layer and
their means must agree with what a forward hook sees, and Grad-CAM with the one from the hook's activations and gradients, within
1e-4 of the largest value; so must the penultimate features with the input of the last layer that has tensors, and with
--occlusion the map of the probability that is lost where squares are covered.

PyTorch computes Grad-CAM and occlusion in float64: a probability that is lost is the difference of two that are nearly equal, of which
float32 itself loses 1.2e-4 of the largest with resnet20_cifar. A ReLU has no gradient at 0: where its input is 0 up to rounding, whether the gradient of that one
value counts differs between two programs, and it can be more than 1e-4 of the map. Where Grad-CAM differs, the ReLUs whose inputs are
nearest to 0 therefore take the other side, those first that bring the maps closest together; they are named with their inputs, in
units of the root mean square of their layer. Prints one line per comparison; exits with 1 if any fails.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from torch.overrides import TorchFunctionMode
from safetensors.torch import load_file, save_file

from formula import fill
from networks import select

PHOTO = pathlib.Path(__file__).parents[2] / "Models/Samples/cat.jpg"
TOLERANCE = 1e-4
# At least one of every family, of both where there are networks for ImageNet and for CIFAR.
DEFAULT = [
    "lenet5", "lenet5_modern", "alexnet", "alexnet_2012", "vgg11_bn", "googlenet", "inception_v1", "inception_v3", "resnet18",
    "resnet20_cifar", "squeezenet1_1", "inception_v4", "inception_resnet_v2", "resnetv2_50", "preact_resnet164_cifar",
    "wide_resnet50_2", "wide_resnet16_4_cifar", "legacy_xception", "resnext50_32x4d", "resnext29_8x64d_cifar", "densenet121",
    "densenet40_k12_cifar", "mobilenetv1_100", "dpn68", "pyramidnet110_a84_cifar", "nasnetalarge", "legacy_seresnet18",
    "seresnet164_cifar", "mobilenet_v2", "darknet53", "shufflenet_v2_x0_5", "mnasnet0_5", "resnet50d", "res2net50_26w_4s",
    "mobilenet_v3_small", "efficientnet_b0", "efficientnet_lite0", "ghostnet_100", "regnet_y_400mf", "efficientnet_v2_s",
    "convnext_tiny",
]


def run(cnnzoo, *words):
    result = subprocess.run([str(word) for word in (cnnzoo, *words)], capture_output=True, text=True)
    if result.returncode != 0:
        raise ChildProcessError(f"{words[0]}: exit {result.returncode}: {result.stderr.strip()}")
    return result.stdout


class Watched:
    """A module's output and its gradient in the last pass."""

    def __init__(self, module):
        self.handle = module.register_forward_hook(self.keep)

    def keep(self, module, inputs, output):
        # A later module may work in place.
        self.output, self.input = output.clone() if not output.requires_grad else output, inputs[0]
        if output.requires_grad:
            output.retain_grad()
            return output.clone()

    def remove(self):
        self.handle.remove()


class Kinks(TorchFunctionMode):
    """Keeps the inputs of ReLUs that are nearest to 0, or to 6 for ReLU6; those in `flipped` take the other side."""

    RELUS = {torch.relu, torch.relu_, torch.nn.functional.relu, torch.nn.functional.relu_, torch.Tensor.relu}
    NEAR = 3e-6

    def __init__(self, flipped=()):
        super().__init__()
        self.flipped, self.calls, self.near = flipped, 0, []

    def __torch_function__(self, function, types, arguments=(), options=None):
        options = options or {}
        is_relu6 = function is torch.nn.functional.hardtanh and (options["min_val"], options["max_val"]) == (0, 6)
        if function not in self.RELUS and not is_relu6:
            return function(*arguments, **options)
        value, call = arguments[0], self.calls
        self.calls += 1
        # The bound that is nearer, and where the value passes.
        bound = 6.0 * (value.detach() > 3) if is_relu6 else torch.zeros_like(value)
        mask = (value.detach() > 0) & (value.detach() < (6 if is_relu6 else float("inf")))
        for other, place in self.flipped:
            if other == call:
                mask.view(-1)[place] ^= True
        output = torch.where(mask, value, bound)
        distance = ((value.detach() - bound).abs() / value.detach().pow(2).mean().sqrt()).flatten()
        nearest = torch.topk(distance, min(4, len(distance)), largest=False)
        for d, place in zip(nearest.values.tolist(), nearest.indices.tolist()):
            if d < self.NEAR:
                self.near.append((d, call, place, value, output, bool(mask.view(-1)[place])))
        return output


def error(found, expected):
    if found.shape != expected.shape:
        return float("nan")
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-30))


def weighted(maps, weights):
    """Grad-CAM from feature maps and the weights of their channels."""
    return torch.relu((weights[..., None, None] * maps).sum(1))[0].detach().numpy()


def grad_cam(model, module, x, index, kinks):
    """The maps of a module, the gradient of a logit with respect to them, and the logit."""
    watched = Watched(module)
    with kinks:
        logit = model(x)[0, index]
    watched.remove()
    maps = watched.output
    gradient, = torch.autograd.grad(logit, maps, retain_graph=True)
    return maps, gradient, logit


def nearest_cam(model, module, x, index, found):
    """Grad-CAM with the ReLUs at 0 on the sides that come nearest to `found`, and the inputs of those that took the other one."""
    kinks = Kinks()
    maps, gradient, logit = grad_cam(model, module, x, index, kinks)
    weights = gradient.mean((2, 3))
    best, flipped, inputs = weighted(maps, weights), [], []
    if error(found, best) <= TOLERANCE or not kinks.near:
        return best, inputs
    changes = []  # what one value more or less adds to the weights
    uppers = torch.autograd.grad(logit, [kink[4] for kink in kinks.near], retain_graph=True)
    for (distance, call, place, value, _, passes), upper in zip(kinks.near, uppers):
        one = torch.zeros_like(value)
        one.view(-1)[place] = -upper.reshape(-1)[place] if passes else upper.reshape(-1)[place]
        change, = torch.autograd.grad(value, maps, one, retain_graph=True, allow_unused=True)
        if change is not None:
            changes.append((change.mean((2, 3)), distance, (call, place)))
    while changes and error(found, best) > TOLERANCE:
        nearest = min(range(len(changes)), key=lambda kink: error(found, weighted(maps, weights + changes[kink][0])))
        change, distance, kink = changes.pop(nearest)
        if error(found, weighted(maps, weights + change)) > 0.9 * error(found, best):
            break
        weights = weights + change
        best = weighted(maps, weights)
        flipped.append(kink)
        inputs.append(distance)
    if flipped:
        maps, gradient, _ = grad_cam(model, module, x, index, Kinks(flipped))
        best = weighted(maps, gradient.mean((2, 3)))
    return best, inputs


def penultimate(model, x):
    """What the last module with tensors of its own reads, and the logits."""
    inputs = []
    handles = [
        module.register_forward_pre_hook(lambda module, arguments: inputs.append(arguments[0]))
        for module in model.modules() if [*module.parameters(recurse=False), *module.buffers(recurse=False)]]
    with torch.inference_mode():
        logits = model(x)
    for handle in handles:
        handle.remove()
    return inputs[-1], logits


def occlusion(model, x, index):
    """What is lost of a probability under squares of a seventh of the side, every half of it; the mean over those that cover a pixel."""
    height, width = x.shape[2:]
    side = max(min(height, width) // 7, 1)
    step = max(side // 2, 1)
    sums, counts = np.zeros((height, width)), np.zeros((height, width))

    def probability(batch):
        return torch.softmax(model(batch), 1)[:, index].numpy()

    with torch.inference_mode():
        whole = probability(x)[0]
        for top in [*range(0, height - side, step), height - side]:
            lefts = [*range(0, width - side, step), width - side]
            batch = x.repeat(len(lefts), 1, 1, 1)
            for row, left in enumerate(lefts):
                batch[row, :, top:top + side, left:left + side] = 0
            for left, loss in zip(lefts, whole - probability(batch)):
                sums[top:top + side, left:left + side] += loss
                counts[top:top + side, left:left + side] += 1
    return (sums / np.maximum(counts, 1)).astype(np.float32)


def compare(cnnzoo, name, model, stages, weights, image, folder, covers):
    x_path, features, cam = folder / "x.npy", folder / "f.npy", folder / "cam.npy"
    common = ["--weights", weights]
    run(cnnzoo, "infer", name, image, *common, "--save-input", x_path)
    x = torch.from_numpy(np.load(x_path))
    classifier_input, logits = penultimate(model, x)
    expected = classifier_input.mean((2, 3)) if classifier_input.ndim == 4 else classifier_input
    run(cnnzoo, "features", name, image, *common, "--output", features)
    yield "penultimate", error(np.load(features), expected.numpy())
    index = int(logits[0].argmax())
    if covers:
        found = folder / "loss.npy"
        run(cnnzoo, "explain", name, image, *common, "--class", index, "--occlusion", "--occlusion-map", found, "--output", folder / "out.png")
        yield "occlusion", error(np.load(found), occlusion(model.double(), x.double(), index))
        model.float()
    for stage in stages:
        module = model.get_submodule(stage)
        watched = Watched(module)
        with torch.inference_mode():
            model(x)
        maps = watched.output.numpy()
        watched.remove()
        run(cnnzoo, "features", name, image, *common, "--layer", stage, "--output", features)
        yield f"{stage} whole", error(np.load(features), maps)
        if maps.ndim != 4:
            continue
        run(cnnzoo, "features", name, image, *common, "--layer", stage, "--pool", "average", "--output", features)
        yield f"{stage} mean", error(np.load(features), maps.mean((2, 3)))
        run(cnnzoo, "explain", name, image, *common, "--layer", stage, "--class", index, "--map", cam,
            "--output", folder / "out.png")
        found = np.load(cam)
        expected, inputs = nearest_cam(model.double(), module, x.double(), index, found)
        model.float()
        notes = ["ReLU inputs of " + ", ".join(f"{value:.1e}" for value in inputs)] if inputs else []
        if not expected.any():
            notes.append("0 everywhere")
        yield f"{stage} Grad-CAM", error(found, expected), *notes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cnnzoo", type=pathlib.Path, required=True)
    parser.add_argument("--image", type=pathlib.Path, default=PHOTO)
    parser.add_argument("--weights", type=pathlib.Path, help="weights of the network NAME")
    parser.add_argument("--occlusion", action="store_true", help="compare occlusion as well, which runs each network some 200 times")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    cnnzoo = arguments.cnnzoo.resolve()
    failures, worst = 0, 0.0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for name in arguments.names or DEFAULT:
            network = select([name])[name]
            model = fill(network.model(), network.norm_gain).eval()
            weights, stages = folder / "weights.safetensors", network.stage_names(model)
            if arguments.weights:
                run(cnnzoo, "export", name, "--weights", arguments.weights, "--output", weights)
                model.load_state_dict(load_file(weights), strict=False)
            else:
                save_file(model.state_dict(), weights)
            if hasattr(model, "transform_input"):
                model.transform_input = True  # as cnnzoo assumes of a file that does not say how it was trained
            for module in model.modules():
                if hasattr(module, "inplace"):
                    module.inplace = False
            try:
                for what, found, *notes in compare(
                        cnnzoo, name, model, stages, weights, arguments.image, folder, arguments.occlusion):
                    wrong = not found <= TOLERANCE
                    failures += wrong
                    worst = max(worst, found)
                    print(f"{name:26} {what:40} {found:9.2e}  {'above 1e-4' if wrong else 'ok'}  {' '.join(notes)}".rstrip(), flush=True)
            except (ChildProcessError, AttributeError, RuntimeError) as failure:
                failures += 1
                print(f"{name:26} {failure}", flush=True)
    print(f"{failures} failed, largest error {worst:.2e}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
