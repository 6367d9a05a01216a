import CZlib
import Files
import TensorCore

/// Reads a file that may be gzipped.
enum PossiblyCompressedFile {
  /// The first `count` bytes of the content of `path`, or all of a shorter one.
  static func start(of path: String, count: Int) throws(DatasetError) -> [UInt8] {
    let file = try open(path)
    guard try isCompressed(file) else { return try bytes(of: file, count: min(count, file.size)) }
    let stream = try GzipStream(file)
    var start: [UInt8] = []
    while start.count < count, let piece = try stream.next() { start += piece }
    return Array(start.prefix(count))
  }

  /// The content of `path`, decompressed if it is gzip.
  ///
  /// Only the result is in memory. Content of more than `limit` bytes is refused before more than these are there.
  static func read(path: String, limit: Int) throws(DatasetError) -> [UInt8] {
    let file = try open(path)
    guard try isCompressed(file) else {
      guard file.size <= limit else { throw .tooLarge(path: path, limit: limit) }
      return try bytes(of: file, count: file.size)
    }
    // Reserved, so that the result is not copied while it grows; touched only as it is filled.
    let expected = min(try claimedLength(file), file.size * highestRatio, limit)
    guard AvailableMemory.holds(expected) else { throw .file(.outOfMemory(path: path, bytes: expected)) }
    var content: [UInt8] = []
    content.reserveCapacity(expected)
    let stream = try GzipStream(file)
    while let piece = try stream.next() {
      let count = content.count + piece.count
      guard count <= limit else { throw .tooLarge(path: path, limit: limit) }
      // Growing takes room for twice as much beside what is there.
      guard count <= content.capacity || AvailableMemory.holds(content.count + count) else {
        throw .file(.outOfMemory(path: path, bytes: content.count + count))
      }
      content += piece
    }
    return content
  }

  private static func open(_ path: String) throws(DatasetError) -> RegularFile {
    do throws(FileError) { return try RegularFile(path: path) } catch { throw .file(error) }
  }

  private static func bytes(of file: RegularFile, count: Int) throws(DatasetError) -> [UInt8] {
    do throws(FileError) { return try file.bytes(at: 0, count: count) } catch { throw .file(error) }
  }

  private static func isCompressed(_ file: RegularFile) throws(DatasetError) -> Bool {
    try bytes(of: file, count: min(2, file.size)) == [0x1f, 0x8b]
  }

  /// Most bytes that deflate can produce from one (zlib manual, "Maximum compression factor").
  private static let highestRatio = 1032

  /// The length of the last member's content modulo 2³², according to the end of the file.
  private static func claimedLength(_ file: RegularFile) throws(DatasetError) -> Int {
    do throws(FileError) {
      let end = try file.bytes(at: max(0, file.size - 4), count: min(4, file.size))
      return end.reversed().reduce(0) { $0 << 8 | Int($1) }
    } catch { throw .file(error) }
  }
}

/// The content of a gzip file, piece by piece.
@safe private final class GzipStream {
  private static let pieceSize = 1 << 18

  private let file: RegularFile
  // zlib's internal state points back to this structure, so it must not move.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var input: [UInt8] = []
  /// How much of ``input`` zlib has used.
  private var used = 0
  /// How much of the file was read.
  private var read = 0
  private var output = [UInt8](repeating: 0, count: pieceSize)
  private var hasMemberEnded = false

  init(_ file: RegularFile) throws(DatasetError) {
    self.file = file
    unsafe stream.initialize(to: z_stream())
    // 16 selects gzip; zlib then verifies checksum and length.
    let code = unsafe inflateInit2_(
      stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw .damagedGzip(path: file.path, code: code) }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// The next bytes, or `nil` at the end of the file.
  func next() throws(DatasetError) -> ArraySlice<UInt8>? {
    while true {
      if used == input.count { try refill() }
      if hasMemberEnded {
        guard used < input.count else { return nil }
        // Files may have been concatenated (RFC 1952, section 2.2).
        unsafe inflateReset(stream)
        hasMemberEnded = false
      }
      let (code, made) = inflateOnce()
      // Without input, Z_BUF_ERROR says that the end is missing.
      guard code == Z_OK || code == Z_STREAM_END else { throw .damagedGzip(path: file.path, code: code) }
      hasMemberEnded = code == Z_STREAM_END
      if made > 0 { return output[..<made] }
    }
  }

  private func refill() throws(DatasetError) {
    do throws(FileError) {
      input = try file.bytes(at: read, count: min(Self.pieceSize, file.size - read))
    } catch { throw .file(error) }
    read += input.count
    used = 0
  }

  private func inflateOnce() -> (code: Int32, made: Int) {
    unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.pointee.next_in = source.baseAddress.map { unsafe $0 + used }
        unsafe stream.pointee.avail_in = UInt32(source.count - used)
        unsafe stream.pointee.next_out = target.baseAddress
        unsafe stream.pointee.avail_out = UInt32(target.count)
        let code = unsafe inflate(stream, Z_NO_FLUSH)
        used = unsafe source.count - Int(stream.pointee.avail_in)
        return unsafe (code, target.count - Int(stream.pointee.avail_out))
      }
    }
  }
}
