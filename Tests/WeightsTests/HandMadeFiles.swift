import CZlib
import Weights

/// Opens bytes as a weight file and reads every tensor.
func readAll(_ bytes: [UInt8]) throws(CheckpointError) -> StateDict {
  try StateDict(Checkpoint(ByteSource(bytes, name: "memory")))
}

/// What is wrong with `bytes`, or `nil` where they are read without complaint.
func defect(_ bytes: [UInt8]) -> CheckpointDefect? {
  do throws(CheckpointError) { _ = try readAll(bytes) } catch {
    if case .unusable(_, let defect) = error { return defect }
  }
  return nil
}

/// A raw deflate stream: zlib's, without its header and trailer.
func deflated(_ bytes: [UInt8]) -> [UInt8] {
  var size = compressBound(UInt(bytes.count))
  var result = [UInt8](repeating: 0, count: Int(size))
  let status = compress(&result, &size, bytes, UInt(bytes.count))
  precondition(status == Z_OK)
  return Array(result[2..<Int(size) - 4])
}

/// Little-endian bytes of a number.
func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
  (0..<Integer.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Integer(8 * $0)) }
}

/// CRC-32, bit by bit.
func crc(_ bytes: [UInt8]) -> UInt32 {
  var value = UInt32.max
  for byte in bytes {
    value ^= UInt32(byte)
    for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : (value >> 1) ^ 0xedb8_8320 }
  }
  return ~value
}

/// A zip archive written as a test wants it, truthful unless told otherwise.
struct ZipWriter {
  struct Member {
    var name: String
    var content: [UInt8]
    var method: UInt16 = 0
    var count: UInt32?
    var checksum: UInt32?
    var offset: UInt32?
  }

  var members: [Member]

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let name = Array(member.name.utf8)
      let stored = UInt32(member.content.count)
      var shared: [UInt8] = little(member.method) + [0, 0, 0, 0]
      shared += little(member.checksum ?? crc(member.content))
      shared += little(stored) + little(member.count ?? stored)
      shared += little(UInt16(name.count)) + [0, 0]
      let offset = member.offset ?? UInt32(file.count)
      file += [0x50, 0x4b, 3, 4, 20, 0, 0, 0] + shared + name + member.content
      directory += [0x50, 0x4b, 1, 2, 20, 0, 20, 0, 0, 0] + shared
      directory += [UInt8](repeating: 0, count: 10) + little(offset) + name
    }
    var end: [UInt8] = [0x50, 0x4b, 5, 6, 0, 0, 0, 0]
    end += little(UInt16(members.count)) + little(UInt16(members.count))
    end += little(UInt32(directory.count)) + little(UInt32(file.count)) + [0, 0]
    return file + directory + end
  }
}

/// A pickle written opcode by opcode.
struct Pickle {
  private(set) var bytes: [UInt8] = [0x80, 2]

  static func text(_ text: String) -> [UInt8] {
    [UInt8(ascii: "X")] + little(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  static func int(_ value: Int) -> [UInt8] {
    if let small = Int32(exactly: value) { return [UInt8(ascii: "J")] + little(small) }
    return [0x8a, 8] + little(Int64(value))
  }

  static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

  static func tuple(_ items: [[UInt8]]) -> [UInt8] { [0x28] + items.flatMap { $0 } + [UInt8(ascii: "t")] }

  static func storage(_ key: String, count: Int, type: String = "FloatStorage") -> [UInt8] {
    tuple([text("storage"), global("torch", type), text(key), text("cpu"), int(count)]) + [UInt8(ascii: "Q")]
  }

  static func tensor(storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
    let hooks = global("collections", "OrderedDict") + Array(")R".utf8)
    let arguments = [storage, int(offset), tuple(shape.map(int)), tuple(strides.map(int)), [0x89], hooks]
    return global("torch._utils", "_rebuild_tensor_v2") + tuple(arguments) + Array("R".utf8)
  }

  static func dictionary(_ items: [(String, [UInt8])]) -> [UInt8] {
    Array("}(".utf8) + items.flatMap { text($0.0) + $0.1 } + [UInt8(ascii: "u")]
  }

  /// A whole pickle of one value.
  static func whole(_ value: [UInt8]) -> [UInt8] { [0x80, 2] + value + [UInt8(ascii: ".")] }

  /// A zip checkpoint of one pickle and its storages.
  static func torch(_ value: [UInt8], storages: [(String, [UInt8])] = []) -> [UInt8] {
    ZipWriter(
      members: [.init(name: "a/data.pkl", content: whole(value))]
        + storages.map { .init(name: "a/data/\($0.0)", content: $0.1) }
    ).bytes
  }

  /// A legacy checkpoint of one pickle, the storage keys it lists, and what follows.
  static func legacy(_ value: [UInt8], keys: [String], storages: [UInt8]) -> [UInt8] {
    let magic: [UInt8] = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
    let list = Array("](".utf8) + keys.flatMap(text) + [UInt8(ascii: "e")]
    let preamble = whole(magic) + whole(int(1001)) + whole(Array("}".utf8))
    return preamble + whole(value) + whole(list) + storages
  }
}

/// A safetensors file from its header's text.
func safetensors(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
  little(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: data)
}

/// Floats as bytes.
func floatBytes(_ values: [Float]) -> [UInt8] { values.flatMap { little($0.bitPattern) } }
