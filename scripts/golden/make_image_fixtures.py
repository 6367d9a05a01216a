#!/usr/bin/env python3
"""Writes Tests/InputsTests/Fixtures: tiny images of every kind, and how Pillow decodes and resizes them.

Needs Pillow and NumPy. The images are committed because encoders change; after adding one, review what else
changed. `decoded.txt` has one line per image: name, width, height, and the FNV-1a 64 hash of the RGB bytes of
`exif_transpose(image).convert("RGB")`. `resized.txt` has one line per case: name, shorter side, crop height, crop
width, filter, channels, and the FNV-1a 64 hash of the bytes that torchvision's Resize and CenterCrop produce.
"""

import io
import pathlib
import struct
import zlib

import numpy
from PIL import Image, ImageOps, PngImagePlugin, __version__

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "InputsTests" / "Fixtures"


def scene(width, height, channels=3, seed=1):
    """Smooth waves, an edge and some noise, so that any error in a filter shows."""
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    noise = numpy.random.default_rng(seed)
    planes = []
    for c in range(channels):
        wave = 127 + 90 * numpy.sin(x / (3.0 + c) + seed) * numpy.cos(y / (4.0 - 0.5 * c))
        wave[(x + 2 * y) > (width + height) * 0.8] += 60 - 50 * c
        planes.append(wave + noise.normal(0, 6, wave.shape))
    return numpy.clip(numpy.stack(planes, -1), 0, 255).astype(numpy.uint8)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, depth, color, rows, before=b"", after=b"", interlace=0):
    """A PNG from packed rows, each without its filter byte."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace))
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + header + before + chunk(b"IDAT", data) + after + chunk(b"IEND", b"")


def packed(values, depth):
    """Rows of small integers, packed most significant bit first."""
    for row in values:
        bits = "".join(format(int(v), f"0{depth}b") for v in row)
        bits += "0" * (-len(bits) % 8)
        yield bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def interlaced(pixels, depth, color, pack, before=b""):
    height, width = pixels.shape[:2]
    rows = []
    for x0, y0, dx, dy in ADAM7:
        part = pixels[y0::dy, x0::dx]
        if part.shape[0] and part.shape[1]:
            rows += list(pack(part))
    return png(width, height, depth, color, rows, before=before, interlace=1)


def saved(image, format, **options):
    target = io.BytesIO()
    image.save(target, format, **options)
    return target.getvalue()


def exif(orientation, endian="<"):
    head = b"II*\0" if endian == "<" else b"MM\0*"
    return (
        b"Exif\0\0" + head + struct.pack(endian + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    )


def many_scans(count):
    """One gray block as a legal progressive JPEG of up to 127 scans, each of one coefficient."""
    segment = lambda marker, data: bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data
    data = b"\xff\xd8" + segment(0xDB, bytes([0] + [1] * 64)) + segment(0xC2, bytes([8, 0, 8, 0, 8, 1, 1, 0x11, 0]))
    # Tables with one code, 0: no difference for DC, end of block for AC.
    for table in (0x00, 0x10):
        data += segment(0xC4, bytes([table, 1] + [0] * 15 + [0]))
    steps = [(0, 0, 0x00)] + [(k, k, 0x01) for k in range(1, 64)] + [(k, k, 0x10) for k in range(1, 64)]
    for start, end, bits in steps[:count]:
        data += segment(0xDA, bytes([1, 1, 0, start, end, bits])) + b"\x7f"
    return data + b"\xff\xd9"


def images():
    rgb = scene(23, 17)
    rgba = scene(23, 17, 4)
    gray = scene(23, 17, 1)[..., 0]
    wide = (scene(23, 17, 3, seed=2).astype(numpy.uint16) << 8) | scene(23, 17, 3, seed=3)
    bytes16 = lambda part: [row.astype(">u2").tobytes() for row in part]
    bytes8 = lambda part: [row.tobytes() for row in part]
    yield "rgb.png", png(23, 17, 8, 2, bytes8(rgb))
    yield "rgb-filters.png", saved(Image.fromarray(rgb), "PNG", optimize=True)
    yield "rgb-trns.png", png(23, 17, 8, 2, bytes8(rgb), chunk(b"tRNS", struct.pack(">3H", 1, 2, 3)))
    yield "rgb-interlaced.png", interlaced(rgb, 8, 2, bytes8)
    yield "rgb16.png", png(23, 17, 16, 2, bytes16(wide))
    yield "rgb16-interlaced.png", interlaced(wide, 16, 2, bytes16)
    yield "rgba.png", png(23, 17, 8, 6, bytes8(rgba))
    yield "rgba16.png", png(23, 17, 16, 6, bytes16(rgba.astype(numpy.uint16) * 251))
    yield "gray.png", png(23, 17, 8, 0, bytes8(gray))
    yield "gray-trns.png", png(23, 17, 8, 0, bytes8(gray), chunk(b"tRNS", b"\0\x80"))
    yield "gray-alpha.png", png(23, 17, 8, 4, bytes8(scene(23, 17, 2)))
    yield "gray-alpha16.png", png(23, 17, 16, 4, bytes16(scene(23, 17, 2).astype(numpy.uint16) * 257 - 3))
    dark = gray.astype(numpy.uint16) * 3
    yield "gray16.png", png(23, 17, 16, 0, bytes16(dark))
    yield "gray16-interlaced.png", interlaced(dark, 16, 0, bytes16)
    palette = chunk(b"PLTE", scene(16, 16, 3, seed=4).tobytes())
    for depth in (1, 2, 4):
        small = gray >> (8 - depth)
        yield f"gray{depth}.png", png(23, 17, depth, 0, list(packed(small, depth)))
        yield f"gray{depth}-interlaced.png", interlaced(small, depth, 0, lambda part, d=depth: list(packed(part, d)))
        few = chunk(b"PLTE", scene(1 << depth, 1, 3, seed=5).tobytes())
        yield f"palette{depth}.png", png(23, 17, depth, 3, list(packed(small, depth)), few)
    yield "palette8.png", png(23, 17, 8, 3, bytes8(gray), palette)
    yield "palette8-trns.png", png(23, 17, 8, 3, bytes8(gray), palette + chunk(b"tRNS", bytes(range(256))))
    yield "palette8-interlaced.png", interlaced(gray, 8, 3, bytes8, palette)
    short = chunk(b"PLTE", scene(90, 1, 3, seed=6).tobytes())
    yield "palette8-short.png", png(23, 17, 8, 3, bytes8(gray), short)  # indices beyond the palette are black
    yield "one-pixel.png", png(1, 1, 8, 2, [b"\x01\x80\xfe"])
    yield "odd-profile.png", png(23, 17, 8, 2, bytes8(rgb), chunk(b"iCCP", b"x\0\0" + zlib.compress(b"no profile")))
    frames = [Image.fromarray(scene(23, 17, seed=s)) for s in (7, 8)]
    yield "animated.png", saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    default = Image.fromarray(scene(23, 17, seed=9))
    yield "animated-default.png", saved(default, "PNG", save_all=True, append_images=frames, default_image=True)

    image = Image.fromarray(scene(37, 29))
    for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
        yield f"{name}.jpg", saved(image, "JPEG", quality=90, subsampling=sampling)
    yield "progressive.jpg", saved(image, "JPEG", quality=85, progressive=True)
    yield "restart.jpg", saved(image, "JPEG", quality=85, restart_marker_blocks=2)
    yield "low-quality.jpg", saved(image, "JPEG", quality=8)
    yield "rgb-components.jpg", saved(image, "JPEG", quality=90, keep_rgb=True)
    yield "gray.jpg", saved(image.convert("L"), "JPEG", quality=90)
    cmyk = Image.frombytes("CMYK", (37, 29), scene(37, 29, 4).tobytes())
    yield "cmyk.jpg", saved(cmyk, "JPEG", quality=90)
    yield "ycck.jpg", ycck(saved(cmyk, "JPEG", quality=90, subsampling=0))
    yield "cmyk-bare.jpg", without_adobe(saved(cmyk, "JPEG", quality=90))
    yield "scans100.jpg", many_scans(100)
    for value in range(1, 9):
        yield f"orientation{value}.jpg", saved(Image.fromarray(scene(19, 13)), "JPEG", quality=90, exif=exif(value, "<>"[value % 2]))
    yield "orientation-bad.jpg", saved(Image.fromarray(scene(19, 13)), "JPEG", quality=90, exif=exif(9))
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>'
    yield "orientation-xmp.jpg", saved(Image.fromarray(scene(19, 13)), "JPEG", quality=90, xmp=xmp % 8)
    for value in (3, 6):
        yield f"orientation{value}.png", png(19, 13, 8, 2, bytes8(scene(19, 13)), chunk(b"eXIf", exif(value)[6:]))
        yield f"orientation{value}.webp", saved(Image.fromarray(scene(19, 13)), "WEBP", lossless=True, exif=exif(value))
    yield "orientation-late.png", png(19, 13, 8, 2, bytes8(scene(19, 13)), after=chunk(b"eXIf", exif(5)[6:]))
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", (xmp % 7).decode())
    yield "orientation-xmp.png", saved(Image.fromarray(scene(19, 13)), "PNG", pnginfo=text)

    yield "lossy.webp", saved(image, "WEBP", quality=70)
    yield "lossless.webp", saved(image, "WEBP", lossless=True)
    translucent = Image.fromarray(scene(37, 29, 4))
    yield "lossy-alpha.webp", saved(translucent, "WEBP", quality=70, exact=True)
    yield "lossless-alpha.webp", saved(translucent, "WEBP", lossless=True, exact=True)
    yield "tall.webp", saved(Image.fromarray(scene(21, 83)), "WEBP", quality=60)
    yield "animated.webp", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=50)
    yield "animated-offset.webp", animated_offset(frames[0])


def without_adobe(data):
    position = data.index(b"\xff\xee")
    return data[:position] + data[position + 2 + struct.unpack(">H", data[position + 2 : position + 4])[0] :]


def ycck(data):
    """The same coefficients, declared as YCCK."""
    position = data.index(b"Adobe") + 11
    return data[:position] + b"\x02" + data[position + 1 :]


def animated_offset(image):
    """An animation whose first frame is smaller than the canvas."""
    still = saved(image, "WEBP", lossless=True)
    u24 = lambda value: struct.pack("<I", value)[:3]
    frame = u24(2) + u24(3) + u24(image.width - 1) + u24(image.height - 1) + u24(40) + b"\0" + still[12:]
    riff = lambda name, data: name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    body = b"WEBP" + riff(b"VP8X", b"\x02\0\0\0" + u24(30) + u24(27)) + riff(b"ANIM", b"\0" * 6) + riff(b"ANMF", frame)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def refused():
    """Files that are not images, or images that are too large to decode."""
    yield "text.png", b"Hello, this is a text file.\n"
    yield "empty.png", b""
    yield "huge.png", png(30000, 30000, 8, 0, [b"\0"])
    yield "zero-width.png", png(0, 10, 8, 0, [b""])
    rows = [bytes(row) for row in scene(9, 7, 1)[..., 0]]
    bad = bytearray(png(9, 7, 8, 0, rows))
    bad[bad.index(b"IDAT") + 8] ^= 1
    yield "bad-checksum.png", bytes(bad)
    good = chunk(b"tEXt", b"Title\0x")
    yield "bad-checksum-text.png", png(9, 7, 8, 0, rows, good[:-1] + bytes([good[-1] ^ 1]))
    yield "few-rows.png", png(9, 9, 8, 0, rows)
    yield "many-rows.png", png(9, 5, 8, 0, rows)
    yield "no-palette.png", png(9, 7, 8, 3, rows)
    # 16383x16383 lossless, all of one color.
    body = b"WEBPVP8L" + struct.pack("<I", 13) + b"\x2f\xfe\xbf\xff\x0f" + bytes(8) + b"\0"
    yield "bomb.webp", b"RIFF" + struct.pack("<I", len(body)) + body
    yield "scans101.jpg", many_scans(101)
    whole = saved(Image.fromarray(scene(19, 13)), "JPEG", quality=85, progressive=True)
    first, second = [i for i in range(len(whole)) if whole[i : i + 2] == b"\xff\xda"][:2]
    yield "scans-repeated.jpg", whole[:first] + whole[first:second] * 200 + whole[first:]
    yield "scan-twice.jpg", whole[:first] + whole[first:second] + whole[first:]
    plain = saved(Image.fromarray(scene(37, 29)), "JPEG", quality=85, restart_marker_blocks=2)
    position = plain.index(b"\xff\xd1")
    yield "missing-restart.jpg", plain[:position] + plain[position + 2 :]
    yield "no-end.jpg", plain[:-2]
    yield "gif.png", saved(Image.fromarray(scene(9, 7)), "GIF")
    yield "bmp.jpg", saved(Image.fromarray(scene(9, 7)), "BMP")
    yield "tiff.jpg", saved(Image.fromarray(scene(9, 7)), "TIFF")


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def crop(image, shorter, height, width, filter):
    """torchvision's Resize and CenterCrop, reimplemented so that this script needs only Pillow."""
    w, h = image.size
    if w <= h:
        size = (shorter, int(shorter * h / w))
    else:
        size = (int(shorter * w / h), shorter)
    image = image.resize(size, filter)
    w, h = image.size
    if width > w or height > h:
        left, top = max((width - w) // 2, 0), max((height - h) // 2, 0)
        padded = Image.new(image.mode, (max(w, width), max(h, height)))
        padded.paste(image, (left, top))
        image = padded
        w, h = image.size
    top, left = int(round((h - height) / 2.0)), int(round((w - width) / 2.0))
    return image.crop((left, top, left + width, top + height))


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for old in FIXTURES.iterdir():
        old.unlink()
    decoded, resized = [f"# Pillow {__version__}"], [f"# Pillow {__version__}"]
    shown = {}
    for name, data in images():
        (FIXTURES / name).write_bytes(data)
        image = Image.open(io.BytesIO(data))
        image.load()
        image = ImageOps.exif_transpose(image).convert("RGB")
        shown[name] = image
        decoded.append(f"{name} {image.width} {image.height} {fnv(image.tobytes())}")
    for name, data in refused():
        (FIXTURES / name).write_bytes(data)

    cases = [(8, 8, 8), (11, 7, 9), (13, 13, 13), (16, 15, 12), (40, 31, 30), (61, 50, 64), (12, 20, 9), (7, 16, 17)]
    for name in ["rgb.png", "tall.webp", "420.jpg", "gray16.png", "one-pixel.png", "animated-offset.webp"] + [
        f"orientation{value}.jpg" for value in range(1, 9)
    ]:
        for shorter, height, width in cases:
            for filter in ("bilinear", "bicubic"):
                for channels, mode in ((3, "RGB"), (1, "L")):
                    image = shown[name].convert(mode)
                    bytes_ = crop(image, shorter, height, width, Image.Resampling[filter.upper()]).tobytes()
                    resized.append(f"{name} {shorter} {height} {width} {filter} {channels} {fnv(bytes_)}")
    (FIXTURES / "decoded.txt").write_text("\n".join(decoded) + "\n")
    (FIXTURES / "resized.txt").write_text("\n".join(resized) + "\n")


main()
