import CZlib
import Files
import TensorCore

/// Reads a whole file that may be gzipped.
enum PossiblyCompressedFile {
  /// Most bytes of a data set file in memory.
  static let limit = 1 << 31

  /// The content of `path`, decompressed if it is gzip; at most ``limit`` bytes.
  static func read(path: String) throws(DatasetError) -> [UInt8] {
    let file: RegularFile
    do throws(FileError) { file = try RegularFile(path: path) } catch { throw .file(error) }
    guard file.size <= limit else { throw .tooLarge(path: path, limit: limit) }
    do throws(FileError) {
      let start = try file.bytes(at: 0, count: min(2, file.size))
      if start != [0x1f, 0x8b] { return try file.bytes(at: 0, count: file.size) }
    } catch { throw .file(error) }
    return try inflated(file)
  }

  /// Decompresses a file that is read in pieces, so that only the result is in memory.
  ///
  /// Memory is reserved for the length that the file claims at its end, if deflate can produce that much, so that the
  /// result is not copied while it grows. Reserved memory is touched only as it is filled.
  private static func inflated(_ file: RegularFile) throws(DatasetError) -> [UInt8] {
    let path = file.path
    var stream = unsafe z_stream()
    // 16 selects gzip; zlib then verifies checksum and length.
    let opened = unsafe inflateInit2_(
      &stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard opened == Z_OK else { throw .damagedGzip(path: path, code: opened) }
    defer { unsafe inflateEnd(&stream) }
    var output: [UInt8] = []
    let expected = min(try claimedLength(file), file.size * highestRatio, limit)
    guard AvailableMemory.holds(expected) else { throw .file(.outOfMemory(path: path, bytes: expected)) }
    output.reserveCapacity(expected)
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    var (code, read, left) = (Z_OK, 0, 0)
    while code == Z_OK && read < file.size && output.count <= limit {
      var input: [UInt8]
      do throws(FileError) {
        input = try file.bytes(at: read, count: min(piece.count, file.size - read))
      } catch { throw .file(error) }
      read += input.count
      unsafe input.withUnsafeMutableBufferPointer { source in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        while code == Z_OK && output.count <= limit {
          let made = unsafe piece.withUnsafeMutableBufferPointer { target in
            unsafe stream.next_out = target.baseAddress
            unsafe stream.avail_out = UInt32(target.count)
            code = unsafe inflate(&stream, Z_NO_FLUSH)
            return unsafe target.count - Int(stream.avail_out)
          }
          // Growing takes room for twice as much beside what is there.
          guard output.count + made <= output.capacity || AvailableMemory.holds(2 * output.count + made)
          else {
            code = Z_MEM_ERROR
            break
          }
          output += piece[..<made]
          // Less than a full piece means that the input is used up; otherwise more output may be pending.
          if made < piece.count { break }
        }
        left = Int(unsafe stream.avail_in)
        // Z_BUF_ERROR without input only means that there was nothing left to do.
        if code == Z_BUF_ERROR && left == 0 { code = Z_OK }
      }
    }
    if code == Z_MEM_ERROR { throw .file(.outOfMemory(path: path, bytes: 2 * output.count)) }
    if output.count > limit { throw .tooLarge(path: path, limit: limit) }
    guard code == Z_STREAM_END, left == 0, read == file.size else {
      // A stream that needs more input was truncated.
      throw .damagedGzip(
        path: path, code: code == Z_OK ? Z_BUF_ERROR : code == Z_STREAM_END ? Z_DATA_ERROR : code)
    }
    return output
  }

  /// Most bytes that deflate can produce from one (zlib manual, "Maximum compression factor").
  private static let highestRatio = 1032

  /// The length of the content modulo 2³², according to the end of the file.
  private static func claimedLength(_ file: RegularFile) throws(DatasetError) -> Int {
    do throws(FileError) {
      let end = try file.bytes(at: max(0, file.size - 4), count: min(4, file.size))
      return end.reversed().reduce(0) { $0 << 8 | Int($1) }
    } catch { throw .file(error) }
  }
}
