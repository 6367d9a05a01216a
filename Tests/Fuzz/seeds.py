#!/usr/bin/env python3
"""Writes inputs for the fuzz targets to start from: the fixtures of the tests, and small files of each other kind.

    seeds.py FOLDER          FOLDER/TARGET/NAME for each target
"""

import gzip
import io
import json
import pathlib
import pickle
import struct
import sys
import zipfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
IMAGES = TESTS / "InputsTests" / "Fixtures"
WEIGHTS = [TESTS / "WeightsTests" / "Fixtures", TESTS / "CLITests" / "Fixtures" / "layouts"]
SUFFIXES = {
    "png": [".png"], "jpeg": [".jpg"], "webp": [".webp"], "tiff": [".tiff"], "gif": [".gif"], "bmp": [".bmp"],
    "pnm": [".pbm", ".pgm", ".ppm"],
}
LONGEST = 1 << 14
EPOCH = {"kind": "epoch", "epoch": 1, "train_loss": 2.5, "test_loss": 2.25, "train_accuracy": 0.5, "test_accuracy": 1}


def idx(magic, extents, values):
    return struct.pack(f">{1 + len(extents)}I", magic, *extents) + bytes(values)


def npy(description, shape, content, version=1):
    header = repr({"descr": description, "fortran_order": False, "shape": shape}).encode() + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + content


def safetensors_header(metadata=None):
    header = {"__metadata__": metadata} if metadata else {}
    header["a.weight"] = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
    header["a.bias"] = {"dtype": "BF16", "shape": [3], "data_offsets": [24, 30]}
    header["n"] = {"dtype": "I64", "shape": [], "data_offsets": [30, 38]}
    header["rest"] = {"dtype": "U8", "shape": [218], "data_offsets": [38, 256]}
    return json.dumps(header).encode()


DESCRIPTION = {
    "model": "lenet5_modern", "settings": "width=3", "input_shape": "1x28x28", "classes": "10", "mean": "0.5",
    "std": "0.25", "deviation": "0.25", "resize": "28", "interpolation": "bilinear", "conversion": "fashion-mnist",
    "data": "here", "class_names": '["a\\n", "b"]',
}


def generated():
    yield "safetensors-header", "plain", safetensors_header()
    yield "safetensors-header", "described", safetensors_header(DESCRIPTION)
    header = safetensors_header(DESCRIPTION)
    yield "safetensors", "described", struct.pack("<Q", len(header)) + header + bytes(256)

    for kind in ["<f4", ">f8", "<f2", "|u1", "<i8", "|b1"]:
        yield "npy", kind[1:] + kind[0], npy(kind, (2, 3), bytes(6 * int(kind[2])))
    yield "npy", "version2", npy("<f4", (), bytes(4), version=2)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("w.npy", npy("<f4", (3,), bytes(12)))
        file.writestr("b.npy", npy("<f2", (0, 2), b""))
    yield "npz", "deflated", archive.getvalue()

    for protocol in range(2, 6):
        value = {"epoch": 3, "list": [1, 2.5, None, True, "text", b"bytes"], "nested": {"set": (1, 2)}, 7: 1 << 70}
        yield "torch-pickle", f"values{protocol}", pickle.dumps(value, protocol)

    yield "idx-images", "two", idx(0x803, [2, 2, 3], range(12))
    yield "idx-images", "gzip", gzip.compress(idx(0x803, [2, 2, 3], range(12)), mtime=0)
    yield "idx-labels", "two", idx(0x801, [2], [3, 9])
    yield "idx-labels", "gzip", gzip.compress(idx(0x801, [2], [3, 9]), mtime=0)
    yield "cifar10", "one", bytes([9]) + bytes(3072)
    yield "cifar10", "gzip", gzip.compress((bytes([9]) + bytes(3072)) * 2, mtime=0)
    yield "cifar100", "one", bytes([1, 99]) + bytes(3072)
    yield "cifar10-python", "one", (
        b"\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x01M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ"
        b"\xff\xff\xff\xffK\x00tb\x89T\x00\x0c\x00\x00" + bytes(3072) + b"tbU\x06labels]K\x03aU\x0blabel_names]u.")
    yield "cifar10-python", "protocol0", (
        b"(dVlabels\n(lI3\nasVdata\np0\ncnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I1\n"
        b"I3072\ntcnumpy\ndtype\n(S'u1'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI01\nS'"
        + b"\\n" * 16 + b"a" * 3056 + b"'\ntbsV\\u006eote\ng0\ns.")
    for name, kind, pixels in [("keras", "|u1", bytes(40)), ("floats", "<f4", struct.pack("<40f", *[0.5] * 40))]:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            for part in ["train", "test"]:
                file.writestr(f"x_{part}.npy", npy(kind, (2, 4, 5), pixels))
                file.writestr(f"y_{part}.npy", npy("<i8", (2, 1), bytes(16)))
        yield "array-archive", name, archive.getvalue()
    yield "image-table", "header", b'path,label,split\na.png,cat,train\n"b, c.png","a ""dog""",val\n'
    yield "image-table", "bare", b"\xef\xbb\xbfa.png,0\r\n/b.png,1\r\n"
    yield "image-folder", "classes", b"cat/1.png\ncat/2.JPG\ndog/a/b.webp\ndog/Thumbs.db\n.hidden/x.png\n__MACOSX/\n"
    yield "image-folder", "splits", b"train/cat/1.png\ntrain/dog/2.png\nval/cat/3.png\ntest/dog/@train\n"
    yield "image-folder", "links", b"a/1.png\nb@a\na/c@a\na/d@b\ne@e\nf/\xff.png\n"
    yield "image-folder", "idx", b"MNIST/raw/train-images-idx3-ubyte\nraw/train-images-idx3-ubyte.gz\n"
    yield "image-folder", "emnist", (
        b"gzip/emnist-letters-train-images-idx3-ubyte\ngzip/emnist-mnist-train-images-idx3-ubyte.gz\n")
    yield "image-folder", "cifar", b"data_batch_1.bin\ntest_batch.bin\nbatches.meta.txt/\n"
    yield "path-list", "lines", b"\xef\xbb\xbfa.png\r\nb.png \n\nc\0d.png\n" + b"x" * 4200 + b"\n\xff\xfe.png"

    yield "labels", "lines", b"cat\ndog\nbird\n"
    yield "labels", "synset", b"n01440764 tench, Tinca tinca\nn01443537 goldfish\nn01484850 great white shark\n"
    yield "labels", "list", b'["cat", \'dog\', "a\\u00e9\\ud83d\\ude00"]'
    yield "labels", "dictionary", b"{0: 'cat', 1: \"dog\", 2: 'b\\'ird'}"
    yield "labels", "pairs", b'{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"], "2": ["n", "s"]}'
    yield "labels", "by-name", b'{"cat": 0, "dog": 1, "bird": 2}'
    yield "json", "values", b'{"a": [1, -2.5e3, true, null, 18446744073709551615], "b\\n": {"\\ud83d\\ude00": ""}}'
    yield "json", "deep", b"[" * 70 + b"]" * 70
    yield "json", "words", b"[[true], {\"a\": [null]}, [false]]"
    yield "json", "large-number", b'{"a": [1, -2.5e1, 1e30818446744073709551615], "b\\n": {"\\ud83d\\ude00": "?"}}'
    yield "run-config", "settings", json.dumps({
        "epochs": 2, "data": "here", "data_path": "/here", "batch_size": 4, "optimizer": "sgd", "learning_rate": 0.1,
        "schedule": "cosine", "warmup_epochs": 0, "weight_decay": 0.0001, "decay_vectors": True,
        "loss": "cross-entropy", "gradient_limit": None, "average_decay": 0.5, "augmentation": "flip",
        "initialization": "torch", "seed": 7}).encode()
    yield "run-config", "plain", b'{\n  "epochs": 2,\n  "data": "there",\n  "data_path": "/here",\n  "seed": 7\n}\n'
    yield "metrics", "two", (json.dumps(EPOCH) + "\n" + json.dumps(EPOCH | {"epoch": 2, "test_loss": 1e9}) + "\n").encode()
    large = {"kind": "epoch", "epoch": 1, "train_loss": 66666666666666666666666666666666666661.5}
    yield "metrics", "large", (json.dumps(large) + "\n" + json.dumps(large | {"epoch": 2}) + "\n").encode()
    larger = {"kind": "epoch", "epoch": 2, "train_loss": 6.66666666666666666666666666666666666615e46}
    smaller = larger | {"epoch": 1, "train_loss": 2.5}
    yield "metrics", "larger", (json.dumps(smaller) + "\n" + json.dumps(larger) + "\n").encode()
    yield "tuning", "two", (
        b"cnnzoo tuning 1\ncpu a CPU\navx2\t2\tconv 3x3\twinograd\navx512\t1\tconv 1x1\tgemm\nend 2 0\n")


def fixtures():
    for path in sorted(IMAGES.iterdir()):
        for target, suffixes in SUFFIXES.items():
            if path.suffix in suffixes:
                yield target, path.name, path.read_bytes()
    for path in sorted(path for folder in WEIGHTS for path in folder.iterdir()):
        content = path.read_bytes()
        if path.suffix in [".npy", ".npz", ".safetensors"]:
            yield path.suffix[1:], path.name, content
        elif content.startswith(b"PK"):
            yield "torch", path.name, content
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith("data.pkl"):
                        yield "torch-pickle", path.name, archive.read(name)
        elif content.startswith(b"\x80"):
            yield "torch-legacy", path.name, content


def main():
    folder = pathlib.Path(sys.argv[1])
    for target, name, content in [*generated(), *fixtures()]:
        if len(content) <= LONGEST:
            (folder / target).mkdir(parents=True, exist_ok=True)
            (folder / target / name).write_bytes(content)


if __name__ == "__main__":
    main()
