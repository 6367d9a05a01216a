import Files
import Glibc

/// The received part of a file, beside its destination: `NAME.partial`.
///
/// One process at a time holds its lock, which the system releases with the process, however that ends. It is kept when a
/// download is interrupted, so that the next one resumes there.
final class PartialFile {
  /// Its path.
  let path: String
  private let target: String
  private let descriptor: Int32
  /// Bytes in it.
  private(set) var size: Int

  private init(path: String, target: String, descriptor: Int32, size: Int) {
    self.path = path
    self.target = target
    self.descriptor = descriptor
    self.size = size
  }

  deinit { close(descriptor) }

  /// Opens or creates the partial file of `target`; `nil` if another process has it.
  ///
  /// Throws ``FileError``.
  static func lock(for target: String) throws(FileError) -> PartialFile? {
    let path = target + AtomicFile.partialSuffix
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, errno: errno) }
    do throws(FileError) {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        if errno != EWOULDBLOCK { throw .cannotCreate(path: path, errno: errno) }
        close(descriptor)
        return nil
      }
      var ours = stat()
      guard unsafe fstat(descriptor, &ours) == 0 else { throw .cannotCreate(path: path, errno: errno) }
      guard ours.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path: path) }
      // Before it was locked, another process may have given it its name or removed it.
      var current = stat()
      guard unsafe stat(path, &current) == 0, current.st_ino == ours.st_ino, current.st_dev == ours.st_dev
      else {
        close(descriptor)
        return nil
      }
      return PartialFile(path: path, target: target, descriptor: descriptor, size: Int(ours.st_size))
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Adds bytes.
  func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let count = unsafe pwrite(
        descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, off_t(size))
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw .writeFailed(path: path, errno: errno) }
      done += count
      size += count
    }
  }

  /// Drops all bytes.
  func clear() throws(FileError) {
    guard ftruncate(descriptor, 0) == 0 else { throw .writeFailed(path: path, errno: errno) }
    size = 0
  }

  /// Removes it.
  func remove() { unsafe unlink(path) }

  /// Gives it the name of the whole file.
  func publish() throws(FileError) { try AtomicFile.publish(descriptor, at: path, as: target) }
}
