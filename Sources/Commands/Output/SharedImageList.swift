import Files
import Glibc
import Inputs
import TensorCore

/// All images of a command, listed by every process in the same order.
struct SharedImageList {
  /// The files in folders that were skipped because of their extensions.
  let skipped: SkippedFiles
  private let images: [Result<FilePath, InputError>]

  /// Lists the images of `arguments`; `-` stands for the paths in `text`.
  ///
  /// Throws ``FileError``.
  init(_ arguments: [String], separator: ImageList.Separator, _ text: [UInt8]?) throws(FileError) {
    let descriptor = try text.map { text throws(FileError) in try SharedImageList.file(of: text) }
    defer { if let descriptor { close(descriptor) } }
    var list = ImageList(arguments, separator: separator, list: descriptor ?? STDIN_FILENO)
    var images: [Result<FilePath, InputError>] = []
    while true {
      do throws(InputError) {
        guard let image = try list.next() else { break }
        images.append(.success(image))
      } catch {
        images.append(.failure(error))
      }
    }
    self.images = images
    skipped = list.skipped
  }

  /// The images of a process, whole batches of `batch`.
  func part(_ share: Share, inGroupsOf batch: Int) -> [Result<FilePath, InputError>] {
    Array(images[share.range(of: images.count, inGroupsOf: batch)])
  }

  /// Everything that can be read from a descriptor.
  static func bytes(of descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe read(descriptor, &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += piece[..<count]
    }
  }

  /// A file without a name, with its position at the start of `bytes`.
  private static func file(of bytes: [UInt8]) throws(FileError) -> Int32 {
    guard let file = unsafe tmpfile() else {
      throw .cannotCreate(path: "a temporary file for the list of images", errno: errno)
    }
    defer { unsafe fclose(file) }
    let descriptor = unsafe dup(fileno(file))
    guard descriptor >= 0 else {
      throw .cannotCreate(path: "a temporary file for the list of images", errno: errno)
    }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        close(descriptor)
        throw .writeFailed(path: "a temporary file for the list of images", errno: errno)
      }
      rest = rest.dropFirst(count)
    }
    lseek(descriptor, 0, SEEK_SET)
    return descriptor
  }
}
