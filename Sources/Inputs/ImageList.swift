import Files
import Glibc

/// The images that the arguments of a command refer to, one at a time.
///
/// An argument is a file; a folder, which stands for all images in it and in its subfolders, ordered by the bytes of
/// their names; or `-`, which stands for a list of such paths on standard input. The list is read on demand, so a
/// slow producer can feed it through a pipe.
package struct ImageList {
  /// What separates the paths on standard input.
  package enum Separator: UInt8, Sendable {
    case newline = 0x0a
    case nul = 0x00
  }

  /// File name extensions of images in folders, in lower or upper case.
  ///
  /// They only select files: the format is detected by content.
  package static let extensions = [
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "tif", "tiff", "gif", "bmp", "pbm", "pgm", "ppm", "pnm",
  ]

  /// The longest path on standard input, in bytes: Linux's own limit.
  static let longestPath = 4096

  /// The files in folders that were skipped so far because of their extensions.
  package private(set) var skipped = SkippedFiles()

  private var arguments: ArraySlice<String>
  private var lines: PathLines
  private var readsLines = false
  /// The current folder.
  private var walk: FolderWalk?

  /// The images of `arguments`; `-` reads the file descriptor `list`.
  package init(_ arguments: [String], separator: Separator = .newline, list: Int32 = STDIN_FILENO) {
    self.arguments = arguments[...]
    lines = PathLines(descriptor: list, separator: separator)
  }

  /// The next path, or `nil` after the last.
  ///
  /// After an error, iteration can continue. Paths are returned whether they exist or not; opening them tells.
  package mutating func next() throws(InputError) -> FilePath? {
    while true {
      if walk != nil {
        if let image = try nextInFolder() { return image }
      } else if readsLines {
        guard let path = try lines.next() else {
          readsLines = false
          continue
        }
        if let image = image(at: path) { return image }
      } else {
        guard let argument = arguments.popFirst() else { return nil }
        if argument == "-" {
          readsLines = true
        } else if let image = image(at: FilePath(argument)) {
          return image
        }
      }
    }
  }

  /// How many images `arguments` refer to, or fail to; `nil` with a list on standard input, which nobody can know.
  package static func count(_ arguments: [String]) -> Int? {
    if arguments.contains("-") { return nil }
    var list = ImageList(arguments)
    var count = 0
    while true {
      do throws(InputError) { if try list.next() == nil { return count } } catch {}
      count += 1
    }
  }

  /// Whether ``next()`` returns without waiting for whoever writes the list on standard input.
  package var isNextAtHand: Bool {
    if walk != nil { return true }
    return readsLines || arguments.first == "-" ? lines.isNextAtHand : true
  }

  /// The path itself, or `nil` if it is a folder, whose images come next.
  private mutating func image(at path: FilePath) -> FilePath? {
    guard path.isFolder else { return path }
    walk = FolderWalk(path)
    return nil
  }

  /// The next image of the current folder, or `nil` after the last; throws for a folder without images.
  private mutating func nextInFolder() throws(InputError) -> FilePath? {
    if let image = try walk?.next() { return image }
    guard let ended = walk else { return nil }
    walk = nil
    skipped.add(ended.skipped)
    if ended.isEmpty { throw .noImages(folder: ended.folder.text) }
    return nil
  }

  /// Whether a file with this name is an image if it is in a folder.
  static func isImage(_ name: [UInt8]) -> Bool {
    FileName.suffix(of: name).map { extensions.contains($0) } ?? false
  }
}
