import CNettle

/// SHA-256 (FIPS 180-4).
package struct SHA256 {
  private var context = sha256_ctx()

  /// The digest of nothing yet.
  package init() { unsafe nettle_sha256_init(&context) }

  /// Adds bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    unsafe nettle_sha256_update(&context, bytes.count, start.assumingMemoryBound(to: UInt8.self))
  }

  /// The digest of all bytes in 64 lowercase hexadecimal digits; starts over.
  package mutating func finish() -> String {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
    unsafe digest.withUnsafeMutableBufferPointer {
      unsafe nettle_sha256_digest(&context, $0.count, $0.baseAddress)
    }
    return digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// The digest of `bytes`.
  package static func digest(of bytes: UnsafeRawBufferPointer) -> String {
    var hash = SHA256()
    unsafe hash.update(bytes)
    return hash.finish()
  }
}

extension RegularFile {
  /// The SHA-256 digest of the file in 64 lowercase hexadecimal digits.
  ///
  /// Throws ``FileError``.
  package func sha256() throws(FileError) -> String {
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { unsafe piece.deallocate() }
    var hash = SHA256()
    for offset in stride(from: 0, to: size, by: piece.count) {
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: piece[..<min(piece.count, size - offset)])
      try unsafe read(at: offset, into: part)
      unsafe hash.update(UnsafeRawBufferPointer(part))
    }
    return hash.finish()
  }
}
