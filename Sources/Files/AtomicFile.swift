import Glibc

/// Writes a file so that a kill, a crash or a full disk leaves either the old file or the new one.
///
/// A temporary file beside the target is written, synced and renamed over it, and the folder is
/// synced. Every result file of this program is written here.
///
/// What is at the path already stays what it is: a pipe or a device is written to, a symbolic link keeps
/// pointing to the file that is replaced, and a replaced file keeps its permissions and, as far as the system
/// allows, its owner.
package enum AtomicFile {
  /// Writes what `body` hands to its argument, piece by piece.
  ///
  /// Throws ``FileError``; the temporary file is removed then, and whatever stood at `path` still does.
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

  private static func replace(
    _ target: String, called path: String, like existing: stat?,
    _ body: (_ append: (UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) -> Void
  ) throws(FileError) {
    let temporary = "\(target).\(getpid()).tmp"
    // Nobody else may read a private file's new content before it has the file's own permissions.
    let mode: mode_t = existing == nil ? 0o666 : 0o600
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, errno: errno) }
    do throws(FileError) {
      do throws(FileError) {
        if let existing {
          // The owner first: changing it may clear permission bits. Only root may give files away.
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

/// What a path to be written names.
private enum Target {
  /// Nothing yet; the path behind all symbolic links.
  case new(String)
  /// A regular file, by its path behind all symbolic links.
  case existing(String, stat)
  /// A pipe or a device.
  case stream

  /// Links that are followed one after the other before they are taken for a circle, as Linux does.
  private static let mostLinks = 40

  /// Throws ``FileError`` for a folder, a socket, a circle of links, and a file that may not be written.
  init(_ path: String) throws(FileError) {
    var status = stat()
    // A link to a stream need not name a path: /dev/stdout leads to `pipe:[4026]`.
    if unsafe stat(path, &status) == 0, [S_IFIFO, S_IFCHR].contains(status.st_mode & S_IFMT) {
      self = .stream
      return
    }
    var target = path
    for _ in 0..<Self.mostLinks {
      guard unsafe lstat(target, &status) == 0 else {
        // The folder may be missing too, which whoever creates the file finds out.
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
