import Files

/// The bytes of a weight file: on disk, in memory, or in the program itself where weights are compiled in.
///
/// Reads name their offset, so threads may share one value.
package struct ByteSource: Sendable {
  private enum Origin: Sendable {
    case file(RegularFile)
    case memory([UInt8])
    case constant(ConstantBytes)
  }

  /// The path, or the name that stands for it in messages.
  package let path: String
  /// Bytes in all.
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

  /// Bytes in memory, under a name for messages.
  package init(_ bytes: [UInt8], name: String) {
    path = name
    size = bytes.count
    origin = .memory(bytes)
  }

  /// Bytes that are part of the program, under a name for messages: they stay where they are and never change.
  package init(constant bytes: UnsafeRawBufferPointer, name: String) {
    path = name
    size = bytes.count
    unsafe origin = .constant(ConstantBytes(bytes: bytes))
  }

  /// Fills `destination` from `offset` on, entirely.
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

  /// Throws where the bytes end before `offset + count`.
  private func checkRange(at offset: Int, count: Int) throws(CheckpointError) {
    guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
      throw .file(
        .cutShort(
          path: path, offset: offset, expected: count, found: max(0, min(count, size - max(0, offset)))))
    }
  }

  /// `count` bytes from `offset` on; the range is held against ``size`` before memory is taken.
  func bytes(at offset: Int, count: Int) throws(CheckpointError) -> [UInt8] {
    try checkRange(at: offset, count: count)
    var bytes = [UInt8](repeating: 0, count: count)
    try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(CheckpointError) in
      try unsafe read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return bytes
  }

  /// What a parser throws, with the path it happened at.
  func checked<Result>(_ body: () throws(CheckpointDefect) -> Result) throws(CheckpointError) -> Result {
    do throws(CheckpointDefect) { return try body() } catch { throw .unusable(path: path, error) }
  }

  /// The error that says what is wrong with this file.
  func unusable(_ defect: CheckpointDefect) -> CheckpointError { .unusable(path: path, defect) }
}

/// Bytes of the program itself, which any thread may read at any time.
@safe private struct ConstantBytes: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
}

extension [UInt8] {
  /// The little-endian integer at `offset`, or `nil` where the bytes end before.
  func littleEndian<Integer: FixedWidthInteger & UnsignedInteger>(
    _ type: Integer.Type, at offset: Int
  ) -> Integer? {
    let width = MemoryLayout<Integer>.size
    guard offset >= 0, offset <= count, width <= count - offset else { return nil }
    var value: Integer = 0
    for i in 0..<width { value |= Integer(self[offset + i]) << Integer(8 * i) }
    return value
  }

  /// Whether `other` stands at `offset`.
  func holds(_ other: [UInt8], at offset: Int) -> Bool {
    offset >= 0 && offset <= count && other.count <= count - offset
      && self[offset..<offset + other.count].elementsEqual(other)
  }
}
