import Files

/// Which output of a network stands for each class of a data set.
///
/// Classes are names: a data set with some of the classes that a network was trained on, or with all of them in
/// another order, is measured by what the classes are called, not by where they stand in a list.
package struct ClassMatch: Hashable, Sendable {
  /// For each class of the data set, the network's output.
  package let outputs: [Int]
  /// Whether names were not to be had on both sides, so that the order of the classes was taken.
  package let isByOrder: Bool

  /// Matches the classes of a data set with a network's outputs.
  ///
  /// Names are equal across Unicode forms. Throws ``ClassMatchError`` where classes cannot be matched.
  ///
  /// - Parameters:
  ///   - classes: names of the data set's classes.
  ///   - lists: what the network's outputs are called, in one or several vocabularies; empty where nothing is known.
  ///   - outputs: number of outputs.
  ///   - isBinding: whether the lists are those of the very weights, so that nothing but a match by name will do.
  package init(
    _ classes: [String], with lists: [[String]], outputs count: Int, isBinding: Bool
  ) throws(ClassMatchError) {
    var firstUnknown: String?
    for list in lists {
      // A name that stands for two outputs, as "crane" does in ImageNet, tells neither.
      let places = Dictionary(list.enumerated().map { ($0.element, [$0.offset]) }, uniquingKeysWith: +)
      let found = classes.map { name in places[name].flatMap { $0.count == 1 ? $0[0] : nil } }
      if let unknown = found.firstIndex(of: nil) {
        firstUnknown = firstUnknown ?? classes[unknown]
        continue
      }
      outputs = found.compactMap(\.self)
      isByOrder = false
      return
    }
    if isBinding, let firstUnknown {
      throw .unknownClass(name: firstUnknown, known: lists.first ?? [])
    }
    guard classes.count <= count, lists.isEmpty || classes.count == count else {
      throw .otherNumber(classes: classes.count, outputs: count)
    }
    outputs = Array(classes.indices)
    isByOrder = true
  }
}

/// Why the classes of a data set are not those of a network.
package enum ClassMatchError: Error, Hashable, Sendable {
  /// A class that the weights were not trained on.
  case unknownClass(name: String, known: [String])
  /// No names in common, and not as many classes as outputs.
  case otherNumber(classes: Int, outputs: Int)
}

extension ClassMatchError: CustomStringConvertible {
  /// One line: which class, and what the network knows.
  package var description: String {
    switch self {
    case .unknownClass(let name, let known):
      "class \(escaped(name)) is none of the \(known.count) that the weights were trained on ("
        + known.prefix(5).map(escaped).joined(separator: ", ") + (known.count > 5 ? ", …)" : ")")
    case .otherNumber(let classes, let outputs):
      "its \(classes) classes cannot be matched with the network's \(outputs) outputs: neither their names nor"
        + " their number agree"
    }
  }
}
