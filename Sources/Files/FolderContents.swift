import Glibc

/// The entries of a folder, in no particular order.
package struct FolderContents: Sendable {
  /// A file or folder in it.
  package struct Entry: Sendable {
    /// Its name, in no particular encoding.
    package let name: [UInt8]
    /// Whether it is a folder or a link to one.
    package let isFolder: Bool
  }

  /// What identifies a folder, whatever its path.
  package struct Identity: Hashable, Sendable {
    private let device: dev_t
    private let inode: ino_t

    fileprivate init(_ status: stat) {
      device = status.st_dev
      inode = status.st_ino
    }
  }

  /// Its identity.
  package let identity: Identity
  /// Its entries, without `.` and `..`.
  package let entries: [Entry]

  /// Reads all of `folder`.
  ///
  /// Throws ``FileError/unlistable(path:errno:)``, also where the system fails after some of the entries: without that,
  /// the rest would be missing in silence.
  package init(of folder: FilePath) throws(FileError) {
    guard let stream = unsafe folder.withCString({ unsafe opendir($0) }) else {
      throw .unlistable(path: folder.text, errno: errno)
    }
    defer { unsafe closedir(stream) }
    var status = stat()
    guard unsafe fstat(dirfd(stream), &status) == 0 else {
      throw .unlistable(path: folder.text, errno: errno)
    }
    identity = Identity(status)
    var entries: [Entry] = []
    while true {
      // At the end, the result is the same, and only this tells.
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        if errno != 0 { throw .unlistable(path: folder.text, errno: errno) }
        break
      }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        unsafe Array(raw.prefix { $0 != 0 })
      }
      if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
      let isFolder =
        switch unsafe Int(entry.pointee.d_type) {
        case DT_DIR: true
        case DT_REG: false
        default: folder.appending(name).isFolder
        }
      entries.append(Entry(name: name, isFolder: isFolder))
    }
    self.entries = entries
  }
}

extension FilePath {
  /// Whether the path is a folder or a link to one.
  package var isFolder: Bool {
    var status = stat()
    return unsafe withCString { unsafe stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
