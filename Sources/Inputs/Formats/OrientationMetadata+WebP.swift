extension OrientationMetadata {
  /// Reads the chunks that the extended header declares (RFC 9649, section 2.7.1).
  init(ofWebP bytes: Span<UInt8>) {
    guard bytes.matches("VP8X", at: 12), let header = WebPChunk(at: 12, in: bytes), header.payload.count >= 10
    else { return }
    let flags = bytes[header.payload.lowerBound]
    var offset = header.end
    while let chunk = WebPChunk(at: offset, in: bytes) {
      if flags & 0x08 != 0, exif == nil, !chunk.payload.isEmpty, bytes.matches("EXIF", at: offset) {
        exif = bytes.copy(of: chunk.payload)
      } else if flags & 0x04 != 0, xmp == nil, !chunk.payload.isEmpty, bytes.matches("XMP ", at: offset) {
        xmp = bytes.copy(of: chunk.payload)
      }
      offset = chunk.end
    }
  }
}
