/// A Windows or OS/2 bitmap: 1 to 32 bits per pixel, plain or run-length encoded (Windows GDI, "Bitmap Storage").
///
/// It supports the headers, masks and palettes that Pillow supports. Alpha is dropped.
struct BMPDecoder: RowDecoder {
  let width: Int
  let height: Int
  /// Runs may skip rows, so they are decoded as a whole.
  var heldPixels: Int { if case .runs = coding { width * height } else { 0 } }

  private let coding: Coding
  private let isTopDown: Bool
  /// The offset of the pixels.
  private let pixels: Int
  private var next = 0
  private var indices: [UInt8] = []

  private enum Coding {
    /// Palette indices of `bits` bits.
    case indices(bits: Int, RGBPalette)
    /// Run-length encoded palette indices of `bits` bits.
    case runs(bits: Int, RGBPalette)
    /// Two bytes per pixel: 5 bits of red, 5 or 6 of green, 5 of blue.
    case packed(greenBits: Int)
    /// `size` bytes per pixel, and the positions of the colors in them.
    case bytes(size: Int, red: Int, green: Int, blue: Int)

    var bits: Int {
      switch self {
      case .indices(let bits, _), .runs(let bits, _): bits
      case .packed: 16
      case .bytes(let size, _, _, _): 8 * size
      }
    }
  }

  /// Reads the header.
  init(_ bytes: Span<UInt8>) throws(ImageDefect) {
    let header = try Header(bytes)
    width = header.width
    height = header.height
    isTopDown = header.isTopDown
    var end = 14 + header.size
    var pixels = bytes.integer(at: 10, bytes: 4, bigEndian: false) ?? 0
    var palette: RGBPalette?
    if header.bits <= 8 {
      let entry = header.isCore ? 3 : 4
      guard header.colors <= 256 else { throw .unsupported("\(header.colors) colors in a palette") }
      palette = BMPDecoder.palette(header.colors, entry: entry, at: end, in: bytes)
      // As in Pillow: some encoders forget the palette in this offset.
      if pixels == end { pixels += entry * header.colors }
      end += entry * header.colors
    } else if header.compression == .masks, header.size == 40 {
      end += 12
    }
    self.pixels = pixels == 0 ? end : pixels
    coding = try BMPDecoder.coding(header, palette: palette)
    guard width > 0, height > 0 else { throw .damaged("\(width)x\(height) pixels") }
    if case .runs = coding { return }
    // The padding of the last row may be missing.
    guard bytes.holds(height - 1, of: stride, at: self.pixels),
      bytes.count - self.pixels - (height - 1) * stride >= (width * header.bits + 7) / 8
    else { throw .damaged("the file ends too early") }
  }

  private static func coding(_ header: Header, palette: RGBPalette?) throws(ImageDefect) -> Coding {
    switch (header.compression, header.bits, palette) {
    case (.plain, 1, let palette?), (.plain, 4, let palette?), (.plain, 8, let palette?):
      return .indices(bits: header.bits, palette)
    case (.runs8, 8, let palette?), (.runs4, 4, let palette?): return .runs(bits: header.bits, palette)
    case (.plain, 16, _): return .packed(greenBits: 5)
    case (.plain, 24, _): return .bytes(size: 3, red: 2, green: 1, blue: 0)
    case (.plain, 32, _): return .bytes(size: 4, red: 2, green: 1, blue: 0)
    case (.masks, 16, _), (.masks, 24, _), (.masks, 32, _):
      switch (header.bits, header.masks) {
      case (16, [0xf800, 0x7e0, 0x1f]): return .packed(greenBits: 6)
      case (16, [0x7c00, 0x3e0, 0x1f]): return .packed(greenBits: 5)
      case (24, [0xff_0000, 0xff00, 0xff]): return .bytes(size: 3, red: 2, green: 1, blue: 0)
      case (32, [0xff_0000, 0xff00, 0xff]), (32, [0, 0, 0]): return .bytes(size: 4, red: 2, green: 1, blue: 0)
      case (32, [0xff00_0000, 0xff_0000, 0xff00]): return .bytes(size: 4, red: 3, green: 2, blue: 1)
      case (32, [0xff00_0000, 0xff00, 0xff]): return .bytes(size: 4, red: 3, green: 1, blue: 0)
      case (32, [0xff, 0xff00, 0xff_0000]): return .bytes(size: 4, red: 0, green: 1, blue: 2)
      default: throw .unsupported("color masks of \(header.bits)-bit pixels")
      }
    case (.plain, let bits, _): throw .unsupported("\(bits) bits a pixel")
    case (let compression, let bits, _):
      throw .unsupported("compression \(compression.rawValue) of \(bits)-bit pixels")
    }
  }

  /// The palette at `offset`; missing colors are black.
  private static func palette(_ colors: Int, entry: Int, at offset: Int, in bytes: Span<UInt8>) -> RGBPalette
  {
    var palette = RGBPalette.black
    // Pillow treats a palette of ascending grays like no palette: indices beyond its end are gray as well.
    var grays = RGBPalette.gray
    if colors <= 2 {
      grays = .black
      grays[1] = (255, 255, 255)
    }
    var isGray = true
    for index in 0..<colors {
      let place = offset + entry * index
      guard place + 3 <= bytes.count else { return palette }
      palette[index] = (bytes[place + 2], bytes[place + 1], bytes[place])
      isGray = isGray && palette[index] == grays[index]
    }
    return isGray ? grays : palette
  }

  /// Bytes of a stored row.
  private var stride: Int { (width * coding.bits + 31) / 32 * 4 }

  mutating func decodeRow(from bytes: Span<UInt8>, into row: inout MutableSpan<UInt8>) throws(ImageDefect) {
    let line = isTopDown ? next : height - 1 - next
    next += 1
    let start = pixels + line * stride
    switch coding {
    case .indices(let bits, let palette):
      for x in 0..<width {
        let shift = 8 - bits - x * bits % 8
        let index = Int(bytes[start + x * bits / 8]) >> shift & (1 << bits - 1)
        (row[3 * x], row[3 * x + 1], row[3 * x + 2]) = palette[index]
      }
    case .runs(let bits, let palette):
      if indices.isEmpty { indices = try expandRuns(bits: bits, in: bytes) }
      for x in 0..<width {
        (row[3 * x], row[3 * x + 1], row[3 * x + 2]) = palette[Int(indices[line * width + x])]
      }
    case .packed(let greenBits):
      for x in 0..<width {
        let pixel = Int(bytes[start + 2 * x]) | Int(bytes[start + 2 * x + 1]) << 8
        let greens = 1 << greenBits - 1
        row[3 * x] = UInt8((pixel >> (5 + greenBits) & 31) * 255 / 31)
        row[3 * x + 1] = UInt8((pixel >> 5 & greens) * 255 / greens)
        row[3 * x + 2] = UInt8((pixel & 31) * 255 / 31)
      }
    case .bytes(let size, let red, let green, let blue):
      for x in 0..<width {
        let pixel = start + size * x
        (row[3 * x], row[3 * x + 1], row[3 * x + 2]) =
          (bytes[pixel + red], bytes[pixel + green], bytes[pixel + blue])
      }
    }
  }

  /// All palette indices, in stored order.
  private func expandRuns(bits: Int, in bytes: Span<UInt8>) throws(ImageDefect) -> [UInt8] {
    let total = width * height
    var indices: [UInt8] = []
    var (offset, x) = (pixels, 0)
    while indices.count < total {
      guard let count = bytes.integer(at: offset, bytes: 1, bigEndian: false),
        let code = bytes.integer(at: offset + 1, bytes: 1, bigEndian: false)
      else { throw .damaged("the file ends too early") }
      offset += 2
      switch (count, code) {
      case (1..., _):
        // A run ends at the end of its row.
        let length = min(max(0, min(count, width - x)), total - indices.count)
        let colors = bits == 4 ? [UInt8(code >> 4), UInt8(code & 15)] : [UInt8(code), UInt8(code)]
        for place in 0..<length { indices.append(colors[place % 2]) }
        x += length
      case (_, 0):
        while indices.count % width != 0 { indices.append(0) }
        x = 0
      case (_, 1): throw .damaged("the runs end before the last pixel")
      case (_, 2):
        guard let right = bytes.integer(at: offset, bytes: 1, bigEndian: false),
          let up = bytes.integer(at: offset + 1, bytes: 1, bigEndian: false)
        else { throw .damaged("the file ends too early") }
        offset += 2
        indices += repeatElement(0, count: min(total - indices.count, right + up * width))
        x = indices.count % width
      default:
        // `code` indices, padded to an even offset.
        let length = min(total - indices.count, code)
        let size = bits == 4 ? (length + 1) / 2 : length
        guard bytes.holds(size, of: 1, at: offset) else { throw .damaged("the file ends too early") }
        for place in 0..<length {
          let byte = bytes[offset + (bits == 4 ? place / 2 : place)]
          indices.append(bits == 8 ? byte : place % 2 == 0 ? byte >> 4 : byte & 15)
        }
        x += code
        offset += size
        offset += offset % 2
      }
    }
    return indices
  }
}

extension BMPDecoder {
  /// The information header in any of its sizes.
  private struct Header {
    /// The supported ways to store pixels; others, such as JPEG and PNG, are for printers.
    enum Compression: Int {
      case plain = 0
      case runs8 = 1
      case runs4 = 2
      case masks = 3
    }

    let size: Int
    let width: Int
    let height: Int
    let isTopDown: Bool
    let bits: Int
    let compression: Compression
    /// The number of colors in the palette, if there is one.
    let colors: Int
    /// The masks of red, green and blue.
    let masks: [Int]
    /// Whether it is a BITMAPCOREHEADER, whose palette has three bytes per color.
    var isCore: Bool { size == 12 }

    init(_ bytes: Span<UInt8>) throws(ImageDefect) {
      func field(_ offset: Int, _ size: Int) throws(ImageDefect) -> Int {
        guard let value = bytes.integer(at: 14 + offset, bytes: size, bigEndian: false) else {
          throw .damaged("the file ends too early")
        }
        return value
      }
      size = try field(0, 4)
      switch size {
      case 12:
        width = try field(4, 2)
        height = try field(6, 2)
        isTopDown = false
        bits = try field(10, 2)
        compression = .plain
        colors = 1 << min(bits, 16)
        masks = []
      case 40, 52, 56, 64, 108, 124:
        width = try field(4, 4)
        // A negative height.
        isTopDown = try field(11, 1) == 0xff
        height = isTopDown ? try 1 << 32 - field(8, 4) : try field(8, 4)
        bits = try field(14, 2)
        let code = try field(16, 4)
        guard let known = Compression(rawValue: code) else { throw .unsupported("compression \(code)") }
        compression = known
        let claimed = try field(32, 4)
        colors = claimed == 0 ? 1 << min(bits, 16) : claimed
        // They are part of a longer header, or follow a short one: at the same offset.
        masks = compression == .masks ? try [field(40, 4), field(44, 4), field(48, 4)] : []
      default: throw .unsupported("header of \(size) bytes")
      }
    }
  }
}
