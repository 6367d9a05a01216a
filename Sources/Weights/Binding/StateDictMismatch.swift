import Files
import GraphIR
import TensorCore

/// All differences between a weight file and a network.
package struct StateDictMismatch: Hashable, Sendable {
  /// A parameter that the file lacks, or a tensor that the network does not have.
  package struct Unmatched: Hashable, Sendable {
    /// Its name.
    package let name: String
    /// Its shape.
    package let shape: Shape
    /// The most similar unmatched name on the other side, if one is similar.
    package let nearest: String?

    /// An unmatched tensor from its parts.
    package init(name: String, shape: Shape, nearest: String?) {
      self.name = name
      self.shape = shape
      self.nearest = nearest
    }
  }

  /// A tensor with the right name and the wrong shape.
  package struct Misshapen: Hashable, Sendable {
    /// Its name in the network.
    package let name: String
    /// Shape in the file.
    package let found: Shape
    /// Shape in the network.
    package let expected: Shape

    /// A mis-shaped tensor from its parts.
    package init(name: String, found: Shape, expected: Shape) {
      self.name = name
      self.found = found
      self.expected = expected
    }
  }

  /// The weight file.
  package let path: String
  /// The network.
  package let model: String
  /// Parameters that the file lacks; first those for which the file has a similar name.
  package let missing: [Unmatched]
  /// Tensors that the network does not have; first those for which the network has a similar name.
  package let unexpected: [Unmatched]
  /// Tensors of another shape, in the network's order.
  package let misshapen: [Misshapen]
  /// How many tensors match.
  package let matching: Int

  init(path: String, model: String, match: StateDictMatch) {
    self.path = path
    self.model = model
    var search = NearestNames()
    missing = search.ranked(
      match.missing.map { ($0.name, $0.shape) }, among: match.unexpected.map(\.name))
    unexpected = search.ranked(match.unexpected, among: match.missing.map(\.name))
    misshapen = match.misshapen
    matching = match.tensors.count
  }
}

extension StateDictMismatch: CustomStringConvertible {
  /// How many of each kind the text lists; the value has all.
  private static let shown = 4

  /// One line: the first of each kind, counts, and a possible reason.
  package var description: String {
    var parts = misshapen.prefix(Self.shown).map { tensor in
      let (module, suffix) = Self.split(tensor.name)
      return "\(module): \(suffix) is \(bracketed(tensor.found)) in the checkpoint, "
        + "\(bracketed(tensor.expected)) in \(model)"
    }
    if misshapen.count > Self.shown { parts.append("\(misshapen.count - Self.shown) more of another shape") }
    parts += Self.list("missing", missing)
    parts += Self.list("unexpected", unexpected)
    let matches =
      switch matching {
      case 0: "no tensor matches"
      case 1: "1 further tensor matches"
      default: "\(matching) further tensors match"
      }
    return "\(escaped(path)): \(parts.joined(separator: "; ")) (\(matches)). \(advice)"
  }

  private var advice: String {
    if matching == 0 { return "Is this a checkpoint of \(model)?" }
    // Only the head differs: the network was trained on another number of classes.
    if missing.isEmpty && unexpected.isEmpty, let first = misshapen.first,
      let classes = first.found.dimensions.first,
      misshapen.allSatisfy({ tensor in
        tensor.found.dimensions.first == classes
          && tensor.expected.dimensions.first == first.expected.dimensions.first
          && tensor.found.dimensions.dropFirst() == tensor.expected.dimensions.dropFirst()
      })
    {
      return "Was it trained on \(classes) classes (--classes \(classes))?"
    }
    return "Is this a checkpoint of another variant?"
  }

  private static func list(_ title: String, _ tensors: [Unmatched]) -> [String] {
    guard !tensors.isEmpty else { return [] }
    let names = tensors.prefix(shown).map { tensor in
      "\(Label(tensor.name)) \(bracketed(tensor.shape))"
        + (tensor.nearest.map { " (similar: \(Label($0)))" } ?? "")
    }
    let more = tensors.count > shown ? ", and \(tensors.count - shown) more" : ""
    return ["\(title): \(names.joined(separator: ", "))\(more)"]
  }

  private static func split(_ name: String) -> (module: String, suffix: String) {
    guard let dot = name.lastIndex(of: ".") else { return (name, "it") }
    return (String(name[..<dot]), String(name[name.index(after: dot)...]))
  }
}

/// Finds similar names within a fixed budget, because files decide how many names there are.
private struct NearestNames {
  private var comparisons = 200_000
  private static let longestName = 200

  /// `tensors`, each with the most similar of `names`; the most similar pairs come first, the others in the given
  /// order.
  mutating func ranked(
    _ tensors: [(name: String, shape: Shape)], among names: [String]
  ) -> [StateDictMismatch.Unmatched] {
    var ranked: [(distance: Int, tensor: StateDictMismatch.Unmatched)] = []
    let candidates = names.filter { $0.utf8.count <= Self.longestName }
    for tensor in tensors {
      var nearest: (distance: Int, name: String)?
      if tensor.name.utf8.count <= Self.longestName && comparisons >= candidates.count {
        comparisons -= candidates.count
        for name in candidates {
          let limit = nearest.map { $0.distance - 1 } ?? tensor.name.utf8.count / 3
          if let distance = editDistance(tensor.name, name, limit: limit) { nearest = (distance, name) }
        }
      }
      ranked.append(
        (nearest?.distance ?? .max, .init(name: tensor.name, shape: tensor.shape, nearest: nearest?.name)))
    }
    // `sorted` is stable: equal elements keep their order.
    return ranked.sorted { $0.distance < $1.distance }.map(\.tensor)
  }
}
