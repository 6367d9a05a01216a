import Files

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
  private var visited: Set<FolderContents.Identity> = []

  private struct Entry {
    let path: FilePath
    let isFolder: Bool
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
    let contents: FolderContents
    do throws(FileError) { contents = try FolderContents(of: folder) } catch { throw .file(error) }
    guard visited.insert(contents.identity).inserted else { return [] }
    var entries: [FolderContents.Entry] = []
    for entry in contents.entries where !FileName.isHousekeeping(entry.name) {
      if entry.isFolder || ImageList.isImage(entry.name) {
        entries.append(entry)
      } else {
        skipped.add(entry.name)
      }
    }
    entries.sort { $0.name.lexicographicallyPrecedes($1.name) }
    return entries.map { Entry(path: folder.appending($0.name), isFolder: $0.isFolder) }
  }
}
