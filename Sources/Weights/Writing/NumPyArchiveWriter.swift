import CZlib
import Files
import GraphIR
import TensorCore

/// Writes `.npz`: a zip archive of `.npy` files, stored, as `numpy.savez` does.
///
/// Source: PKWARE, "APPNOTE.TXT, .ZIP File Format Specification", 6.3.10, section 4.3; without zip64.
package enum NumPyArchiveWriter {
  /// What an archive without zip64 can hold.
  private static let largestArchive = 0xffff_ffff

  /// Writes all parameters except counters, filled from `source`, with one of them in memory at a time.
  ///
  /// Throws what `source` throws, and ``CheckpointError``.
  package static func write(
    _ parameters: [Parameter], from source: any ParameterSource, to path: String
  ) throws {
    let parameters = parameters.filter { $0.role != .counter }
    let bytes = parameters.reduce(22) {
      $0 + $1.shape.count * MemoryLayout<Float>.stride + 512 + 2 * $1.name.utf8.count
    }
    guard bytes <= largestArchive, parameters.count < 0xffff else {
      throw CheckpointError.tooLargeToWrite(path: path, bytes: bytes, limit: largestArchive)
    }
    // The file writer throws only file errors; an error of the source ends it and is stored here.
    var failure: (any Error)?
    do throws(FileError) {
      try unsafe AtomicFile.write(to: path) { append throws(FileError) in
        var directory: [UInt8] = []
        var offset = 0
        func add(_ bytes: [UInt8]) throws(FileError) {
          try unsafe bytes.withUnsafeBufferPointer { bytes throws(FileError) in
            try unsafe append(UnsafeRawBufferPointer(bytes))
          }
          offset += bytes.count
        }
        for parameter in parameters {
          let size = parameter.shape.count * MemoryLayout<Float>.stride
          guard AvailableMemory.holds(size) else { throw .outOfMemory(path: path, bytes: size) }
          var values = [Float](repeating: 0, count: parameter.shape.count)
          do {
            try unsafe values.withUnsafeMutableBufferPointer { try unsafe source.fill(parameter, $0) }
          } catch {
            failure = error
          }
          if failure != nil { throw .writeFailed(path: path, errno: 0) }
          let header = NumPyFile.header(parameter.shape)
          let member = Member(
            name: Array("\(parameter.name).npy".utf8), size: header.count + size,
            checksum: unsafe header.withUnsafeBufferPointer { header in
              unsafe values.withUnsafeBytes { values in
                let first = unsafe crc32_z(0, header.baseAddress, header.count)
                return UInt32(
                  truncatingIfNeeded: unsafe crc32_z(
                    first, values.bindMemory(to: UInt8.self).baseAddress, values.count))
              }
            })
          directory += member.directoryRecord(at: offset)
          try add(member.localHeader + header)
          try unsafe values.withUnsafeBufferPointer { values throws(FileError) in
            try unsafe append(UnsafeRawBufferPointer(values))
          }
          offset += size
        }
        let start = offset
        try add(directory + endRecord(members: parameters.count, size: directory.count, at: start))
      }
    } catch { throw failure ?? CheckpointError.file(error) }
  }

  /// A stored file in the archive.
  private struct Member {
    let name: [UInt8]
    let size: Int
    let checksum: UInt32

    /// Version, flags (UTF-8 names), method, time, date (the first that there is), checksum, sizes, length of the name.
    private var description: [UInt8] {
      little(20, 2) + little(1 << 11, 2) + little(0, 2) + little(0, 2) + little(0x21, 2)
        + little(Int(checksum), 4) + little(size, 4) + little(size, 4) + little(name.count, 2)
    }

    var localHeader: [UInt8] { little(0x0403_4b50, 4) + description + little(0, 2) + name }

    func directoryRecord(at offset: Int) -> [UInt8] {
      // No extra field, no comment, first disk, no attributes.
      little(0x0201_4b50, 4) + little(20, 2) + description + [UInt8](repeating: 0, count: 12)
        + little(offset, 4) + name
    }
  }

  private static func endRecord(members: Int, size: Int, at offset: Int) -> [UInt8] {
    little(0x0605_4b50, 4) + little(0, 4) + little(members, 2) + little(members, 2) + little(size, 4)
      + little(offset, 4) + little(0, 2)
  }
}

/// The lowest bytes of a number, the lowest first.
private func little(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
