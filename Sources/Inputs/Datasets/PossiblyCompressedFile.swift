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
    let bytes: [UInt8]
    do throws(FileError) { bytes = try file.bytes(at: 0, count: file.size) } catch { throw .file(error) }
    return bytes.starts(with: [0x1f, 0x8b]) ? try inflated(bytes, path: path) : bytes
  }

  /// Memory grows with what comes out, so a small file cannot claim much before it delivers.
  private static func inflated(_ bytes: [UInt8], path: String) throws(DatasetError) -> [UInt8] {
    var stream = unsafe z_stream()
    // 16: a gzip header and nothing else; its checksum and length are compared at the end.
    let opened = unsafe inflateInit2_(
      &stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard opened == Z_OK else { throw .damagedGzip(path: path, code: opened) }
    defer { unsafe inflateEnd(&stream) }
    var input = bytes
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    var code = Z_OK
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
      }
    }
    if output.count > limit { throw .tooLarge(path: path, limit: limit) }
    guard code == Z_STREAM_END, unsafe stream.avail_in == 0 else {
      throw .damagedGzip(path: path, code: code == Z_STREAM_END ? Z_DATA_ERROR : code)
    }
    return output
  }
}
