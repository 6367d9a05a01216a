import Glibc

/// Writes a file so that a kill, a crash or a full disk leaves either the old file or the new one.
///
/// A temporary file beside the target is written, synced and renamed over it, and the folder is
/// synced. Every result file of this program is written here.
///
/// Whatever exists at the path keeps its kind: pipes and devices are written to, a symbolic link keeps pointing to
/// the file that is replaced, and a replaced file keeps its permissions and, as far as the system allows, its owner.
package enum AtomicFile {
  /// Writes the pieces that `body` passes to its argument.
  ///
  /// Throws ``FileError``; the temporary file is then removed, and `path` is unchanged.
  package static func write(
    to path: String,
    _ body: (_ append: (UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) -> Void
  ) throws(FileError) {
    switch try Target(path) {
    case .stream: try unsafe writeThrough(to: path, body)
    case .new(let file): try unsafe replace(file, called: path, like: nil, body)
    case .existing(let file, let status): try unsafe replace(file, called: path, like: status, body)
    }
  }

  /// Throws ``FileError`` if a file cannot be written at `path`, so that no work is lost for that.
  ///
  /// Leaves nothing behind. Pipes and devices are not opened before there is something to write.
  package static func check(_ path: String) throws(FileError) {
    switch try Target(path) {
    case .stream: return
    case .new(let file), .existing(let file, _):
      let temporary = Self.temporary(file)
      let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw .cannotCreate(path: path, errno: errno) }
      close(descriptor)
      unsafe unlink(temporary)
    }
  }

  /// Suffix of a file that is still being downloaded.
  package static let partialSuffix = ".partial"

  /// Renames a file that was written completely under another name in the same folder, after syncing it.
  ///
  /// Throws ``FileError``; the file then keeps the other name.
  package static func publish(
    _ descriptor: Int32, at temporary: String, as target: String
  ) throws(FileError) {
    guard fsync(descriptor) == 0 else { throw .writeFailed(path: temporary, errno: errno) }
    guard unsafe rename(temporary, target) == 0 else { throw .cannotCreate(path: target, errno: errno) }
    syncFolder(of: target)
  }

  private static func temporary(_ target: String) -> String { "\(target).\(getpid()).tmp" }

  private static func replace(
    _ target: String, called path: String, like existing: stat?,
    _ body: (_ append: (UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) -> Void
  ) throws(FileError) {
    let temporary = Self.temporary(target)
    // The new content of a private file must not be readable before the file has its permissions.
    let mode: mode_t = existing == nil ? 0o666 : 0o600
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, errno: errno) }
    do throws(FileError) {
      do throws(FileError) {
        if let existing {
          // The owner comes first, because changing it may clear permission bits. Only root can do that.
          _ = fchown(descriptor, existing.st_uid, existing.st_gid)
          guard fchmod(descriptor, existing.st_mode & 0o7777) == 0 else {
            throw .cannotCreate(path: path, errno: errno)
          }
        }
        try unsafe body { (bytes: UnsafeRawBufferPointer) throws(FileError) in
          try unsafe append(bytes, to: descriptor, path: path)
        }
        guard fsync(descriptor) == 0 else { throw .writeFailed(path: path, errno: errno) }
      } catch {
        close(descriptor)
        throw error
      }
      guard close(descriptor) == 0 else { throw .writeFailed(path: path, errno: errno) }
      guard unsafe rename(temporary, target) == 0 else { throw .cannotCreate(path: path, errno: errno) }
    } catch {
      unsafe unlink(temporary)
      throw error
    }
    syncFolder(of: target)
  }

  /// Writes to a pipe or a device, which cannot be replaced.
  private static func writeThrough(
    to path: String,
    _ body: (_ append: (UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) -> Void
  ) throws(FileError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, errno: errno) }
    do throws(FileError) {
      try unsafe body { (bytes: UnsafeRawBufferPointer) throws(FileError) in
        try unsafe append(bytes, to: descriptor, path: path)
      }
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw .writeFailed(path: path, errno: errno) }
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

  /// Makes the rename durable.
  ///
  /// Failure is ignored: some file systems cannot sync folders, and the file itself is complete.
  private static func syncFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// What an output path refers to.
private enum Target {
  /// Nothing yet; the path with all symbolic links resolved.
  case new(String)
  /// A regular file; its path with all symbolic links resolved.
  case existing(String, stat)
  /// A pipe or a device.
  case stream

  /// How many links are followed before they count as a cycle, as in Linux.
  private static let mostLinks = 40

  /// Throws ``FileError`` for a folder, a socket, a cycle of links, and a file that is not writable.
  init(_ path: String) throws(FileError) {
    var status = stat()
    // A link to a stream may not lead to a path: /dev/stdout points to `pipe:[4026]`.
    if unsafe stat(path, &status) == 0, [S_IFIFO, S_IFCHR].contains(status.st_mode & S_IFMT) {
      self = .stream
      return
    }
    var target = path
    for _ in 0..<Self.mostLinks {
      guard unsafe lstat(target, &status) == 0 else {
        // If the folder is missing too, creating the file will fail.
        self = .new(target)
        return
      }
      switch status.st_mode & S_IFMT {
      case S_IFLNK:
        target = try Self.destination(ofLink: target, called: path)
        continue
      case S_IFREG:
        guard unsafe access(target, W_OK) == 0 else { throw .cannotCreate(path: path, errno: errno) }
        self = .existing(target, status)
      case S_IFDIR: throw .cannotCreate(path: path, errno: EISDIR)
      default: throw .cannotCreate(path: path, errno: EINVAL)
      }
      return
    }
    throw .cannotCreate(path: path, errno: ELOOP)
  }

  /// Where a symbolic link leads, seen from the current folder.
  private static func destination(ofLink link: String, called path: String) throws(FileError) -> String {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(link, &bytes, bytes.count - 1)
    guard count > 0 else { throw .cannotCreate(path: path, errno: errno) }
    let destination = String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard !destination.hasPrefix("/"), let slash = link.lastIndex(of: "/") else { return destination }
    return link[...slash] + destination
  }
}
