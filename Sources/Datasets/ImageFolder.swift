import Files
import Inputs

/// Images in folders that are named after their classes; decoded when they are asked for.
package struct ImageFolder: LabeledImages {
  private let files: [(path: FilePath, label: Int)]
  /// Files in the folders that are no images by their extensions.
  let skipped: SkippedFiles

  /// How many there are.
  package var count: Int { files.count }

  /// The class of an image.
  package func label(_ index: Int) -> Int { files[index].label }

  /// The file of an image.
  package func source(_ index: Int) -> ImageSource { .file(files[index].path) }

  /// The images below `folder`, whose folders are classes.
  ///
  /// Throws ``InputError/noImages(folder:)`` where there are none.
  init(_ folder: String, classes: [ClassFolder]) throws(DatasetError) {
    var files: [(path: FilePath, label: Int)] = []
    var skipped = SkippedFiles()
    do throws(InputError) {
      for (label, name) in classes.map(\.path).enumerated() {
        guard let name else { continue }
        var list = ImageList([name])
        do throws(InputError) {
          while let file = try list.next() { files.append((file, label)) }
        } catch {
          // A class may be empty in one split.
          guard case .noImages = error else { throw error }
        }
        skipped.add(list.skipped)
      }
      guard !files.isEmpty else { throw .noImages(folder: folder) }
    } catch { throw .input(error) }
    self.files = files
    self.skipped = skipped
  }

  /// Whether there is a folder at `path`; links count as what they lead to.
  static func isFolder(_ path: String) -> Bool { FilePath(path).isFolder }
}

/// A class of a folder of images: its name, and where its images are.
struct ClassFolder: Hashable {
  /// The folder's name.
  let name: String
  /// Its path; `nil` for a class that a split has no folder for.
  let path: String?

  /// The class folders in `folder`, in the order of their names' bytes, as torchvision's `ImageFolder` has them.
  ///
  /// Hidden folders and those of systems and archivers, such as `__MACOSX`, are none.
  static func all(in folder: String) throws(DatasetError) -> [ClassFolder] {
    let contents: FolderContents
    do throws(FileError) { contents = try FolderContents(of: FilePath(folder)) } catch { throw .file(error) }
    var names: [String] = []
    for entry in contents.entries where entry.isFolder && !FileName.isHousekeeping(entry.name) {
      guard let name = String(validating: entry.name, as: UTF8.self) else {
        throw .unreadableName(folder: folder, name: String(decoding: entry.name, as: UTF8.self))
      }
      names.append(name)
    }
    names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var seen: Set<String> = []  // strings are equal whatever their Unicode form
    for name in names where !seen.insert(name).inserted { throw .sameName(folder: folder, name: name) }
    return names.map { ClassFolder(name: $0, path: folder + "/" + $0) }
  }

  /// The class folders of another split in the order of `classes`, met by name across Unicode forms.
  ///
  /// Throws ``DatasetError/unknownClass(folder:name:)`` for a folder that is none of them.
  static func matching(_ classes: [ClassFolder], in folder: String) throws(DatasetError) -> [ClassFolder] {
    let found = try all(in: folder)
    let names = Set(classes.map(\.name))
    if let other = found.first(where: { !names.contains($0.name) }) {
      throw .unknownClass(folder: folder, name: other.name)
    }
    return classes.map { known in
      ClassFolder(name: known.name, path: found.first { $0.name == known.name }?.path)
    }
  }
}
