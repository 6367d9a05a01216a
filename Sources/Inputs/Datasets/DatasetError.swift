import Files

/// Why a data set could not be read.
package enum DatasetError: Error, Hashable, Sendable {
  /// A file: missing, unreadable.
  case file(FileError)
  /// None of the files of a known data set is in the folder.
  case notADataset(folder: String)
  /// A file that a data set needs is not there.
  case missing(folder: String, name: String)
  /// Compressed bytes that cannot be inflated.
  case damagedGzip(path: String, code: Int32)
  /// More bytes than a file of its kind has.
  case tooLarge(path: String, limit: Int)
  /// An IDX file with another first number: wrong kind, or no IDX at all.
  case wrongMagic(path: String, expected: UInt32, found: UInt32)
  /// Extents that are empty, or that differ from what else is known.
  case wrongExtents(path: String, expected: String, found: String)
  /// Another number of bytes than the extents ask for.
  case wrongSize(path: String, expected: Int, found: Int)
  /// A label that no class has.
  case wrongLabel(path: String, index: Int, label: Int, classes: Int)
  /// A folder with fewer than two classes.
  case tooFewClasses(folder: String, found: Int)
  /// A split that the data set does not have.
  case noSplit(folder: String, asked: DataSplit, found: [DataSplit])
  /// Splits were to be made of a data set that has some.
  case alreadyDivided(folder: String)
  /// A class with a single image cannot be divided.
  case tooFewImages(folder: String, className: String)
  /// A class folder whose name is not UTF-8, with the bytes that are none as replacement characters.
  case unreadableName(folder: String, name: String)
  /// Two class folders whose names are the same text, written in different Unicode forms.
  case sameName(folder: String, name: String)
  /// A class of the test images that the training images do not have.
  case unknownClass(folder: String, name: String)
  /// An image or folder.
  case input(InputError)
}

extension DatasetError: CustomStringConvertible {
  /// One line: path, what, detail.
  package var description: String {
    switch self {
    case .file(let error): error.description
    case .input(let error): error.description
    case .notADataset(let folder):
      "\(escaped(folder)): no data set: expected IDX files (train-images-idx3-ubyte), CIFAR batches "
        + "(data_batch_1.bin, train.bin), folders train/CLASS and val/CLASS, or class folders CLASS"
    case .missing(let folder, let name):
      "\(escaped(folder)): \(name) is missing"
    case .damagedGzip(let path, let code):
      "\(escaped(path)): damaged: the compressed bytes cannot be inflated (zlib \(code))"
    case .tooLarge(let path, let limit):
      "\(escaped(path)): too large: more than \(limit) bytes"
    case .wrongMagic(let path, let expected, let found):
      "\(escaped(path)): not the IDX file expected: begins with \(found), expected \(expected)"
    case .wrongExtents(let path, let expected, let found):
      "\(escaped(path)): \(expected) expected, \(found) found"
    case .wrongSize(let path, let expected, let found):
      "\(escaped(path)): \(expected) bytes expected, \(found) found"
    case .wrongLabel(let path, let index, let label, let classes):
      "\(escaped(path)): image \(index) has label \(label), but there are \(classes) classes"
    case .tooFewClasses(let folder, let found):
      "\(escaped(folder)): at least two class folders expected, \(found) found"
    case .noSplit(let folder, let asked, let found):
      "\(escaped(folder)): there is no split '\(asked.rawValue)', only "
        + found.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        + (asked == .train && found == [.all] ? ": set some images aside with --val-fraction" : "")
    case .alreadyDivided(let folder):
      "\(escaped(folder)): the data set has its own splits: leave --val-fraction out"
    case .tooFewImages(let folder, let name):
      "\(escaped(folder)): class \(escaped(name)) has a single image, which cannot be divided into train and val"
    case .unreadableName(let folder, let name):
      "\(escaped(folder)): the name of the class folder \(escaped(name)) is not UTF-8: rename it"
    case .sameName(let folder, let name):
      "\(escaped(folder)): two class folders are called \(escaped(name)), in different Unicode forms: join them"
    case .unknownClass(let folder, let name):
      "\(escaped(folder)): class \(escaped(name)) has no training images"
    }
  }
}
