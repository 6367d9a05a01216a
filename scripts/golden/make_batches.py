"""Writes data sets in the containers that Python users have: pickled CIFAR batches and NumPy archives.

    python make_batches.py Tests/DatasetsTests/Fixtures

Values follow formulas that the tests repeat: byte j of CIFAR image i is (7 i + 3 j + j // 1024) % 256, its label is
(3 i + 1) % 10; byte k of an array of images is 5 k % 256, and the label of image i is i % 3.
"""

import pathlib
import pickle
import struct
import sys

import numpy as np


def rows(count):
    i, j = np.indices((count, 3072))
    return ((7 * i + 3 * j + j // 1024) % 256).astype(np.uint8)


def labels(count):
    return [(3 * i + 1) % 10 for i in range(count)]


def python2(items):
    """A dictionary as cPickle of Python 2 wrote it with protocol 2, which is what CIFAR is published as."""

    def text(value):
        value = value.encode("latin1") if isinstance(value, str) else value
        return (b"U" + bytes([len(value)]) if len(value) < 256 else b"T" + struct.pack("<I", len(value))) + value

    def value(item):
        if isinstance(item, str):
            return text(item)
        if isinstance(item, list):
            each = b"".join(text(x) if isinstance(x, str) else b"K" + bytes([x]) for x in item)
            return b"](" + each + b"e"
        assert item.dtype == np.uint8
        shape = b"".join(b"M" + struct.pack("<H", extent) for extent in item.shape)
        return (
            b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01"
            + shape + bytes([0x84 + item.ndim]) + b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
            + b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89" + text(item.tobytes()) + b"tb"
        )

    return b"\x80\x02}(" + b"".join(text(key) + value(item) for key, item in items.items()) + b"u."


def python2_text(data, labels):
    """The same with protocol 0: a line for everything, text as its repr."""
    names = "".join(f"I{label}\na" for label in labels)
    rows, columns = data.shape
    return (
        f"(dp1\nS'labels'\np2\n(lp3\n{names}sS'data'\np4\ncnumpy.core.multiarray\n_reconstruct\np5\n(cnumpy\nndarray\np6\n"
        f"(I0\ntp7\nS'b'\np8\ntp9\nRp10\n(I1\n(I{rows}\nI{columns}\ntp11\ncnumpy\ndtype\np12\n(S'u1'\np13\nI0\nI1\ntp14\n"
        f"Rp15\n(I3\nS'|'\np16\nNNNI-1\nI-1\nI0\ntp17\nbI00\nS{repr(data.tobytes())[1:]}\np18\ntp19\nbs."
    ).encode("ascii")


def main(folder):
    out = pathlib.Path(folder)
    ten = out / "cifar-10-batches-py"
    hundred = out / "cifar-100-python"
    for path in (ten, hundred):
        path.mkdir(parents=True, exist_ok=True)
    published = {"batch_label": "training batch 1 of 5", "labels": labels(2), "data": rows(2),
                 "filenames": ["a.png", "b.png"]}
    (ten / "data_batch_1").write_bytes(python2(published))
    # The same by Python 3: text is Unicode, bytes have opcodes of their own, arrays have three forms.
    for protocol in (2, 3, 4, 5):
        batch = {"labels": labels(2) if protocol < 4 else np.array(labels(2)), "data": rows(2)}
        (ten / f"data_batch_{protocol}").write_bytes(pickle.dumps(batch, protocol=protocol))
    (ten / "test_batch").write_bytes(python2({"labels": labels(1), "data": rows(1)}))
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    (ten / "batches.meta").write_bytes(python2({"label_names": names}))
    for name, count in (("train", 2), ("test", 1)):
        fine = {"fine_labels": [9 * label for label in labels(count)], "coarse_labels": [0] * count,
                "data": rows(count)}
        (hundred / name).write_bytes(python2(fine))
    (hundred / "meta").write_bytes(python2({"fine_label_names": [f"class{i}" for i in range(100)]}))

    # Forms that are rarer: protocols without a header, and arrays in Fortran's order.
    other = out / "cifar-10-other-forms"
    other.mkdir(exist_ok=True)
    batch = {"labels": labels(2), "data": rows(2)}
    fortran = {"labels": labels(2), "data": np.asfortranarray(rows(2))}
    (other / "data_batch_1").write_bytes(python2_text(**batch))
    (other / "data_batch_2").write_bytes(pickle.dumps(batch, protocol=0))
    (other / "data_batch_3").write_bytes(pickle.dumps(batch, protocol=1))
    (other / "data_batch_4").write_bytes(pickle.dumps(fortran, protocol=2))
    (other / "data_batch_5").write_bytes(pickle.dumps(fortran, protocol=5))
    (other / "test_batch").write_bytes(pickle.dumps({"labels": labels(1), "data": rows(1)}, protocol=0))
    (other / "batches.meta").write_bytes(pickle.dumps({"label_names": [f"klass\u00e9{i}" for i in range(10)]}, protocol=0))

    def images(*shape):
        return (5 * np.arange(np.prod(shape)) % 256).astype(np.uint8).reshape(shape)

    def each(count, kind):
        return (np.arange(count) % 3).astype(kind)

    np.savez(out / "keras.npz", x_train=images(6, 4, 5), y_train=each(6, np.uint8), x_test=images(3, 4, 5),
             y_test=each(3, np.uint8))
    np.savez_compressed(out / "color.npz", x_train=images(6, 4, 5, 3), y_train=each(6, np.int64)[:, None],
                        x_test=images(3, 4, 5, 3), y_test=each(3, np.int64)[:, None])
    np.savez(out / "planes.npz", x_train=images(6, 3, 4, 5), y_train=each(6, np.int32),
             x_test=np.asfortranarray(images(3, 3, 4, 5)), y_test=each(3, ">i4"))
    np.savez(out / "medmnist.npz", train_images=images(6, 4, 5), train_labels=each(6, np.uint8)[:, None],
             val_images=images(3, 4, 5), val_labels=each(3, np.uint8)[:, None], test_images=images(3, 4, 5),
             test_labels=each(3, np.uint8)[:, None], names=np.array(["a", "b", "c"]))
    both = {"y_train": each(6, np.uint8), "y_test": each(3, np.uint8)}
    pixels = {"x_train": images(6, 4, 5), "x_test": images(3, 4, 5)}
    np.savez(out / "floats255.npz", **both, **{name: array.astype(np.float64) for name, array in pixels.items()})
    np.savez(out / "int64.npz", **both, **{name: array.astype(np.int64) for name, array in pixels.items()})
    np.savez(out / "normalized.npz", **both, **{name: array / np.float32(127.5) - 1 for name, array in pixels.items()})
    np.savez(out / "nan.npz", **both, x_train=np.full((6, 4, 5), np.nan, np.float32), x_test=pixels["x_test"])
    np.savez(out / "floats.npz", x_train=images(6, 4, 5) / np.float32(255), y_train=each(6, np.uint8),
             x_test=images(3, 4, 5) / np.float32(255), y_test=each(3, np.uint8))


if __name__ == "__main__":
    main(sys.argv[1])
