import Files
import Glibc

/// Images in folders that are named after their classes; decoded when they are asked for.
package struct ImageFolder: LabeledImages {
  private let files: [(path: FilePath, label: Int)]

  /// How many there are.
  package var count: Int { files.count }

  /// The class of an image.
  package func label(_ index: Int) -> Int { files[index].label }

  /// The decoded image.
  package func raster(_ index: Int) throws(InputError) -> Raster {
    let image = try ImageDecoder.decode(path: files[index].path)
    return Raster(height: image.height, width: image.width, channels: 3, pixels: image.pixels)
  }

  /// The file of an image.
  package func path(_ index: Int) -> FilePath { files[index].path }

  /// The images below `folder`, whose folders are classes in the order of ``classes(in:)``.
  init(_ folder: String, classes: [String]) throws(DatasetError) {
    var files: [(path: FilePath, label: Int)] = []
    do throws(InputError) {
      for (label, name) in classes.enumerated() {
        let path = folder + "/" + name
        guard Self.isFolder(path) else { continue }
        var list = ImageList([path])
        while let file = try list.next() { files.append((file, label)) }
      }
    } catch { throw .input(error) }
    guard !files.isEmpty else { throw .input(.noImages(folder: folder)) }
    self.files = files
  }

  /// Names of the folders in `folder`, in the order of their bytes.
  static func classes(in folder: String) throws(DatasetError) -> [String] {
    guard let stream = unsafe opendir(folder) else {
      throw .input(.unreadableFolder(path: folder, errno: errno))
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix("."), isFolder(folder + "/" + name) { names.append(name) }
    }
    guard names.count > 1 else { throw .tooFewClasses(folder: folder, found: names.count) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
