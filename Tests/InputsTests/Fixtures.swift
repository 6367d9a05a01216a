import Files
import Inputs
import TensorCore

/// The files that `scripts/golden/make_image_fixtures.py` writes.
enum Fixtures {
  static func path(_ name: String) -> String {
    let here = "\(#filePath)"
    let folder = here[..<(here.lastIndex(of: "/") ?? here.startIndex)]
    return "\(folder)/Fixtures/\(name)"
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    let file = try RegularFile(path: path(name))
    return try file.bytes(at: 0, count: file.size)
  }

  /// The lines of a text fixture, split at blanks, without comments.
  static func table(_ name: String) throws -> [[String]] {
    String(decoding: try bytes(name), as: UTF8.self).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: " ").map(String.init) }
  }
}

/// FNV-1a, 64 bits, in hexadecimal.
func fnv(_ bytes: [UInt8]) -> String {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
