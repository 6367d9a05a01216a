#!/usr/bin/env python3
"""Writes a folder of random images of every kind, sound and damaged, and how Pillow decodes them.

    python scripts/golden/make_many_images.py FOLDER [--count 600] [--seed 1]
    CNNZOO_IMAGES=FOLDER swift test -c release --filter ManyImagesTests

`decoded.txt` has one line per image: name, whether it is `sound` or `damaged`, and width, height and the FNV-1a 64 hash
of the RGB bytes of `exif_transpose(image).convert("RGB")`, or `refused`. The test fails if cnnzoo gives any image other
pixels, or refuses a sound one that Pillow reads.
"""

import argparse
import io
import pathlib
import random
import struct
import warnings
import zlib

import numpy
from PIL import Image, ImageOps, __version__

from make_image_fixtures import (
    bmp, chunk, exif, fnv, interlaced, packed, png, raw_profile, saved, scene, tiff, without_adobe, ycck,
)  # fmt: skip

warnings.simplefilter("ignore")
Image.MAX_IMAGE_PIXELS = 1 << 22


def pixels(draw, channels):
    """A scene or noise of random size, `[height, width, channels]`."""
    width, height = draw.choice([1, 2, 7, 8, 9, 16, 17, 33, 40, 65]), draw.choice([1, 2, 7, 8, 15, 16, 31, 34, 50])
    if draw.random() < 0.3:
        return numpy.random.default_rng(draw.randrange(1 << 30)).integers(0, 256, (height, width, channels), numpy.uint8)
    return scene(width, height, channels, seed=draw.randrange(1000))


def tagged(draw):
    """EXIF data with an orientation, mostly a valid one."""
    value = draw.choice([1, 2, 3, 4, 5, 6, 7, 8, 3, 6, 8, 0, 9])
    return exif(value, draw.choice("<>"), again=draw.choice([None, None, 4]))


def xmp(draw):
    value = draw.choice(range(1, 10))
    return draw.choice([b'<x tiff:Orientation="%d"/>', b"<tiff:Orientation>%d</tiff:Orientation>"]) % value


def png_place(draw):
    """A chunk that may tell an orientation."""
    content, keyword = draw.choice([
        (raw_profile(tagged(draw)), b"Raw profile type exif"),
        (xmp(draw), b"XML:com.adobe.xmp"),
    ])  # fmt: skip
    packed_text = zlib.compress(content)
    return draw.choice([
        chunk(b"eXIf", tagged(draw)[6:]),
        chunk(b"tEXt", keyword + b"\0" + content),
        chunk(b"zTXt", keyword + b"\0\0" + packed_text),
        chunk(b"iTXt", keyword + b"\0\0\0\0\0" + content),
        chunk(b"iTXt", keyword + b"\0\1\0de\0Wort\0" + packed_text),
    ])  # fmt: skip


def make_png(draw):
    color, depth = draw.choice([(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)])
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    part = pixels(draw, channels)
    before = b"".join(png_place(draw) for _ in range(draw.choice([0, 0, 1, 2])))
    if color == 3:
        part = part >> (8 - depth)
        colors = draw.choice([1 << depth, 1 << depth, max(1, (1 << depth) - 3)])
        before += chunk(b"PLTE", scene(colors, 1, 3, seed=5).tobytes())
        if draw.random() < 0.4:
            before += chunk(b"tRNS", bytes(draw.randrange(256) for _ in range(draw.randrange(1, colors + 1))))
    elif depth < 8:
        part = part >> (8 - depth)
    elif depth == 16:
        part = part.astype(numpy.uint16) * draw.choice([1, 3, 257])
    if depth < 8:
        pack = lambda rows: list(packed(rows[..., 0], depth))
    else:
        pack = lambda rows: [row.astype(">u2" if depth == 16 else "u1").tobytes() for row in rows]
    if draw.random() < 0.4:
        return interlaced(part, depth, color, pack, before)
    after = b"".join(png_place(draw) for _ in range(draw.choice([0, 0, 0, 1])))
    return png(part.shape[1], part.shape[0], depth, color, pack(part), before, after)


def make_saved_png(draw):
    mode = draw.choice(["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
    image = Image.fromarray(pixels(draw, 4), "RGBA")
    options = dict(compress_level=draw.randrange(10), optimize=draw.random() < 0.3)
    if mode == "I;16":
        image = Image.fromarray(pixels(draw, 1)[..., 0].astype(numpy.uint16) * 5)
    elif mode == "P":
        image = image.convert("RGB").quantize(draw.choice([2, 4, 16, 200]))
    else:
        image = image.convert(mode)
    if draw.random() < 0.5:
        options["exif"] = tagged(draw)
    return saved(image, "PNG", **options)


def make_jpeg(draw):
    mode = draw.choice(["L", "RGB", "RGB", "RGB", "CMYK"])
    part = pixels(draw, len(mode) if mode != "L" else 1)
    image = Image.fromarray(part[..., 0]) if mode == "L" else Image.frombytes(mode, part.shape[1::-1], part.tobytes())
    options = dict(quality=draw.randrange(1, 101), progressive=draw.random() < 0.4, optimize=draw.random() < 0.3)
    if mode == "RGB":
        options["subsampling"] = draw.randrange(3)
        options["keep_rgb"] = options["subsampling"] == 0 and draw.random() < 0.3
    if draw.random() < 0.3:
        options["restart_marker_blocks"] = draw.randrange(1, 5)
    if draw.random() < 0.5:
        options["exif"] = tagged(draw)
    if draw.random() < 0.2:
        options["xmp"] = xmp(draw)
    data = saved(image, "JPEG", **options)
    if mode == "CMYK":
        data = draw.choice([lambda d: d, without_adobe, lambda d: ycck(d) if options.get("subsampling") is None else d])(data)
    if draw.random() < 0.2:
        scan = data.index(b"\xff\xda")
        data = data[:scan] + bytes(draw.randrange(255) for _ in range(draw.randrange(1, 300))) + data[scan:]
    if draw.random() < 0.2:
        data = data[:-2] + b"\x33" * draw.randrange(1, 300) + data[-2:]
    return data + b"rest" * draw.choice([0, 0, 0, 5])


def make_webp(draw):
    image = Image.fromarray(pixels(draw, draw.choice([3, 4])))
    options = dict(lossless=draw.random() < 0.4, quality=draw.randrange(101), exact=True, method=draw.randrange(4))
    if draw.random() < 0.4:
        options["exif"] = tagged(draw)
    if draw.random() < 0.2:
        options["xmp"] = xmp(draw)
    if draw.random() < 0.2:
        other = Image.fromarray(numpy.asarray(image)[::-1].copy())
        options.update(save_all=True, append_images=[other], duration=30)
    return saved(image, "WEBP", **options)


def make_gif(draw):
    image = Image.fromarray(pixels(draw, 3)).quantize(draw.choice([2, 3, 17, 256]))
    if draw.random() < 0.2:
        image = image.convert(draw.choice(["L", "1"]))
    options = dict(interlace=draw.randrange(2))
    if draw.random() < 0.3:
        options["transparency"] = draw.randrange(3)
    if draw.random() < 0.2:
        options.update(save_all=True, append_images=[image.transpose(Image.Transpose.ROTATE_180)])
    data = saved(image, "GIF", **options)
    if draw.random() < 0.2 and b",\0\0\0\0" in data:
        data = data.replace(b",\0\0\0\0", b"," + struct.pack("<HH", draw.randrange(9), draw.randrange(9)), 1)
    return data


def make_bmp(draw):
    kind = draw.choice(["saved", 16, 24, 32, 8, 4, 1])
    if kind == "saved":
        mode = draw.choice(["1", "L", "P", "RGB", "RGBA"])
        image = Image.fromarray(pixels(draw, 4), "RGBA")
        image = image.convert("RGB").quantize(40) if mode == "P" else image.convert(mode)
        return saved(image, "BMP")
    part = pixels(draw, 1 if kind <= 8 else kind // 8)
    height, width = part.shape[:2]
    lines = [next(packed([row[:, 0] >> (8 - kind)], kind)) if kind < 8 else row.tobytes() for row in part]
    data = b"".join(line + b"\0" * (-len(line) % 4) for line in lines)
    palette = scene(1 << min(kind, 8), 1, 4, seed=draw.randrange(9)).tobytes() if kind <= 8 else b""
    return bmp(width, draw.choice([1, -1]) * height, kind, data, palette, header=draw.choice([40, 40, 56, 108, 124]))


def make_pnm(draw):
    kind = draw.randrange(1, 7)
    part = pixels(draw, 3 if kind in (3, 6) else 1)
    height, width = part.shape[:2]
    header = b"P%d\n%d %d\n" % (kind, width, height)
    if kind in (1, 4):
        bits = part[..., 0] >> 7
        return header + (b" ".join(b"%d" % bit for bit in bits.reshape(-1)) if kind == 1 else b"".join(packed(bits, 1)))
    maximum = draw.choice([255, 255, 7, 200, 300, 4095, 65535])
    values = part.astype(numpy.int64) * maximum // 255
    header += b"%d\n" % maximum
    if kind <= 3:
        return header + b"\n".join(b"%d" % value for value in values.reshape(-1)) + b"\n"
    return header + values.astype(">u2" if maximum > 255 else "u1").tobytes()


def make_tiff(draw):
    if draw.random() < 0.5:
        mode, coding = draw.choice([("1", "group3"), ("1", "group4"), ("1", "packbits"), ("L", "tiff_lzw"), ("RGB", "jpeg"), ("L", "jpeg"), ("P", "tiff_deflate"), ("RGB", "tiff_lzw"), ("RGBA", "tiff_adobe_deflate"), ("CMYK", "packbits"), ("RGB", "raw"), ("RGB", "zstd"), ("RGB", "lzma")])
        image = Image.fromarray(pixels(draw, 4), "RGBA").convert("RGB")
        image = image.quantize(30) if mode == "P" else image.convert(mode)
        extra = {}
        if draw.random() < 0.3:
            extra["tiffinfo"] = {274: draw.randrange(1, 9)}
        if coding in ("tiff_lzw", "tiff_adobe_deflate") and draw.random() < 0.5:
            extra.setdefault("tiffinfo", {})[317] = 2
        return saved(image, "TIFF", compression=coding, **extra)
    channels = draw.choice([1, 3, 4])
    depth = draw.choice([8, 8, 16])
    part = pixels(draw, channels)
    endian = draw.choice("<>")
    height, width = part.shape[:2]
    tags = dict(Samples=channels, Bits=[depth] * channels, Photometric={1: 1, 3: 2, 4: draw.choice([2, 5])}[channels])
    if channels == 4 and tags["Photometric"] == 2:
        tags["Extra"] = draw.randrange(3)
    if depth == 16:
        part = part.astype(numpy.uint16) * draw.choice([1, 3, 257])
    part = part.astype(endian + "u2" if depth == 16 else "u1")
    # Pillow takes plain 16-bit planes for 8-bit ones.
    separate = channels > 1 and depth == 8 and draw.random() < 0.3
    planes = [part[..., c] for c in range(channels)] if separate else [part]
    if len(planes) > 1:
        tags["Planes"] = 2
    blocks = []
    if draw.random() < 0.4:
        tags.update(TileWidth=16, TileHeight=32)
        for plane in planes:
            padded = numpy.zeros((-(-height // 32) * 32, -(-width // 16) * 16, *plane.shape[2:]), plane.dtype)
            padded[:height, :width] = plane
            blocks += [padded[y : y + 32, x : x + 16].tobytes() for y in range(0, height, 32) for x in range(0, width, 16)]
    else:
        tags["Rows"] = rows = draw.choice([1, 4, height])
        blocks = [plane[y : y + rows].tobytes() for plane in planes for y in range(0, height, rows)]
    if draw.random() < 0.4:
        tags["Compression"] = draw.choice([8, 32946])
        blocks = [zlib.compress(block) for block in blocks]
    if draw.random() < 0.4:
        tags["Orientation"] = draw.randrange(1, 9)
    return tiff(width, height, blocks, endian, **tags)


def damaged(draw, data):
    """The same file cut, with bytes changed, or with bytes put in or taken out."""
    data = bytearray(data)
    for _ in range(draw.choice([1, 1, 1, 2, 5])):
        place = draw.randrange(len(data))
        kind = draw.randrange(6)
        if kind == 0:
            del data[max(1, place) :]
        elif kind == 1:
            data[place] ^= 1 << draw.randrange(8)
        elif kind == 2:
            data[place] = draw.randrange(256)
        elif kind == 3:
            data[place:place] = bytes(draw.randrange(256) for _ in range(draw.randrange(1, 9)))
        elif kind == 4:
            del data[place : place + draw.randrange(1, 9)]
        else:
            del data[-draw.randrange(1, 40) :]
        if not data:
            return b"\0"
    return bytes(data)


def seen_by_pillow(data):
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
        rgb = image.convert("RGB") if image.mode != "LAB" else None
    except Exception:
        return "refused"
    try:
        rgb = ImageOps.exif_transpose(image).convert("RGB")
    except Exception:
        pass  # metadata that cannot be read turn nothing
    return f"{rgb.width} {rgb.height} {fnv(rgb.tobytes())}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    makers = [make_png, make_png, make_saved_png, make_jpeg, make_jpeg, make_webp, make_gif, make_bmp, make_pnm, make_tiff, make_tiff]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    lines = [f"# Pillow {__version__}"]
    for number in range(arguments.count):
        draw = random.Random(f"{arguments.seed}/{number}")
        maker = draw.choice(makers)
        data = maker(draw)
        condition = "sound"
        if draw.random() < 0.4:
            data, condition = damaged(draw, data), "damaged"
        name = f"{number:05d}-{maker.__name__.removeprefix('make_')}"
        (arguments.folder / name).write_bytes(data)
        lines.append(f"{name} {condition} {seen_by_pillow(data)}")
    (arguments.folder / "decoded.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
