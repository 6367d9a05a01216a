#!/usr/bin/env python3
"""Writes small networks in every layout that people's checkpoints have: make_checkpoint_layouts.py [FOLDER].

Most are lenet5_modern with few maps, so that each file takes some kilobytes. `gray.npy` and `color.npy` are the inputs,
NAME_logits.npy is what torch computes, and `layouts.txt` lists for each file the network with its settings, the input,
the logits, the option --weights-key or `-`, and what the program says about where it found the tensors.
Tests/CLITests/CheckpointLayoutTests.swift runs them. With a FOLDER, networks with the names of other repositories that
take megabytes are written too.

Classes of libraries that are not installed are made up here under the names that their pickles mention. Made with
torch 2.13, numpy 2.4, safetensors 0.8.
"""

import argparse
import collections
import datetime
import enum
import functools
import pathlib
import sys
import types
import zipfile

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from formula import fill, input_tensor
from independent import cifar_repositories as repositories
from independent.resnet_cifar import BasicBlock
from portable import hide_folders, save_script

hide_folders()
ROOT = pathlib.Path(__file__).resolve().parents[2]
folder = pathlib.Path(
    sys.argv[1] if len(sys.argv) > 1 else ROOT / "Tests" / "CLITests" / "Fixtures" / "layouts")
folder.mkdir(parents=True, exist_ok=True)
rows = []


class LeNet(nn.Module):
    """lenet5_modern with few maps."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 2, 5), nn.Conv2d(2, 3, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(75, 6), nn.Linear(6, 5), nn.Linear(5, 10)

    def forward(self, x):
        for conv in (self.conv1, self.conv2):
            x = F.avg_pool2d(torch.tanh(conv(x)), 2)
        return self.fc3(torch.tanh(self.fc2(torch.tanh(self.fc1(x.flatten(1))))))


class ResNet(nn.Module):
    """resnet20_cifar with depth 8 and width 2."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 2, 3, 1, 1, bias=False), nn.BatchNorm2d(2)
        self.layer1, self.layer2, self.layer3 = (
            nn.Sequential(BasicBlock(inputs, outputs, stride)) for inputs, outputs, stride in
            [(2, 2, 1), (2, 4, 2), (4, 8, 2)])
        self.fc = nn.Linear(8, 10)
        # Part of the module, not of its state dict.
        self.register_buffer("mean", torch.zeros(3), persistent=False)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


NETWORKS = {
    "lenet": ("lenet5_modern --set conv1Maps=2 --set conv2Maps=3 --set fc1Features=6 --set fc2Features=5", "gray"),
    "resnet": ("resnet20_cifar --set depth=8 --set width=2", "color"),
    "akamaster": ("resnet20_cifar --set depth=8 --set width=2", "color"),
    "veit": ("densenet_bc40_k12_cifar --set depth=10 --set growthRate=2", "color"),
    "bearpaw": ("densenet_bc40_k12_cifar --set depth=10 --set growthRate=2", "color"),
    "bearpaw_plain": (
        "densenet40_k12_cifar --set depth=7 --set growthRate=2 --set stemChannels=4", "color"),
    "pleiss": ("densenet_bc40_k12_cifar --set depth=10 --set growthRate=2", "color"),
    "pleiss_old": ("densenet_bc40_k12_cifar --set depth=10 --set growthRate=2", "color"),
    "xternalz": ("wide_resnet16_4_cifar --set depth=10 --set width=1", "color"),
    "prlz": ("resnext29_8x64d_cifar --set depth=11 --set cardinality=2 --set baseWidth=2", "color"),
}
INPUTS = {"gray": input_tensor((2, 1, 32, 32)), "color": input_tensor((2, 3, 32, 32))}
for name, x in INPUTS.items():
    np.save(folder / f"{name}.npy", x)


def made(name, network):
    """The network filled by the formula; its logits are written."""
    network = fill(network).eval()
    with torch.no_grad():
        logits = network(torch.from_numpy(INPUTS[NETWORKS[name][1]])).numpy()
    np.save(folder / f"{name}_logits.npy", logits)
    return network


lenet, resnet = made("lenet", LeNet()), made("resnet", ResNet())


def state(prefix="", network=lenet, change=lambda tensor: tensor):
    return collections.OrderedDict(
        (prefix + name, change(tensor.clone())) for name, tensor in network.state_dict().items())


def noise(prefix="", network=lenet):
    """The same names with other values: what must not be taken."""
    return state(prefix, network, lambda tensor: torch.full_like(tensor, 0.25))


def layout(name, said="", key="-", network="lenet"):
    command, x = NETWORKS[network]
    rows.append("\t".join([name, command, x, network, key, said]))
    return folder / name


def save(name, content, said="", key="-", network="lenet", **options):
    torch.save(content, layout(name, said, key, network), **options)


def foreign(module, name, bases=(), **members):
    """A class that a pickle will name `module.name`."""
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        path = ".".join(parts[:count])
        sys.modules.setdefault(path, types.ModuleType(path))
    cls = type(name, bases or (object,), {"__module__": module, "__qualname__": name, **members})
    setattr(sys.modules[module], name, cls)
    return cls


def instance(cls, **attributes):
    value = cls.__new__(cls)
    value.__dict__.update(attributes)
    return value


optimizer = torch.optim.SGD(lenet.parameters(), lr=0.1, momentum=0.9)
adam = torch.optim.AdamW(lenet.parameters())
for step in (optimizer, adam):
    lenet(torch.from_numpy(INPUTS["gray"])).sum().backward()
    values = [p.detach().clone() for p in lenet.parameters()]
    step.step()
    with torch.no_grad():
        for p, value in zip(lenet.parameters(), values):
            p.copy_(value)
lenet.zero_grad(set_to_none=True)
schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [10, 20])
UNDER = "under 'state_dict'"

# What stands beside the state dict.
save("plain.pth", state())
save("imagenet_example.pth", {
    "epoch": 3, "arch": "lenet", "state_dict": state("module."), "best_acc1": torch.tensor(76.2),
    "optimizer": optimizer.state_dict(), "scheduler": schedule.state_dict()},
    "under 'state_dict', without the prefix 'module.'")
save("torchvision_reference.pth", {
    "model": state(), "optimizer": optimizer.state_dict(), "lr_scheduler": schedule.state_dict(), "epoch": 3,
    "args": argparse.Namespace(
        device=torch.device("cpu"), output_dir=pathlib.PurePosixPath("runs/1"), lr=0.1, milestones=[10, 20],
        dtype=torch.float32, started=datetime.datetime(2024, 5, 6, 7, 8)),
    "scaler": {"scale": 65536.0, "_growth_tracker": 7}}, "under 'model'")
save("timm.pth.tar", {
    "epoch": 3, "arch": "lenet", "state_dict": state(), "optimizer": adam.state_dict(), "version": 2,
    "args": argparse.Namespace(model="lenet", lr=np.float64(0.1), aa=None, epochs=np.int64(300)),
    "amp_scaler": {}, "metric": np.float32(76.13), "history": np.arange(5)}, UNDER)
save("timm_ema.pth.tar", {"epoch": 3, "state_dict": noise(), "state_dict_ema": state()}, "under 'state_dict_ema'",
     "state_dict_ema")
save("torchvision_ema.pth", {
    "model": noise(), "model_ema": {"n_averaged": torch.tensor(9), **state("module.")}},
    "under 'model_ema', without the prefix 'module.'", "model_ema")
save("kuangliu.pth", {"net": state("module."), "acc": 95.47, "epoch": 199},
     "under 'net', without the prefix 'module.'")
save("nested.pth", {"state": {"model": state()}, "step": 7}, "under 'state.model'")
save("pair.pth", (3, state(), optimizer.state_dict()), "under '1'")
save("deepspeed.pth", {
    "module": state(), "buffer_names": [], "param_shapes": [collections.OrderedDict(
        (name, tensor.shape) for name, tensor in lenet.state_dict().items())], "ds_version": "0.14"},
    "under 'module'")

# Lightning, with hyperparameters of every kind that people save.
AttributeDict = foreign("lightning_fabric.utilities.data", "AttributeDict", (dict,))
DictConfig = foreign("omegaconf.dictconfig", "DictConfig")
Metadata = foreign("omegaconf.base", "ContainerMetadata")
AnyNode = foreign("omegaconf.nodes", "AnyNode")
hparams = AttributeDict(
    lr=0.1, batch_size=128, optimizer=functools.partial(torch.optim.SGD, lr=0.1), path=pathlib.PurePosixPath("data"))
config = instance(
    DictConfig, _metadata=instance(Metadata, ref_type=object, object_type=dict, optional=True),
    _content={"lr": instance(AnyNode, _val=0.1)}, _parent=None)
lightning = {
    "epoch": 3, "global_step": 1000, "pytorch-lightning_version": "2.2.1", "state_dict": state("model."),
    "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 3}}}},
    "callbacks": {"ModelCheckpoint{'monitor': 'val/acc'}": {
        "best_model_score": torch.tensor(0.93), "best_k_models": {"a.ckpt": torch.tensor(0.93)}, "dirpath": "runs"}},
    "optimizer_states": [torch.optim.SGD(lenet.parameters(), lr=0.1).state_dict()], "lr_schedulers": [schedule.state_dict()], "hparams_name": "kwargs",
    "hyper_parameters": hparams}
MODEL = "under 'state_dict', without the prefix 'model.'"
save("lightning.ckpt", lightning, MODEL)
save("lightning_omegaconf.ckpt", {**lightning, "hyper_parameters": config}, MODEL)
save("lightning_loss.ckpt", {
    **lightning, "state_dict": {**state("model."), "criterion.weight": torch.ones(10),
                                "metric.hits": torch.zeros(10, dtype=torch.int64)}}, MODEL)
save("lightning_teacher.ckpt", {
    **lightning, "state_dict": {**noise("student.net."), **state("teacher.net.")}},
    "under 'state_dict.teacher', without the prefix 'net.'", "teacher")

# fastai: what `save` and what `export` write.
Learner = foreign("fastai.learner", "Learner")
Loaders = foreign("fastai.data.core", "DataLoaders")
save("fastai.pth", {"model": state(), "opt": {"state": [{"mom": 0.9}], "hypers": [{"lr": 0.1}]}}, "under 'model'")
LeNet.__module__ = "models.lenet"
LeNet.__qualname__ = "LeNet"
sys.modules["models"] = types.ModuleType("models")
sys.modules["models.lenet"] = types.ModuleType("models.lenet")
sys.modules["models.lenet"].LeNet = LeNet
save("fastai_export.pkl", instance(
    Learner, dls=instance(Loaders, path=pathlib.PurePosixPath("data")), model=lenet, lr=0.1, loss_func=nn.CrossEntropyLoss()),
    "under 'model'")

# Self-supervised training: the network is a part of what is saved.
save("simclr.pth", {"state_dict": {**state("backbone."), "projector.0.weight": torch.ones(4, 4)}},
     "under 'state_dict', without the prefix 'backbone.'")
moco = {**state("module.encoder_q."), **noise("module.encoder_k."), "module.queue": torch.ones(4, 8),
        "module.queue_ptr": torch.tensor([3])}
save("moco.pth.tar", {"epoch": 3, "arch": "lenet", "state_dict": moco}, "under 'state_dict.encoder_q'", "encoder_q")
save("dino.pth", {"student": noise("module.backbone."), "teacher": state("backbone."), "center": torch.ones(1, 8)},
     "under 'teacher', without the prefix 'backbone.'", "teacher")

# Wrappers of modules.
save("parallel_twice.pth", state("module.module."), "without the prefix 'module.module.'")
save("compiled.pth", {"model": state("_orig_mod.")}, "under 'model', without '_orig_mod.' in their names")
averaged = torch.optim.swa_utils.AveragedModel(lenet)
save("averaged.pth", averaged.state_dict(), "without the prefix 'module.'")
save("fsdp.pth", collections.OrderedDict(
    ("_fsdp_wrapped_module." + name.replace("fc1.", "fc1._fsdp_wrapped_module."), tensor)
    for name, tensor in state().items()), "without '_fsdp_wrapped_module.' in their names")
save("checkpoint_wrapper.pth", collections.OrderedDict(
    (name.replace("conv2.", "conv2._checkpoint_wrapped_module."), tensor) for name, tensor in state().items()),
    "without '_checkpoint_wrapped_module.' in their names")

# Whole modules, and objects that hold one.
ModelEma = foreign("timm.utils.model_ema", "ModelEmaV2")
save("module.pth", lenet)
save("module_legacy.pth", lenet, _use_new_zipfile_serialization=False)
save("module_parallel.pth", {"model": nn.DataParallel(lenet)}, "under 'model', without the prefix 'module.'")
save("module_holder.pth", {"ema": instance(ModelEma, module=lenet, decay=0.999, device=None), "epoch": 3},
     "under 'ema.module'")
ResNet.__module__ = BasicBlock.__module__ = "models.lenet"
sys.modules["models.lenet"].ResNet, sys.modules["models.lenet"].BasicBlock = ResNet, BasicBlock
save("module_buffers.pth", resnet, network="resnet")
save("resnet.pth", {"state_dict": resnet.state_dict()}, UNDER, network="resnet")
del resnet.mean  # TorchScript does not note which buffers are saved
with torch.no_grad():
    save_script(torch.jit.trace(resnet, torch.from_numpy(INPUTS["color"])), layout("traced.pt", network="resnet"))
del sys.modules["models.lenet"], sys.modules["models"]


class Scripted(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.fc1, self.fc2, self.fc3 = (
            lenet.conv1, lenet.conv2, lenet.fc1, lenet.fc2, lenet.fc3)

    def forward(self, x):
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.tanh(self.fc2(torch.tanh(self.fc1(x)))))


save_script(torch.jit.script(Scripted().eval()), layout("scripted.pt"))

# Values that pickles hold, and tensors with something on them.
foreign("project.config", "Config")
Color = enum.Enum("Color", "RED GREEN", module="project.config")
sys.modules["project.config"].Color = Color
values = {
    "state_dict": state(), "set": {1, "a"}, "frozen": frozenset([2]), "bytes": b"x", "bytearray": bytearray(b"yz"),
    "complex": 1 + 2j, "range": range(3), "slice": slice(1, 2), "counter": collections.Counter("abca"),
    "default": collections.defaultdict(list, {"a": [1]}), "deque": collections.deque([1, 2], maxlen=4),
    "date": datetime.date(2024, 5, 6), "delta": datetime.timedelta(seconds=3), "zone": datetime.timezone.utc,
    "path": pathlib.PurePosixPath("a/b"), "enum": Color.RED, "big": 1 << 200, "negative": -(1 << 40), "dtype": torch.half,
    "numpy": np.dtype("float32"), "scalar": np.float64(1.5), "text": np.str_("x"), "flag": np.bool_(True),
    "array": np.ones((2, 3)), "size": torch.Size([1, 2]), "generator": torch.get_rng_state(), "none": None,
    "simple": types.SimpleNamespace(a=1), "function": F.relu, "builtin": F.avg_pool2d,
    "class": nn.ReLU}
for protocol in (2, 4, 5):
    save(f"values_{protocol}.pth", values, UNDER, pickle_protocol=protocol)
save("values_legacy.pth", values, UNDER, _use_new_zipfile_serialization=False)


def marked(tensor):
    tensor._is_hf_initialized = True
    return tensor


save("attributes.pth", state(change=marked))
save("parameters.pth", state(change=nn.Parameter))
save("buffers.pth", state(change=lambda tensor: nn.Buffer(tensor)))
save("ring.pth", (lambda ring: ring.update(self=ring, state_dict=state(), list=[ring]) or ring)({}), UNDER)

# Formats.
save("double.pth", state(change=torch.Tensor.double))
save("channels_last.pth", state(
    change=lambda tensor: tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor))
shared = torch.cat([tensor.flatten() for tensor in state().values()])
views, start = collections.OrderedDict(), 0
for name, tensor in state().items():
    views[name] = shared[start:start + tensor.numel()].view(tensor.shape)
    start += tensor.numel()
save("one_storage.pth", views)
with zipfile.ZipFile(folder / "plain.pth") as source, \
        zipfile.ZipFile(layout("deflated.pth"), "w", zipfile.ZIP_DEFLATED) as target:
    for name in source.namelist():
        target.writestr(name, source.read(name))
save_file(state(), layout("plain.safetensors"))
save_file(state("model."), layout("prefixed.safetensors", "without the prefix 'model.'"))
arrays = {name: tensor.numpy() for name, tensor in state().items()}
np.savez(layout("stored.npz"), **arrays)
np.savez_compressed(layout("deflated.npz"), **arrays)
np.savez(layout("fortran.npz"), **{name: np.asfortranarray(array) for name, array in arrays.items()})
np.savez(layout("big_endian.npz"), **{name: array.astype(">f4") for name, array in arrays.items()})
with zipfile.ZipFile(layout("python2.npz"), "w") as target:
    # As NumPy wrote it under Python 2: long integers in the shape, keys in any order.
    for name, array in arrays.items():
        shape = ", ".join(f"{extent}L" for extent in array.shape) + ("," if array.ndim == 1 else "")
        text = f"{{'shape': ({shape}), 'fortran_order': False, 'descr': '<f4'}}"
        text += " " * (-(10 + len(text) + 1) % 16) + "\n"
        header = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
        target.writestr(name + ".npy", header + array.tobytes())

# Names of the repositories that people train CIFAR networks with.
akamaster = made("akamaster", repositories.AkamasterResNet(width=2))
save("akamaster.th", {"state_dict": state("module.", akamaster), "best_prec1": 91.7},
     "under 'state_dict', without the prefix 'module.'", network="akamaster")
for name, network in [
        ("veit", repositories.VeitDenseNet(bearpaw=False)), ("bearpaw", repositories.VeitDenseNet(bearpaw=True)),
        ("bearpaw_plain", repositories.VeitDenseNet(True, depth=7, bottleneck=False, reduction=1)),
        ("pleiss", repositories.PleissDenseNet()), ("pleiss_old", repositories.PleissDenseNet(old_names=True))]:
    save(f"{name}.pth", made(name, network).state_dict(), network=name)
if len(sys.argv) > 1:
    wide = made("xternalz", repositories.XternalzWideResNet())
    save("xternalz.pth", {"epoch": 3, "state_dict": wide.state_dict(), "best_prec1": 95.0}, UNDER, network="xternalz")
    save("szagoruyko.pt7", {"params": wide.functional_names(), "epoch": 3}, "under 'params'", network="xternalz")
    save("prlz.pytorch", made("prlz", repositories.PrlzResNeXt()).state_dict(), network="prlz")

(folder / "layouts.txt").write_text("\n".join(rows) + "\n")
print(f"{len(rows)} layouts in {folder}")
