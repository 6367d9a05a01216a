import CZlib
import Inputs
import TensorCore

extension FuzzTarget {
  /// A target for each image format.
  static let images: [FuzzTarget] = ImageFormat.allCases.map { format in
    FuzzTarget(format.name.lowercased(), longest: 1 << 13) { bytes in
      attempt { try decode(bytes, format) }
      if format == .png { attempt { try decode(withChunkChecksums(bytes), format) } }
    }
  }

  /// More pixels repeat the same code; formats that compress well would spend all time on them.
  private static let mostPixels = 1 << 16

  /// Decodes an image in three ways, which have to agree.
  private static func decode(_ bytes: [UInt8], _ format: ImageFormat) throws {
    let reader = try ImageReader(bytes: bytes, name: "memory")
    guard reader.format == format, reader.storedWidth * reader.storedHeight <= mostPixels else { return }
    let image = Result { try ImageDecoder.decode(reader) }
    let banded = Result {
      try ImageDecoder.decode(ImageReader(bytes: bytes, name: "memory", bandBytes: 1 << 10))
    }
    let cropped = Result {
      try Preprocessor(description).pixels(of: ImageReader(bytes: bytes, name: "memory"))
    }
    guard case .success(let image) = image else {
      precondition((try? banded.get()) == nil && (try? cropped.get()) == nil, "only some ways fail")
      _ = try image.get()
      return
    }
    let (other, size) = (try banded.get(), try cropped.get().1.size)
    precondition(image == other, "another band, other pixels")
    precondition((image.width, image.height) == (size.width, size.height), "another way, another size")
  }

  private static let description = ImagePreprocessing(
    resize: 12, cropHeight: 8, cropWidth: 10, interpolation: .bicubic, mean: [0.5, 0.5, 0.5],
    deviation: [0.5, 0.5, 0.5])

  /// The same PNG with the checksums that its chunks should have: mutations would not get past them.
  private static func withChunkChecksums(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var start = 8
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - start - 12 else { break }
      let end = start + 8 + length
      let checksum = crc32(0, Array(bytes[start + 4..<end]), UInt32(length + 4))
      for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: checksum >> UInt(24 - 8 * index)) }
      start = end + 4
    }
    return bytes
  }
}
