import CLabels
import Files
import TensorCore
import Weights
import Zoo

/// Names of a network's classes.
package struct LabelList: Hashable, Sendable {
  /// The names in the order of the classes; empty where none are known.
  package let names: [String]

  /// The name of a class; `nil` if it is not known.
  package subscript(index: Int) -> String? { names.indices.contains(index) ? names[index] : nil }

  /// No names.
  package static let none = LabelList(names: [])

  private init(names: [String]) { self.names = names }

  /// The names for weights: those in the file, else those of the data set that it names, else those of the published
  /// head.
  package init(for weights: NetworkWeights, of network: Network) {
    guard let description = weights.description else {
      self.init(publishedFor: network)
      return
    }
    if description.classNames.isEmpty && description.isFashionMNIST {
      unsafe self.init(clabels_fashion_mnist())
    } else {
      self.init(names: description.classNames)
    }
  }

  /// The embedded names for the data set that a published head was trained on, told by its classes and channels.
  ///
  /// A head of another size was trained on something else, so its classes have no names here.
  private init(publishedFor network: Network) {
    let isOwnHead = network.classes == network.entry.classes
    switch (isOwnHead ? network.classes : 0, network.entry.input.shape[0]) {
    case (1000, 3): unsafe self.init(clabels_imagenet())
    case (100, 3): unsafe self.init(clabels_cifar100())
    case (10, 3): unsafe self.init(clabels_cifar10())
    case (10, 1): unsafe self.init(clabels_digits())
    default: self = .none
    }
  }

  /// The names of a published head's outputs, in every vocabulary that data sets use.
  package static func vocabularies(publishedFor network: Network) -> [[String]] {
    let labels = LabelList(publishedFor: network)
    guard !labels.names.isEmpty else { return [] }
    return labels.names.count == 1000
      ? [unsafe LabelList(clabels_imagenet_synsets()).names, labels.names] : [labels.names]
  }

  private init(_ list: clabels_list) {
    let bytes = unsafe UnsafeRawBufferPointer(start: list.text, count: list.count)
    names = unsafe LabelFile.names(in: bytes)
  }

  /// Reads a file in one of the forms of ``LabelFile``.
  ///
  /// Throws ``FileError``, and ``SessionError`` where there are not `classes` names.
  package init(path: String, classes: Int) throws {
    let file = try RegularFile(path: path)
    guard file.size <= LabelList.largestFile else {
      throw SessionError.labelsTooLarge(path: path, bytes: file.size)
    }
    let bytes = try file.bytes(at: 0, count: file.size)
    names = unsafe bytes.withUnsafeBytes { unsafe LabelFile.names(in: $0) }
    guard names.count == classes else {
      throw SessionError.wrongLabelCount(path: path, found: names.count, expected: classes)
    }
  }

  private static let largestFile = 64 << 20
}
