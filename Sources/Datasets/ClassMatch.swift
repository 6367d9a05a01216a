import Files

/// The output of a network for each class of a data set.
///
/// Classes are matched by name: a data set may have some of the classes that a network was trained on, or all of
/// them in another order.
package struct ClassMatch: Hashable, Sendable {
  /// For each class of the data set, the output of the network.
  package let outputs: [Int]
  /// Whether classes were matched by order, because one side has no names.
  package let isByOrder: Bool

  /// Matches the classes of a data set with a network's outputs.
  ///
  /// Names in different Unicode forms are equal.
  ///
  /// - Parameters:
  ///   - classes: names of the data set's classes.
  ///   - lists: names of the network's outputs, in one or several vocabularies; empty if unknown.
  ///   - count: number of outputs.
  ///   - isBinding: whether the names come from the weights themselves, so that matching by order is not an option.
  /// - Throws: ``ClassMatchError`` if classes cannot be matched.
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

/// Why the classes of a data set do not match those of a network.
package enum ClassMatchError: Error, Hashable, Sendable {
  /// A class that the weights were not trained on.
  case unknownClass(name: String, known: [String])
  /// No names in common, and different numbers of classes and outputs.
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
