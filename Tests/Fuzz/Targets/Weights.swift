import TensorCore
import Weights

extension FuzzTarget {
  /// Weight files in each format, and the parts of them that checksums or lengths would protect from mutations.
  static let weights: [FuzzTarget] = [
    FuzzTarget("safetensors", longest: 1 << 12) { try readAll($0) },
    FuzzTarget("safetensors-header", longest: 1 << 12) { try readAll(withTensorsAfter(header: $0)) },
    FuzzTarget("torch", longest: 1 << 14) { try readAll(withoutMemberChecksums($0)) },
    FuzzTarget("torch-pickle", longest: 1 << 12) { try readAll(torchArchive(pickle: $0)) },
    FuzzTarget("torch-legacy", longest: 1 << 14) { try readAll($0) },
    FuzzTarget("npz", longest: 1 << 13) { try readAll(withoutMemberChecksums($0)) },
    FuzzTarget("npy", longest: 1 << 11) { try readAll($0) },
  ]

  /// Reads all that a weight file has, as `inspect --verify`, `infer` and `convert` do.
  private static func readAll(_ bytes: [UInt8]) throws {
    let source = ByteSource(bytes, name: "memory")
    let checkpoint = try Checkpoint(source)
    for tensor in checkpoint.tensors {
      attempt { _ = try checkpoint.statistics(of: tensor) }
      var values = [Float](repeating: 0, count: tensor.shape.count)
      attempt { try values.withUnsafeMutableBufferPointer { try checkpoint.read(tensor, into: $0) } }
    }
    attempt { try checkpoint.verifyArchive() }
    attempt { try checkpoint.requireReadable() }
    attempt {
      guard let description = try WeightDescription(checkpoint) else { return }
      // What is read is what was written, whatever its characters are.
      precondition(description.classes > 0 && description.inputShape.rank == 3)
    }
    for key in checkpoint.otherKeys + [checkpoint.mainKey] {
      attempt { _ = try Checkpoint(source, key: key) }
    }
  }

  /// A safetensors file with this header, its length before it and some tensors behind it.
  private static func withTensorsAfter(header: [UInt8]) -> [UInt8] {
    littleEndian(UInt64(header.count)) + header + [UInt8](repeating: 0x3f, count: 256)
  }

  /// An archive as `torch.save` writes it, with two storages of 64 floats, and without checksums.
  private static func torchArchive(pickle: [UInt8]) -> [UInt8] {
    let storage = [UInt8](repeating: 0x3f, count: 256)
    let members = [("archive/data.pkl", pickle), ("archive/data/0", storage), ("archive/data/1", storage)]
    var (file, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, content) in members {
      let count = littleEndian(UInt32(content.count))
      let shared =
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] + count + count + littleEndian(UInt16(name.utf8.count)) + [0, 0]
      directory += [0x50, 0x4b, 1, 2, 20, 0, 20, 0, 0, 0] + shared + [UInt8](repeating: 0, count: 10)
      directory += littleEndian(UInt32(file.count)) + Array(name.utf8)
      file += [0x50, 0x4b, 3, 4, 20, 0, 0, 0] + shared + Array(name.utf8) + content
    }
    let number = littleEndian(UInt16(members.count))
    let end = number + number + littleEndian(UInt32(directory.count)) + littleEndian(UInt32(file.count))
    return file + directory + [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + end + [0, 0]
  }

  /// The same archive with zeros for the checksums of its members, which counts as none recorded.
  static func withoutMemberChecksums(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for start in 0..<max(0, bytes.count - 20) where bytes[start] == 0x50 && bytes[start + 1] == 0x4b {
      let field =
        switch (bytes[start + 2], bytes[start + 3]) {
        case (3, 4): start + 14
        case (1, 2): start + 16
        default: bytes.count
        }
      if field + 4 <= bytes.count { for index in field..<field + 4 { bytes[index] = 0 } }
    }
    return bytes
  }

  private static func littleEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    (0..<Integer.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Integer(8 * $0)) }
  }
}
