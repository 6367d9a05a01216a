import Files
import TensorCore

/// The bytes of a weight file: on disk, in memory, or embedded in the program.
///
/// Every read has its own offset, so threads can share a value.
package struct ByteSource: Sendable {
  private enum Origin: Sendable {
    case file(RegularFile)
    case memory([UInt8])
    case constant(ConstantBytes)
  }

  /// The path, or the name that messages use instead.
  package let path: String
  /// Size in bytes.
  package let size: Int
  private let origin: Origin

  /// The file at `path`.
  ///
  /// Throws ``CheckpointError/file(_:)``.
  package init(path: String) throws(CheckpointError) {
    do throws(FileError) {
      let file = try RegularFile(path: path)
      self.path = path
      size = file.size
      origin = .file(file)
    } catch {
      throw .file(error)
    }
  }

  /// Bytes in memory; messages call them `name`.
  package init(_ bytes: [UInt8], name: String) {
    path = name
    size = bytes.count
    origin = .memory(bytes)
  }

  /// Bytes that are part of the program and never change; messages call them `name`.
  package init(constant bytes: UnsafeRawBufferPointer, name: String) {
    path = name
    size = bytes.count
    unsafe origin = .constant(ConstantBytes(bytes: bytes))
  }

  /// Fills all of `destination` with the bytes from `offset` on.
  ///
  /// Throws ``CheckpointError/file(_:)``.
  func read(at offset: Int, into destination: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
    switch origin {
    case .file(let file):
      do throws(FileError) { try unsafe file.read(at: offset, into: destination) } catch {
        throw .file(error)
      }
    case .memory(let bytes):
      try checkRange(at: offset, count: destination.count)
      unsafe bytes.withUnsafeBytes { raw in
        unsafe destination.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: raw[offset..<offset + destination.count]))
      }
    case .constant(let constant):
      try checkRange(at: offset, count: destination.count)
      unsafe destination.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: constant.bytes[offset..<offset + destination.count]))
    }
  }

  /// Throws if the bytes end before `offset + count`.
  private func checkRange(at offset: Int, count: Int) throws(CheckpointError) {
    guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
      throw .file(
        .cutShort(
          path: path, offset: offset, expected: count, found: max(0, min(count, size - max(0, offset)))))
    }
  }

  /// The `count` bytes from `offset` on; the range is checked against ``size`` before memory is allocated.
  func bytes(at offset: Int, count: Int) throws(CheckpointError) -> [UInt8] {
    try checkRange(at: offset, count: count)
    try checkMemory(count)
    var bytes = [UInt8](repeating: 0, count: count)
    try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(CheckpointError) in
      try unsafe read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return bytes
  }

  /// Throws if `count` more bytes cannot be allocated.
  func checkMemory(_ count: Int) throws(CheckpointError) {
    guard AvailableMemory.holds(count) else { throw .file(.outOfMemory(path: path, bytes: count)) }
  }

  /// Adds the path to what a parser throws.
  func checked<Result>(_ body: () throws(CheckpointDefect) -> Result) throws(CheckpointError) -> Result {
    do throws(CheckpointDefect) { return try body() } catch { throw .unusable(path: path, error) }
  }

  /// The error that says what is wrong with this file.
  func unusable(_ defect: CheckpointDefect) -> CheckpointError { .unusable(path: path, defect) }
}

/// Bytes of the program itself, which every thread may read at any time.
@safe private struct ConstantBytes: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
}

extension [UInt8] {
  /// The little-endian integer at `offset`, or `nil` if the bytes end before its end.
  func littleEndian<Integer: FixedWidthInteger & UnsignedInteger>(
    _ type: Integer.Type, at offset: Int
  ) -> Integer? {
    let width = MemoryLayout<Integer>.size
    guard offset >= 0, offset <= count, width <= count - offset else { return nil }
    var value: Integer = 0
    for i in 0..<width { value |= Integer(self[offset + i]) << Integer(8 * i) }
    return value
  }

  /// Whether the bytes at `offset` are `other`.
  func holds(_ other: [UInt8], at offset: Int) -> Bool {
    offset >= 0 && offset <= count && other.count <= count - offset
      && self[offset..<offset + other.count].elementsEqual(other)
  }
}
