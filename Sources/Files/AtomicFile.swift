import Glibc

/// Writes a file so that a kill, a crash or a full disk leaves either the old file or the new one.
///
/// A temporary file beside the target is written, synced and renamed over it, and the folder is
/// synced. Every result file of this program is written here.
package enum AtomicFile {
  /// Writes what `body` hands to its argument, piece by piece.
  ///
  /// Throws ``FileError``; the temporary file is removed then, and whatever stood at `path` still does.
  package static func write(
    to path: String,
    _ body: (_ append: (UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) -> Void
  ) throws(FileError) {
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, errno: errno) }
    do throws(FileError) {
      do throws(FileError) {
        try unsafe body { (bytes: UnsafeRawBufferPointer) throws(FileError) in
          try unsafe append(bytes, to: descriptor, path: path)
        }
        guard fsync(descriptor) == 0 else { throw .writeFailed(path: path, errno: errno) }
      } catch {
        close(descriptor)
        throw error
      }
      guard close(descriptor) == 0 else { throw .writeFailed(path: path, errno: errno) }
      guard unsafe rename(temporary, path) == 0 else { throw .cannotCreate(path: path, errno: errno) }
    } catch {
      unsafe unlink(temporary)
      throw error
    }
    syncFolder(of: path)
  }

  /// Writes `bytes` as the whole file.
  package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try unsafe write(to: path) {
      (append: (UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) in
      var failure: FileError?
      unsafe bytes.withUnsafeBytes { (raw: UnsafeRawBufferPointer) in
        do throws(FileError) { try unsafe append(raw) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }

  private static func append(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String
  ) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let count = unsafe Glibc.write(
        descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw .writeFailed(path: path, errno: errno) }
      done += count
    }
  }

  /// The rename is durable only once its folder is.
  ///
  /// A file system that cannot sync folders is no reason to call a complete file a failure.
  private static func syncFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
