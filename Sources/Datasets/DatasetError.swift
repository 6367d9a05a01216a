import Files
import Inputs
import Weights

/// An error in a data set.
package enum DatasetError: Error, Hashable, Sendable {
  /// A file is missing or unreadable.
  case file(FileError)
  /// The folder has none of the files of a known data set.
  case notADataset(folder: String)
  /// A file that is neither a table nor an archive of arrays.
  case notAFolder(path: String)
  /// A folder with several data sets.
  case several(folder: String, found: [String])
  /// A file of the data set is missing.
  case missing(folder: String, name: String)
  /// Compressed bytes that cannot be decompressed.
  case damagedGzip(path: String, code: Int32)
  /// More bytes than a file of this kind can have.
  case tooLarge(path: String, limit: Int)
  /// Compressed bytes that go on beyond the content that its header states.
  case longerThanStated(path: String, stated: Int)
  /// An IDX file with the wrong magic number: another kind, or not IDX.
  case wrongMagic(path: String, expected: UInt32, found: UInt32)
  /// Extents that are empty or do not match the other files.
  case wrongExtents(path: String, expected: String, found: String)
  /// Values of images that are no brightness.
  case wrongRange(path: String, name: String, low: Float, high: Float)
  /// A number of bytes that does not match the extents.
  case wrongSize(path: String, expected: Int, found: Int)
  /// A line of a table that lacks something.
  case wrongRow(path: String, line: Int, expected: String)
  /// A label without a class.
  case wrongLabel(path: String, index: Int, label: Int, classes: Int)
  /// A folder with fewer than two classes.
  case tooFewClasses(folder: String, found: Int)
  /// A split that the data set does not have.
  case noSplit(folder: String, asked: DataSplit, found: [DataSplit])
  /// A data set that is to be split has splits already.
  case alreadyDivided(folder: String)
  /// A class with a single image cannot be divided.
  case tooFewImages(folder: String, className: String)
  /// A class folder whose name is not UTF-8; here with replacement characters.
  case unreadableName(folder: String, name: String)
  /// Two class folders with the same name in different Unicode forms.
  case sameName(folder: String, name: String)
  /// A class that occurs in the test images but not in the training images.
  case unknownClass(folder: String, name: String)
  /// Something in a pickled batch that is missing or of another kind.
  case wrongItem(path: String, key: String, expected: String)
  /// An image or folder.
  case input(InputError)
  /// A pickle, or an archive of arrays.
  case container(CheckpointError)

  /// The error for a pickle or an archive of arrays.
  init(_ error: CheckpointError) {
    self = if case .file(let error) = error { .file(error) } else { .container(error) }
  }
}

extension DatasetError: CustomStringConvertible {
  /// One line: path, what, detail.
  package var description: String {
    switch self {
    case .file(let error): error.description
    case .input(let error): error.description
    case .container(let error): error.description
    case .notADataset(let folder):
      "\(escaped(folder)): no data set: expected IDX files (train-images-idx3-ubyte), CIFAR batches (data_batch_1, "
        + "data_batch_1.bin, train, train.bin), folders train/CLASS and val/CLASS, or class folders CLASS"
    case .notAFolder(let path):
      "\(escaped(path)): not a folder, and neither a table (.csv) nor an archive of arrays (.npz); "
        + "unpack other archives first"
    case .several(let folder, let found):
      "\(escaped(folder)): holds several data sets; choose one: "
        + found.map { escaped("\(folder)/\($0)") }.joined(separator: ", ")
    case .missing(let folder, let name):
      "\(escaped(folder)): \(name) is missing"
    case .damagedGzip(let path, let code):
      "\(escaped(path)): damaged: the compressed bytes cannot be inflated (zlib \(code))"
    case .tooLarge(let path, let limit):
      "\(escaped(path)): too large: more than \(limit) bytes"
    case .longerThanStated(let path, let stated):
      "\(escaped(path)): longer than the \(stated) bytes that its header states"
    case .wrongMagic(let path, let expected, let found):
      "\(escaped(path)): not the IDX file expected: begins with \(found), expected \(expected)"
    case .wrongExtents(let path, let expected, let found):
      "\(escaped(path)): \(expected) expected, \(found) found"
    case .wrongRange(let path, let name, let low, let high):
      "\(escaped(path)): \(escaped(name)) holds values from \(low) to \(high); expected bytes, or floats from 0 to 1 or from "
        + "0 to 255, without NaN: undo their normalization"
    case .wrongSize(let path, let expected, let found):
      "\(escaped(path)): \(expected) bytes expected, \(found) found"
    case .wrongRow(let path, let line, let expected):
      "\(escaped(path)): line \(line): \(expected) expected"
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
    case .wrongItem(let path, let key, let expected):
      "\(escaped(path)): under '\(key)', \(expected) expected"
    case .unknownClass(let folder, let name):
      "\(escaped(folder)): class \(escaped(name)) has no training images"
    }
  }
}
