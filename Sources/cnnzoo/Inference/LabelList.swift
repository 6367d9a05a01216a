import CLabels
import Files
import TensorCore
import Weights
import Zoo

/// Names of a network's classes.
struct LabelList {
  /// The names, in the order of the classes; empty where nothing is known.
  let names: [String]

  /// The name of a class, or `nil` where nothing is known about it.
  subscript(index: Int) -> String? { names.indices.contains(index) ? names[index] : nil }

  /// No names.
  static let none = LabelList(names: [])

  private init(names: [String]) { self.names = names }

  /// The names that go with weights: those that the file brings, else those of the data set that it names, else
  /// those of the published head.
  init(for weights: WeightChoice, of model: Model) {
    guard let description = weights.description else {
      self.init(publishedFor: model)
      return
    }
    if description.classNames.isEmpty && description.isFashionMNIST {
      unsafe self.init(clabels_fashion_mnist())
    } else {
      self.init(names: description.classNames)
    }
  }

  /// The names compiled in for the data set that a published head was made for: recognized by classes and
  /// channels.
  ///
  /// A head of another size was trained on something else, so its classes have no names here.
  private init(publishedFor model: Model) {
    let isOwnHead = model.classes == model.entry.classes
    switch (isOwnHead ? model.classes : 0, model.entry.input.shape[0]) {
    case (1000, 3): unsafe self.init(clabels_imagenet())
    case (100, 3): unsafe self.init(clabels_cifar100())
    case (10, 3): unsafe self.init(clabels_cifar10())
    case (10, 1): unsafe self.init(clabels_digits())
    default: self = .none
    }
  }

  /// What the outputs of the head that others publish are called, in every vocabulary that data sets use.
  static func vocabularies(publishedFor model: Model) -> [[String]] {
    let labels = LabelList(publishedFor: model)
    guard !labels.names.isEmpty else { return [] }
    return labels.names.count == 1000
      ? [unsafe LabelList(clabels_imagenet_synsets()).names, labels.names] : [labels.names]
  }

  private init(_ list: clabels_list) {
    let bytes = unsafe UnsafeRawBufferPointer(start: list.text, count: list.count)
    names = unsafe LabelList.lines(of: bytes)
  }

  /// Reads a file with one name a line.
  ///
  /// Throws ``FileError``, and ``DataError`` where there are not `classes` of them.
  init(path: String, classes: Int) throws {
    let file = try RegularFile(path: path)
    guard file.size <= LabelList.largestFile else {
      throw DataError("\(escaped(path)): \(file.size) bytes are too many for labels")
    }
    let bytes = try file.bytes(at: 0, count: file.size)
    names = unsafe bytes.withUnsafeBytes { unsafe LabelList.lines(of: $0) }
    guard names.count == classes else {
      throw DataError(
        "\(escaped(path)): \(names.count) labels for \(classes) classes: one line a class expected")
    }
  }

  private static let largestFile = 64 << 20

  /// Lines without their end; an empty last line is none.
  private static func lines(of bytes: UnsafeRawBufferPointer) -> [String] {
    let text = unsafe String(decoding: bytes, as: UTF8.self)
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map(String.init)
  }
}
