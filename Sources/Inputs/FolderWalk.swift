import Files
import Glibc

/// The images in a folder and in its subfolders, ordered by the bytes of their names.
///
/// Links are followed, but no folder is visited twice: neither a link to a parent folder nor two links to the same
/// folder return an image again.
struct FolderWalk {
  /// The folder that the walk started with.
  let folder: FilePath
  /// The files that were skipped so far.
  private(set) var skipped = SkippedFiles()
  /// Whether there was neither an image nor an error so far.
  private(set) var isEmpty = true
  /// What remains, in reverse order, the deepest folder last.
  private var pending: [Entry]
  private var visited: Set<Identity> = []

  private struct Entry {
    let path: FilePath
    let isFolder: Bool
  }

  /// What identifies a folder, whatever its path.
  private struct Identity: Hashable {
    let device: dev_t
    let inode: ino_t
  }

  /// A walk through `folder`.
  init(_ folder: FilePath) {
    self.folder = folder
    pending = [Entry(path: folder, isFolder: true)]
  }

  /// The next image, or `nil` after the last; after an error, iteration can continue.
  mutating func next() throws(InputError) -> FilePath? {
    while let entry = pending.popLast() {
      guard entry.isFolder else {
        isEmpty = false
        return entry.path
      }
      do throws(InputError) {
        pending += try contents(of: entry.path).reversed()
      } catch {
        isEmpty = false
        throw error
      }
    }
    return nil
  }

  /// Images and folders in `folder`, in the order of their names' bytes; nothing if it has been visited.
  private mutating func contents(of folder: FilePath) throws(InputError) -> [Entry] {
    guard let stream = unsafe folder.withCString({ unsafe opendir($0) }) else {
      throw .unreadableFolder(path: folder.text, errno: errno)
    }
    defer { unsafe closedir(stream) }
    var status = stat()
    guard unsafe fstat(dirfd(stream), &status) == 0 else {
      throw .unreadableFolder(path: folder.text, errno: errno)
    }
    guard visited.insert(Identity(device: status.st_dev, inode: status.st_ino)).inserted else { return [] }
    var entries: [(name: [UInt8], isFolder: Bool)] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        if errno != 0 { throw .unreadableFolder(path: folder.text, errno: errno) }
        break
      }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        unsafe Array(raw.prefix { $0 != 0 })
      }
      if FileName.isHousekeeping(name) { continue }
      let isFolder =
        switch unsafe Int(entry.pointee.d_type) {
        case DT_DIR: true
        case DT_REG: false
        default: folder.appending(name).isFolder
        }
      if isFolder || ImageList.isImage(name) {
        entries.append((name, isFolder))
      } else {
        skipped.add(name)
      }
    }
    entries.sort { $0.name.lexicographicallyPrecedes($1.name) }
    return entries.map { Entry(path: folder.appending($0.name), isFolder: $0.isFolder) }
  }
}

extension FilePath {
  /// Whether the path is a folder or a link to one.
  package var isFolder: Bool {
    var status = stat()
    return unsafe withCString { unsafe stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
