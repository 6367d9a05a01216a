import Files
import Glibc

/// The images that the arguments of a command refer to, one at a time.
///
/// An argument is a file; a folder, which stands for all images in it and in its subfolders, ordered by the bytes of
/// their names; or `-`, which stands for a list of such paths on standard input. The list is read on demand, so a slow
/// producer can feed it through a pipe.
package struct ImageList {
  /// What separates the paths on standard input.
  package enum Separator: UInt8, Sendable {
    case newline = 0x0a
    case nul = 0x00
  }

  /// File name extensions of images in folders, in lower or upper case.
  package static let extensions = ["png", "jpg", "jpeg", "webp"]

  /// The longest path on standard input, in bytes: Linux's own limit.
  static let longestPath = 4096

  private var arguments: ArraySlice<String>
  private var lines: PathLines
  private var readsLines = false
  /// What remains of the current folder, in reverse order, subfolders last.
  private var pending: [Entry] = []

  private struct Entry {
    let path: FilePath
    let isFolder: Bool
  }

  /// The images of `arguments`; `-` reads the file descriptor `list`.
  package init(_ arguments: [String], separator: Separator = .newline, list: Int32 = STDIN_FILENO) {
    self.arguments = arguments[...]
    lines = PathLines(descriptor: list, separator: separator.rawValue)
  }

  /// The next path, or `nil` after the last.
  ///
  /// After an error, iteration can continue. Paths are returned whether they exist or not; opening them tells.
  package mutating func next() throws(InputError) -> FilePath? {
    while true {
      if let entry = pending.popLast() {
        guard entry.isFolder else { return entry.path }
        pending += try ImageList.contents(of: entry.path).reversed()
      } else if readsLines {
        guard let bytes = try lines.next() else {
          readsLines = false
          continue
        }
        if let path = try image(at: FilePath(bytes: bytes)) { return path }
      } else {
        guard let argument = arguments.popFirst() else { return nil }
        if argument == "-" {
          readsLines = true
        } else if let path = try image(at: FilePath(argument)) {
          return path
        }
      }
    }
  }

  /// The path itself, or `nil` if it is a folder, whose images come next.
  private mutating func image(at path: FilePath) throws(InputError) -> FilePath? {
    guard ImageList.isFolder(path) else { return path }
    let entries = try ImageList.contents(of: path)
    guard try ImageList.holdImage(entries) else { throw .noImages(folder: path.text) }
    pending = entries.reversed()
    return nil
  }

  private static func isFolder(_ path: FilePath) -> Bool {
    var status = stat()
    return unsafe path.withCString { unsafe stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func holdImage(_ entries: [Entry]) throws(InputError) -> Bool {
    for entry in entries where !entry.isFolder { return true }
    for entry in entries {
      if try holdImage(contents(of: entry.path)) { return true }
    }
    return false
  }

  /// Images and folders in `folder`, in the order of their names' bytes.
  ///
  /// Hidden entries are skipped, and links to folders are not followed, because they may form a cycle.
  private static func contents(of folder: FilePath) throws(InputError) -> [Entry] {
    guard let stream = unsafe folder.withCString({ unsafe opendir($0) }) else {
      throw .unreadableFolder(path: folder.text, errno: errno)
    }
    defer { unsafe closedir(stream) }
    var names: [[UInt8]] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        if errno != 0 { throw .unreadableFolder(path: folder.text, errno: errno) }
        break
      }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        unsafe Array(raw.prefix { $0 != 0 })
      }
      if name.first != UInt8(ascii: ".") { names.append(name) }
    }
    names.sort { $0.lexicographicallyPrecedes($1) }
    return names.compactMap { name in
      let path = folder.appending(name)
      var status = stat()
      guard unsafe path.withCString({ unsafe lstat($0, &status) }) == 0 else { return nil }
      if status.st_mode & S_IFMT == S_IFDIR { return Entry(path: path, isFolder: true) }
      return hasImageExtension(name) && !isFolder(path) ? Entry(path: path, isFolder: false) : nil
    }
  }

  private static func hasImageExtension(_ name: [UInt8]) -> Bool {
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return extensions.contains(String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased())
  }
}

/// Paths read from a file descriptor, each returned as soon as its separator has arrived.
struct PathLines {
  private let descriptor: Int32
  private let separator: UInt8
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false

  init(descriptor: Int32, separator: UInt8) {
    self.descriptor = descriptor
    self.separator = separator
  }

  /// The next non-empty path, or `nil` at the end; throws for a path that is too long, and skips it.
  mutating func next() throws(InputError) -> [UInt8]? {
    var line: [UInt8] = []
    var isTooLong = false
    while true {
      if position == buffer.count {
        if !isAtEnd { try refill() }
        if isAtEnd {
          if isTooLong { throw .pathTooLong(limit: ImageList.longestPath) }
          return line.isEmpty ? nil : line
        }
      }
      let end = buffer[position...].firstIndex(of: separator)
      let part = buffer[position..<(end ?? buffer.count)]
      position = end.map { $0 + 1 } ?? buffer.count
      // Of a path that is too long, only the end matters.
      isTooLong = isTooLong || line.count + part.count > ImageList.longestPath
      if isTooLong { line = [] } else { line += part }
      guard end != nil else { continue }
      if isTooLong { throw .pathTooLong(limit: ImageList.longestPath) }
      // The system would end the path at a NUL.
      if line.contains(0) { throw .file(.notFound(path: String(decoding: line, as: UTF8.self))) }
      if !line.isEmpty { return line }
    }
  }

  private mutating func refill() throws(InputError) {
    buffer = [UInt8](repeating: 0, count: 65536)
    position = 0
    var count: Int
    repeat {
      count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    } while count < 0 && errno == EINTR
    if count <= 0 { isAtEnd = true }
    buffer.removeLast(buffer.count - max(count, 0))
    if count < 0 { throw .unreadableList(errno: errno) }
  }
}
