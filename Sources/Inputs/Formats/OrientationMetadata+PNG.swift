extension OrientationMetadata {
  /// Reads the chunks eXIf, tEXt, zTXt and iTXt (PNG specification, third edition, section 11.3).
  ///
  /// As in Pillow, a chunk replaces earlier ones of its kind, before or after the pixels, up to the next frame of an
  /// animation. ImageMagick's `Raw profile type APP1` is ignored.
  init(ofPNG bytes: Span<UInt8>) {
    var xmpBytes: [UInt8]?
    var isAfterPixels = false
    var offset = 8
    walk: while let chunk = PNGChunk(at: offset, in: bytes), chunk.data.upperBound <= bytes.count {
      offset = chunk.end
      let data = bytes.extracting(chunk.data)
      switch chunk.type {
      case "IDAT": isAfterPixels = true
      case "IEND": break walk
      case "fcTL": if isAfterPixels { break walk }
      case "eXIf": exif = data.copy(of: 0..<data.count)
      case "tEXt", "zTXt", "iTXt":
        switch PNGText(chunk.type, data) {
        case .some(let text) where text.keyword == .exif: if chunk.type == "tEXt" { exif = text.content }
        case .some(let text) where text.keyword == .rawProfile: rawProfile = text.content
        case .some(let text):
          // For iTXt, Pillow keeps the bytes as well as the text, which has to be UTF-8.
          if chunk.type == "iTXt" { xmpBytes = text.content }
          if text.isValid { xmp = text.content }
        case nil: break
        }
      default: break
      }
    }
    if xmp?.isEmpty ?? true { xmp = xmpBytes }
  }
}

/// A text chunk of a PNG file that may contain an orientation.
private struct PNGText {
  enum Keyword: String {
    case exif = "exif"
    case rawProfile = "Raw profile type exif"
    case xmp = "XML:com.adobe.xmp"
  }

  let keyword: Keyword
  /// The text, inflated.
  let content: [UInt8]
  /// Whether the text has the encoding of its chunk: UTF-8 in iTXt, any bytes in the others.
  let isValid: Bool

  /// Most bytes of an inflated text, as in Pillow.
  private static let longest = 1 << 20

  /// Reads the `data` of a text chunk; `nil` if it has another keyword, is damaged or too long.
  init?(_ type: ChunkType, _ data: Span<UInt8>) {
    guard let end = data.firstIndex(of: 0, in: 0..<min(data.count, 80)),
      let keyword = Keyword(rawValue: String(decoding: data.copy(of: 0..<end), as: UTF8.self))
    else { return nil }
    self.keyword = keyword
    let rest = data.extracting(end + 1..<data.count)
    switch type {
    case "tEXt":
      content = rest.copy(of: 0..<rest.count)
      isValid = true
    case "zTXt":
      guard rest.count > 0, rest[0] == 0,
        let text = Inflater.text(rest.extracting(1..<rest.count), limit: PNGText.longest)
      else { return nil }
      content = text
      isValid = true
    default:
      // Compression flag, compression method, language and translated keyword (both null-terminated), text.
      guard rest.count >= 2, let language = rest.firstIndex(of: 0, in: 2..<rest.count),
        let translated = rest.firstIndex(of: 0, in: language + 1..<rest.count)
      else { return nil }
      let text = rest.extracting(translated + 1..<rest.count)
      if rest[0] == 0 {
        content = text.copy(of: 0..<text.count)
      } else {
        guard rest[1] == 0, let inflated = Inflater.text(text, limit: PNGText.longest) else { return nil }
        content = inflated
      }
      isValid =
        String(validating: rest.copy(of: 2..<translated), as: UTF8.self) != nil
        && String(validating: content, as: UTF8.self) != nil
    }
  }
}
