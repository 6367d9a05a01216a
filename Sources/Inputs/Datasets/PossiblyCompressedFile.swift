import CZlib
import Files

/// Reads a whole file that may be gzipped.
enum PossiblyCompressedFile {
  /// Bytes of the largest file of a data set that is held in memory.
  static let limit = 1 << 31

  /// The content of `path`, inflated if it begins as gzip does; at most ``limit`` bytes.
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

  /// The inflated content of a file, read piece by piece: what is held is the result.
  ///
  /// Memory is reserved for the length that the file's end claims, as far as deflate can reach it from so few
  /// bytes, so that nothing is copied while it grows; it is touched only as it fills.
  private static func inflated(_ file: RegularFile) throws(DatasetError) -> [UInt8] {
    let path = file.path
    var stream = unsafe z_stream()
    // 16: a gzip header and nothing else; its checksum and length are compared at the end.
    let opened = unsafe inflateInit2_(
      &stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard opened == Z_OK else { throw .damagedGzip(path: path, code: opened) }
    defer { unsafe inflateEnd(&stream) }
    var output: [UInt8] = []
    output.reserveCapacity(min(try claimedLength(file), file.size * highestRatio, limit))
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
          output += piece[..<made]
          // This input has given all it has; a full piece may leave more inside the stream.
          if made < piece.count { break }
        }
        left = Int(unsafe stream.avail_in)
        // That there was nothing more to do is no error.
        if code == Z_BUF_ERROR && left == 0 { code = Z_OK }
      }
    }
    if output.count > limit { throw .tooLarge(path: path, limit: limit) }
    guard code == Z_STREAM_END, left == 0, read == file.size else {
      // A stream that wants more than there is was cut.
      throw .damagedGzip(
        path: path, code: code == Z_OK ? Z_BUF_ERROR : code == Z_STREAM_END ? Z_DATA_ERROR : code)
    }
    return output
  }

  /// Bytes that deflate makes of one at most (zlib's manual, "Maximum compression factor").
  private static let highestRatio = 1032

  /// The length of the content, modulo 2³², as the last bytes of the file have it.
  private static func claimedLength(_ file: RegularFile) throws(DatasetError) -> Int {
    do throws(FileError) {
      let end = try file.bytes(at: max(0, file.size - 4), count: min(4, file.size))
      return end.reversed().reduce(0) { $0 << 8 | Int($1) }
    } catch { throw .file(error) }
  }
}
