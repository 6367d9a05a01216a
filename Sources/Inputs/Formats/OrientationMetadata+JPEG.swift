extension OrientationMetadata {
  /// Reads the segments before the first scan (ITU-T T.81, annex B.1.1.4).
  ///
  /// As in Pillow, bytes between segments are skipped, EXIF data in several segments are concatenated, and of several
  /// XMP packets the last one counts.
  init(ofJPEG bytes: Span<UInt8>) {
    let xmpName: StaticString = "http://ns.adobe.com/xap/1.0/\0"
    var offset = 2
    while let marker = bytes.integer(at: offset, bytes: 2, bigEndian: true) {
      switch marker {
      case 0xffd0...0xffd9, 0xfff0...0xfffd, 0xffc8, 0xff00: offset += 2
      case 0xffda, 0xff01...0xffbf: return
      case 0xffc0..<0xffff:
        guard let length = bytes.integer(at: offset + 2, bytes: 2, bigEndian: true), length >= 2,
          length <= bytes.count - offset - 2
        else { return }
        let data = bytes.extracting(offset + 4..<offset + 2 + length)
        if marker == 0xffe1, data.matches("Exif\0\0", at: 0) {
          exif = exif.map { $0 + data.copy(of: 6..<data.count) } ?? data.copy(of: 0..<data.count)
        } else if marker == 0xffe1, data.matches(xmpName, at: 0) {
          xmp = data.copy(of: xmpName.utf8CodeUnitCount..<data.count)
        }
        offset += 2 + length
      // Fill bytes and junk.
      default: offset += 1
      }
    }
  }
}
