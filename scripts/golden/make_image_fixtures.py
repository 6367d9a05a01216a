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


def exif(orientation, endian="<", tag=0x0112, again=None):
    """EXIF data with an orientation, and perhaps the same tag again with another."""
    head = b"II*\0" if endian == "<" else b"MM\0*"
    values = [orientation] if again is None else [orientation, again]
    entries = b"".join(struct.pack(endian + "HHIHH", tag, 3, 1, value, 0) for value in values)
    return b"Exif\0\0" + head + struct.pack(endian + "IH", 8, len(values)) + entries + bytes(4)


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
    yield from odd_pngs(rgb)
    yield from odd_jpegs(image)
    yield from gifs()
    yield from bmps()
    yield from pnms()
    yield from tiffs()


def odd_pngs(rgb):
    """Orientation in every place where Pillow looks, and files that Pillow and browsers show although they are odd."""
    rows = [row.tobytes() for row in rgb]
    small = [row.tobytes() for row in scene(19, 13)]
    text = lambda name, data: chunk(b"tEXt", name + b"\0" + data)
    xmp = lambda value: b'<rdf:Description tiff:Orientation="%d"/>' % value
    places = {
        "text": text(b"Raw profile type exif", raw_profile(exif(6))),
        "text-twice": text(b"Raw profile type exif", raw_profile(b"Exif\0\0" + exif(5))),
        "ztxt": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw_profile(exif(8, ">")))),
        "itxt": chunk(b"iTXt", b"Raw profile type exif\0\0\0\0\0" + raw_profile(exif(7))),
        "xmp-compressed": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp(6))),
        "xmp-language": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0en\0XMP\0" + xmp(5)),
        "xmp-text": text(b"XML:com.adobe.xmp", xmp(7)),
        "xmp-not-utf8": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0\xff" + xmp(8)),
        "app1": text(b"Raw profile type APP1", raw_profile(exif(6))),  # is not looked at
        "exif-first": chunk(b"eXIf", exif(3)[6:]) + text(b"Raw profile type exif", raw_profile(exif(6))),
        "exif-without": chunk(b"eXIf", exif(6, tag=0x0111)[6:]) + text(b"XML:com.adobe.xmp", xmp(8)),
        "first-entry": chunk(b"eXIf", exif(6, again=8)[6:]),
    }
    for name, place in places.items():
        yield f"orientation-{name}.png", png(19, 13, 8, 2, small, before=place)
    late = text(b"Raw profile type exif", raw_profile(exif(6)))
    yield "orientation-text-late.png", png(19, 13, 8, 2, small, after=late)

    repeated = numpy.concatenate([scene(60, 9, seed=10)] * 3)
    data = bytearray(png(60, 27, 8, 2, [row.tobytes() for row in repeated]))
    place = data.index(b"IDAT") + 4
    data[place : place + 2] = b"\x18\x19"  # declares a window of 512 bytes; the matches reach back 1629
    yield "small-window.png", resealed(data)
    whole = png(23, 17, 8, 2, rows)
    yield "no-end.png", whole[:-12]
    yield "half-end.png", whole[:-5]
    yield "no-checksum.png", whole[:-16]
    yield "damaged-end.png", whole[:-8] + b"\0END" + whole[-4:]
    yield "trailing.png", whole + b"anything" * 5
    yield "late-checksum.png", png(23, 17, 8, 2, rows, after=text(b"Title", b"x")[:-1] + b"!")
    yield "data-checksum.png", whole[:-13] + bytes([whole[-13] ^ 1]) + whole[-12:]
    yield "many-rows.png", png(23, 9, 8, 2, rows)
    yield "two-data-chunks.png", split_data(whole)
    gray = [row.tobytes() for row in rgb[..., 0]]
    yield "gray-with-palette.png", png(23, 17, 8, 0, gray, chunk(b"PLTE", bytes(range(48))))


def raw_profile(data):
    """What ImageMagick makes of a profile."""
    digits = data.hex()
    lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    return f"\nexif\n{len(data):8d}\n{lines}\n".encode()


def resealed(data):
    """The same file with a right checksum of its first IDAT chunk."""
    start = data.index(b"IDAT")
    end = start + 4 + struct.unpack(">I", data[start - 4 : start])[0]
    return bytes(data[:end]) + struct.pack(">I", zlib.crc32(data[start:end])) + bytes(data[end + 4 :])


def split_data(data):
    """The same file with its image data in three IDAT chunks, one of them empty."""
    start = data.index(b"IDAT")
    length = struct.unpack(">I", data[start - 4 : start])[0]
    pixels = data[start + 4 : start + 4 + length]
    chunks = chunk(b"IDAT", pixels[:50]) + chunk(b"IDAT", b"") + chunk(b"IDAT", pixels[50:])
    return data[: start - 4] + chunks + data[start + 8 + length :]


def odd_jpegs(image):
    """Files that libjpeg warns of, and that Pillow and browsers show."""
    plain = saved(image, "JPEG", quality=90)
    scan = plain.index(b"\xff\xda")
    yield "junk-before-end.jpg", plain[:-2] + b"\x7f" * 40 + plain[-2:]
    yield "junk-before-scan.jpg", plain[:scan] + b"\0\0\0" + plain[scan:]
    restarts = saved(image, "JPEG", quality=90, restart_marker_blocks=2)
    restart = restarts.index(b"\xff\xd1", restarts.index(b"\xff\xda"))
    yield "junk-before-restart.jpg", restarts[:restart] + b"\x55" * 9 + restarts[restart:]
    yield "fill-bytes.jpg", plain[:scan] + b"\xff\xff" + plain[scan:-2] + b"\xff" * 7 + plain[-2:]
    end = scan + 2 + struct.unpack(">H", plain[scan + 2 : scan + 4])[0]
    for name, spectrum in (("spectral-end", b"\0\x3e\0"), ("spectral-none", b"\0\0\0"), ("spectral-bits", b"\0\x3f\x11")):
        yield f"{name}.jpg", plain[: end - 3] + spectrum + plain[end:]
    yield "jfif-version.jpg", plain.replace(b"JFIF\0\1", b"JFIF\0\7", 1)
    cmyk = saved(Image.frombytes("CMYK", (37, 29), scene(37, 29, 4).tobytes()), "JPEG", quality=90, subsampling=0)
    place = cmyk.index(b"Adobe") + 11
    yield "adobe-transform.jpg", cmyk[:place] + b"\7" + cmyk[place + 1 :]
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"
    yield "adobe-unknown.jpg", plain[:2] + adobe + b"\7" + plain[2:]
    yield "no-end-padded.jpg", plain[:-2] + b"\0" * 16
    yield "trailing.jpg", plain + b"anything"
    twice = saved(Image.fromarray(scene(19, 13)), "JPEG", quality=85, progressive=True)
    first, second = [i for i in range(len(twice)) if twice[i : i + 2] == b"\xff\xda"][:2]
    yield "scan-twice.jpg", twice[:first] + twice[first:second] + twice[first:]
    small = Image.fromarray(scene(19, 13))
    turned = saved(small, "JPEG", quality=90, exif=exif(6))
    yield "orientation-after-junk.jpg", turned[:2] + b"\xff\0\0\1\xff" + turned[2:]
    segment = lambda data: b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data
    bare = saved(small, "JPEG", quality=90)
    parts = segment(exif(8)[:20]) + segment(b"Exif\0\0" + exif(8)[20:])
    yield "orientation-in-parts.jpg", bare[:2] + parts + bare[2:]


def gifs():
    gray = scene(23, 17, 1)[..., 0]
    image = Image.fromarray(scene(23, 17)).quantize(64)
    yield "palette.gif", saved(image, "GIF", interlace=0)
    yield "interlaced.gif", saved(image, "GIF", interlace=1)
    yield "gray.gif", saved(Image.fromarray(gray), "GIF", interlace=0)
    yield "bits1.gif", saved(Image.fromarray(gray).convert("1"), "GIF")
    frames = [Image.fromarray(scene(23, 17, seed=s)).quantize(32) for s in (7, 8)]
    yield "animated.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    image.info["transparency"] = 5
    yield "transparent.gif", saved(image, "GIF", transparency=5, interlace=0)
    whole = saved(image, "GIF", interlace=0)
    frame = lambda data, x, y: data.replace(b",\0\0\0\0", b"," + struct.pack("<HH", x, y), 1)
    yield "beyond-canvas.gif", frame(whole, 5, 9)
    yield "on-canvas.gif", frame(whole[:6] + struct.pack("<HH", 40, 30) + whole[10:], 5, 9)
    yield "on-transparent.gif", frame(saved(image, "GIF", transparency=5)[:6] + struct.pack("<HH", 40, 30) + saved(image, "GIF", transparency=5)[10:], 5, 9)
    yield "no-trailer.gif", whole[:-1]
    yield "junk-before-image.gif", whole.replace(b",\0\0\0\0", b"\1\2,\0\0\0\0", 1)
    # Long runs, and a table that is full before the end.
    yield "flat.gif", saved(Image.new("L", (160, 120), 7), "GIF")
    noise = numpy.random.default_rng(11).integers(0, 256, (60, 80), numpy.uint8)
    yield "noise.gif", saved(Image.fromarray(noise), "GIF", interlace=1)


def bmp(width, height, bits, data, palette=b"", colors=0, compression=0, header=40, masks=b"", offset=None):
    """A bitmap with a header of any size; a negative height is top-down."""
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(data), 0, 0, colors, 0)
        info += masks.ljust(max(header - 40, len(masks)), b"\0")
    start = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start if offset is None else offset) + info + palette + data


def bmps():
    def rows(part, pack):
        lines = [pack(row) for row in part[::-1]]
        return b"".join(line + b"\0" * (-len(line) % 4) for line in lines)

    gray = scene(23, 17, 1)[..., 0]
    rgb = scene(23, 17)
    colors = scene(16, 16, 4, seed=4).reshape(-1, 4).tobytes()
    bgr = lambda row: row[:, ::-1].tobytes()
    yield "rgb24.bmp", bmp(23, 17, 24, rows(rgb, bgr))
    yield "core24.bmp", bmp(23, 17, 24, rows(rgb, bgr), header=12)
    yield "top-down.bmp", bmp(23, -17, 24, rows(rgb[::-1], bgr))
    yield "no-padding.bmp", bmp(23, 17, 24, rows(rgb, bgr)[:-3])
    yield "no-offset.bmp", bmp(23, 17, 24, rows(rgb, bgr), offset=0)
    wide = scene(23, 17, 4)
    yield "rgb32.bmp", bmp(23, 17, 32, rows(wide, lambda row: row[:, [2, 1, 0, 3]].tobytes()))
    for name, order, *values in (
        ("rgba", [0, 1, 2, 3], 0xFF, 0xFF00, 0xFF0000, 0xFF000000),
        ("xbgr", [3, 2, 1, 0], 0xFF000000, 0xFF0000, 0xFF00, 0),
        ("bgra", [2, 1, 0, 3], 0xFF0000, 0xFF00, 0xFF, 0xFF000000),
    ):
        data = rows(wide, lambda row, order=order: row[:, order].tobytes())
        yield f"masks-{name}.bmp", bmp(23, 17, 32, data, compression=3, header=108, masks=struct.pack("<4I", *values))
    short = rgb.astype(numpy.uint16)
    five = (short[..., 0] >> 3 << 10) | (short[..., 1] >> 3 << 5) | short[..., 2] >> 3
    six = (short[..., 0] >> 3 << 11) | (short[..., 1] >> 2 << 5) | short[..., 2] >> 3
    pack16 = lambda row: row.astype("<u2").tobytes()
    yield "rgb555.bmp", bmp(23, 17, 16, rows(five, pack16))
    yield "rgb565.bmp", bmp(23, 17, 16, rows(six, pack16), compression=3, masks=struct.pack("<3I", 0xF800, 0x7E0, 0x1F))
    yield "palette8.bmp", bmp(23, 17, 8, rows(gray, bytes), colors)
    yield "palette8-few.bmp", bmp(23, 17, 8, rows(gray, bytes), colors[:360], colors=90)  # indices beyond are black
    yield "core8.bmp", bmp(23, 17, 8, rows(gray, bytes), scene(16, 16, 3, seed=5).tobytes(), header=12)
    ramp = b"".join(bytes([i, i, i, 0]) for i in range(256))
    yield "gray8.bmp", bmp(23, 17, 8, rows(gray, bytes), ramp)
    yield "gray8-few.bmp", bmp(23, 17, 8, rows(gray, bytes), ramp[:400], colors=100)  # indices beyond are gray
    pack4 = lambda row: next(packed([row], 4))
    pack1 = lambda row: next(packed([row], 1))
    yield "palette4.bmp", bmp(23, 17, 4, rows(gray >> 4, pack4), colors[:64])
    yield "palette1.bmp", bmp(23, 17, 1, rows(gray >> 7, pack1), colors[:8])
    yield "black-white.bmp", bmp(23, 17, 1, rows(gray >> 7, pack1), b"\0\0\0\0\xff\xff\xff\0")
    yield "white-black.bmp", bmp(23, 17, 1, rows(gray >> 7, pack1), b"\xff\xff\xff\0\0\0\0\0")
    runs = bytes([3, 7, 2, 9, 0, 3, 1, 2, 3, 0, 0, 0])  # line 1: a run, a run, three indices and padding
    runs += bytes([9, 5, 0, 0, 0, 2, 2, 1])  # a run cut at the end of the line; two to the right and one up
    runs += bytes([4, 6, 0, 0, 8, 1, 0, 1])
    yield "runs8.bmp", bmp(8, 5, 8, runs + bytes([0, 0] * 8), colors, compression=1)
    runs = bytes([5, 0x12, 0, 3, 0x45, 0x60, 0, 0]) + bytes([8, 0x77, 0, 0]) * 4
    yield "runs4.bmp", bmp(8, 5, 4, runs, colors[:64], compression=2)


def pnms():
    rgb, gray = scene(23, 17), scene(23, 17, 1)[..., 0]
    text = lambda values: b"\n".join(b" ".join(b"%d" % v for v in row) for row in values.reshape(17, -1))
    wide = gray.astype(numpy.uint16) * 5
    yield "raw.ppm", b"P6\n# made up\n23 17\n255\n" + rgb.tobytes()
    yield "raw.pgm", b"P5 23 17 255 " + gray.tobytes()
    yield "raw.pbm", b"P4\n23\n17\n" + b"".join(packed(gray >> 7, 1))
    yield "raw-100.pgm", b"P5 23 17 100\n" + (gray // 2).tobytes()
    yield "raw-100.ppm", b"P6 23 17 100\n" + (rgb // 2).tobytes()
    yield "raw-65535.pgm", b"P5 23 17 65535\n" + wide.astype(">u2").tobytes()
    yield "raw-1300.pgm", b"P5 23 17 1300\n" + wide.astype(">u2").tobytes()
    yield "raw-65535.ppm", b"P6 23 17 65535\n" + (rgb.astype(numpy.uint16) * 257 - 9).astype(">u2").tobytes()
    yield "plain.ppm", b"P3 23 17 255\n" + text(rgb)
    yield "plain.pgm", b"P2 # text\n23 17\n15\n" + text(gray >> 4).replace(b"\n", b" # a line\n", 3)
    yield "plain-1300.pgm", b"P2 23 17 1300\n" + text(wide)
    yield "plain.pbm", b"P1\n23 17\n" + text(gray >> 7)
    yield "plain-dense.pbm", b"P1 23 17\n" + text(gray >> 7).replace(b" ", b"")


def tiff(width, height, blocks, endian="<", big=False, **tags):
    """A TIFF whose first directory stands at its end; `blocks` are its encoded strips or tiles."""
    numbers = dict(
        Width=256, Height=257, Bits=258, Compression=259, Photometric=262, FillOrder=266, Offsets=273,
        Orientation=274, Samples=277, Rows=278, Sizes=279, Planes=284, ColorMap=320, TileWidth=322,
        TileHeight=323, TileOffsets=324, TileSizes=325, Extra=338, Format=339, XMP=700,
    )  # fmt: skip
    tiled = "TileWidth" in tags
    order = b"II" if endian == "<" else b"MM"
    word = "Q" if big else "I"
    data = order + struct.pack(endian + "HHHQ", 43, 8, 0, 0) if big else order + struct.pack(endian + "HI", 42, 0)
    offsets = []
    for block in blocks:
        offsets.append(len(data))
        data += block + b"\0" * (len(block) % 2)
    tags = {"Width": width, "Height": height, "Samples": 1, **tags}
    tags["TileOffsets" if tiled else "Offsets"] = offsets
    tags["TileSizes" if tiled else "Sizes"] = [len(block) for block in blocks]
    entries = b""
    for number, value in sorted((numbers[name], value) for name, value in tags.items()):
        if isinstance(value, bytes):
            kind, count, body = 1, len(value), value
        else:
            values = value if isinstance(value, (list, tuple)) else [value]
            long = number in (273, 279, 324, 325)
            kind, count = (4 if long else 3), len(values)
            body = struct.pack(f"{endian}{count}{'I' if long else 'H'}", *values)
        if len(body) > struct.calcsize(word):
            place = len(data)
            data += body + b"\0" * (len(body) % 2)
            body = struct.pack(endian + word, place)
        entries += struct.pack(f"{endian}HH{word}", number, kind, count) + body.ljust(struct.calcsize(word), b"\0")
    place = len(data)
    data += struct.pack(endian + ("Q" if big else "H"), len(tags)) + entries + bytes(struct.calcsize(word))
    header = struct.pack(endian + word, place)
    return data[:8] + header + data[16:] if big else data[:4] + header + data[8:]


def tiffs():
    rgb, gray = scene(23, 17), scene(23, 17, 1)[..., 0]
    rgba = scene(23, 17, 4)
    strips = lambda part, rows=17: [part[y : y + rows].tobytes() for y in range(0, 17, rows)]

    def tiles(part, size=16):
        padded = numpy.zeros((32, 32, *part.shape[2:]), part.dtype)
        padded[:17, :23] = part
        return [padded[y : y + size, x : x + size].tobytes() for y in (0, 16) for x in (0, 16)]

    color = dict(Samples=3, Bits=[8, 8, 8], Photometric=2)
    image = Image.fromarray(rgb)
    for name in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        yield f"{name.replace('tiff_', '')}.tiff", saved(image, "TIFF", compression=name)
    yield "jpeg.tiff", saved(Image.fromarray(scene(37, 29)), "TIFF", compression="jpeg", quality=90)
    bits = Image.fromarray(gray).convert("1")
    for name in ("group3", "group4"):
        yield f"{name}.tiff", saved(bits, "TIFF", compression=name)
    yield "strips.tiff", tiff(23, 17, strips(rgb, 5), Rows=5, **color)
    yield "big-endian.tiff", tiff(23, 17, strips(rgb, 5), Rows=5, endian=">", **color)
    yield "big.tiff", tiff(23, 17, strips(rgb), Rows=17, big=True, **color)
    yield "tiles.tiff", tiff(23, 17, tiles(rgb), TileWidth=16, TileHeight=16, **color)
    deflated = [zlib.compress(tile) for tile in tiles(rgb)]
    yield "tiles-deflate.tiff", tiff(23, 17, deflated, TileWidth=16, TileHeight=16, Compression=8, **color)
    planes = [part for c in range(3) for part in strips(rgb[..., c], 5)]
    yield "planes.tiff", tiff(23, 17, planes, Rows=5, Planes=2, **color)
    planes = [tile for c in range(3) for tile in tiles(rgb[..., c])]
    yield "planes-tiles.tiff", tiff(23, 17, planes, TileWidth=16, TileHeight=16, Planes=2, **color)
    for name, kind in (("unspecified", 0), ("premultiplied", 1), ("alpha", 2)):
        yield f"rgba-{name}.tiff", tiff(23, 17, strips(rgba), Rows=17, Samples=4, Bits=[8] * 4, Photometric=2, Extra=kind)
    wide = (rgba.astype(numpy.uint16) << 8) | scene(23, 17, 4, seed=3)
    wide[0, 0, 3] = 200
    for endian in "<>":
        data = strips(wide[..., :3].astype(endian + "u2"))
        yield f"rgb16-{'little' if endian == '<' else 'big'}.tiff", tiff(23, 17, data, endian, Rows=17, Samples=3, Bits=[16] * 3, Photometric=2)
    yield "rgba16-premultiplied.tiff", tiff(23, 17, strips(wide.astype("<u2")), Rows=17, Samples=4, Bits=[16] * 4, Photometric=2, Extra=1)
    yield "cmyk.tiff", tiff(23, 17, strips(rgba), Rows=17, Samples=4, Bits=[8] * 4, Photometric=5)
    yield "cmyk16.tiff", tiff(23, 17, strips(wide.astype("<u2")), Rows=17, Samples=4, Bits=[16] * 4, Photometric=5)
    dark = gray.astype(numpy.uint16) * 3
    for endian in "<>":
        data = strips(dark.astype(endian + "u2"))
        yield f"gray16-{'little' if endian == '<' else 'big'}.tiff", tiff(23, 17, data, endian, Rows=17, Bits=16, Photometric=1)
    for depth in (1, 2, 4, 8):
        small = [b"".join(packed(gray >> (8 - depth), depth))]
        yield f"gray{depth}.tiff", tiff(23, 17, small, Rows=17, Bits=depth, Photometric=1)
        yield f"white{depth}.tiff", tiff(23, 17, small, Rows=17, Bits=depth, Photometric=0)
        colors = [int(v) * 257 - 3 if v else 0 for v in scene(1 << depth, 1, 3, seed=5).reshape(-1, 3).T.reshape(-1)]
        yield f"palette{depth}.tiff", tiff(23, 17, small, Rows=17, Bits=depth, Photometric=3, ColorMap=colors)
    reversed_ = [bytes(int(f"{byte:08b}"[::-1], 2) for byte in b"".join(packed(gray >> 7, 1)))]
    yield "fill-order.tiff", tiff(23, 17, reversed_, Rows=17, Bits=1, Photometric=1, FillOrder=2)
    yield "gray-alpha.tiff", tiff(23, 17, strips(scene(23, 17, 2)), Rows=17, Samples=2, Bits=[8, 8], Photometric=1, Extra=2)
    for value in (3, 5, 6, 9):
        yield f"orientation{value}.tiff", tiff(23, 17, strips(rgb), Rows=17, Orientation=value, **color)
    yield "orientation8-big.tiff", tiff(23, 17, strips(rgb), "<", True, Rows=17, Orientation=8, **color)
    yield "orientation-xmp.tiff", tiff(23, 17, strips(rgb), Rows=17, XMP=b'<x tiff:Orientation="7"/>', **color)


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
    yield "no-palette.png", png(9, 7, 8, 3, rows)
    # 16383x16383 lossless, all of one color.
    body = b"WEBPVP8L" + struct.pack("<I", 13) + b"\x2f\xfe\xbf\xff\x0f" + bytes(8) + b"\0"
    yield "bomb.webp", b"RIFF" + struct.pack("<I", len(body)) + body
    yield "scans101.jpg", many_scans(101)
    whole = saved(Image.fromarray(scene(19, 13)), "JPEG", quality=85, progressive=True)
    first, second = [i for i in range(len(whole)) if whole[i : i + 2] == b"\xff\xda"][:2]
    yield "scans-repeated.jpg", whole[:first] + whole[first:second] * 200 + whole[first:]
    plain = saved(Image.fromarray(scene(37, 29)), "JPEG", quality=85, restart_marker_blocks=2)
    position = plain.index(b"\xff\xd1")
    yield "missing-restart.jpg", plain[:position] + plain[position + 2 :]
    yield "no-end.jpg", plain[:-2]
    yield "apple.png", png(9, 7, 8, 0, rows).replace(b"\0\0\0\rIHDR", chunk(b"CgBI", b"\x50\0\x20\2") + b"\0\0\0\rIHDR")
    yield "unknown-chunk.png", png(9, 7, 8, 0, rows, chunk(b"ABCD", b"x"))
    data = bytearray(png(9, 7, 8, 0, rows))
    data[-17] ^= 1  # the last byte of the Adler-32 checksum
    yield "wrong-adler.png", resealed(data)
    late = png(9, 7, 8, 0, rows, after=chunk(b"tEXt", b"Title\0x"))
    yield "cut-late-chunk.png", late[: late.index(b"Title") + 3]

    frame = plain.index(b"\xff\xc0")
    yield "lossless.jpg", plain[: frame + 1] + b"\xc3" + plain[frame + 2 :]
    yield "hierarchical.jpg", plain[: frame + 1] + b"\xc5" + plain[frame + 2 :]
    yield "bits12.jpg", plain[:frame] + b"\xff\xc1" + plain[frame + 2 : frame + 4] + b"\x0c" + plain[frame + 5 :]
    yield "no-height.jpg", plain[: frame + 5] + b"\0\0" + plain[frame + 7 :]
    scan = plain.index(b"\xff\xda")
    yield "premature-end.jpg", plain[: scan + 100] + b"\xff\xd9"
    yield "bad-code.jpg", plain[: scan + 30] + b"\xff\0" * 8 + plain[scan + 46 :]

    gif = saved(Image.fromarray(scene(23, 17, 1)[..., 0]), "GIF", interlace=0)
    yield "cut.gif", gif[:-20]
    yield "undefined-code.gif", gif[: -len(gif) // 3] + b"\xff" * (len(gif) // 3)
    yield "no-image.gif", b"GIF89a\1\0\1\0\0\0\0;"
    yield "masks-odd.bmp", bmp(2, 1, 16, bytes(4), compression=3, masks=struct.pack("<3I", 0xF00, 0xF0, 0xF))
    yield "compression-jpeg.bmp", bmp(2, 1, 24, bytes(8), compression=4)
    yield "runs-end.bmp", bmp(8, 2, 8, bytes([8, 1, 0, 1]), bytes(1024), compression=1)
    yield "cut.bmp", bmp(23, 17, 24, bytes(100))
    yield "huge.bmp", bmp(0x7FFFFFFF, 0x7FFFFFFF, 8, bytes([255, 1, 0, 1]), bytes(1024), compression=1)
    yield "cut.ppm", b"P6 23 17 255\n" + bytes(23 * 17 * 3 - 1)
    yield "too-large.pgm", b"P2 2 1 15\n3 16\n"
    yield "huge.pgm", b"P5 9999999999 9999999999 255\n"
    color = dict(Samples=3, Bits=[8, 8, 8], Photometric=2, Rows=17)
    pixels = scene(23, 17).tobytes()
    yield "cut.tiff", tiff(23, 60, [pixels], **{**color, "Rows": 60})
    yield "cut-deflate.tiff", tiff(23, 17, [zlib.compress(pixels)[:-30]], Compression=8, **color)
    yield "float.tiff", tiff(2, 1, [bytes(8)], Rows=1, Bits=32, Format=3, Photometric=1)
    yield "lab.tiff", tiff(23, 17, [pixels], **{**color, "Photometric": 8})
    yield "huge.tiff", tiff(60000, 60000, [b"x"], Compression=5, **{**color, "Rows": 60000})
    yield "huge-strip.tiff", tiff(12000, 10000, [b"x"], Compression=5, **{**color, "Rows": 10000})

    box = lambda brand: b"\0\0\0\x18ftyp" + brand + bytes(12)
    yield "avif.jpg", box(b"avif")
    yield "heic.jpg", box(b"heic")
    yield "jpeg2000.jpg", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(12)
    yield "jpegxl.jpg", b"\xff\x0a" + bytes(20)
    yield "psd.jpg", b"8BPS\0\1" + bytes(20)


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
        if not old.name.startswith("garment"):  # make_garment_fixtures.py's
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


if __name__ == "__main__":
    main()
