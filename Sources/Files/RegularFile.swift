import Glibc
import TensorCore

/// A regular file, open for reading until it is deinitialized.
///
/// Pipes, devices and folders are refused, because they have no size that claims in the content could be checked
/// against. Bytes are read, not mapped: if the file is truncated meanwhile, that is an error and not SIGBUS. Every read
/// has its own offset, so threads can share an instance.
package final class RegularFile: Sendable {
  /// The path, as given.
  package let path: String
  /// Size in bytes when the file was opened.
  package let size: Int
  private let descriptor: Int32

  /// Opens `path`.
  ///
  /// Throws ``FileError``.
  package convenience init(path: String) throws(FileError) {
    try self.init(FilePath(path))
  }

  /// Opens `path`.
  ///
  /// Throws ``FileError``.
  package init(_ filePath: FilePath) throws(FileError) {
    let path = filePath.text
    // O_NONBLOCK: opening a FIFO without a writer must not block before it can be refused.
    let descriptor = unsafe filePath.withCString { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else {
      throw errno == ENOENT || errno == ENOTDIR
        ? .notFound(path: path) : .unreadable(path: path, errno: errno)
    }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw .unreadable(path: path, errno: code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notRegular(path: path)
    }
    self.path = path
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills all of `destination` with the bytes from `offset` on.
  ///
  /// Throws ``FileError/cutShort(path:offset:expected:found:)`` if the file ends before that.
  package func read(at offset: Int, into destination: UnsafeMutableRawBufferPointer) throws(FileError) {
    var done = 0
    while done < destination.count {
      let count = unsafe pread(
        descriptor, destination.baseAddress?.advanced(by: done), destination.count - done,
        off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw .readFailed(path: path, errno: errno) }
      if count == 0 {
        throw unsafe .cutShort(path: path, offset: offset, expected: destination.count, found: done)
      }
      done += count
    }
  }

  /// The `count` bytes from `offset` on.
  ///
  /// The range is checked against ``size`` and the available memory before memory is allocated.
  package func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
      throw .cutShort(
        path: path, offset: offset, expected: count, found: max(0, min(count, size - max(0, offset))))
    }
    guard AvailableMemory.holds(count) else { throw .outOfMemory(path: path, bytes: count) }
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: FileError?
    unsafe bytes.withUnsafeMutableBytes { (raw: UnsafeMutableRawBufferPointer) in
      do throws(FileError) { try unsafe read(at: offset, into: raw) } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }
}
