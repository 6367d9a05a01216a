import GraphIR
import TensorCore

/// The tensors of a file, matched by name with the parameters of a network.
struct StateDictMatch {
  /// The index of each parameter's tensor in the file, by the parameter's name.
  private(set) var tensors: [String: Int] = [:]
  /// Parameters without a tensor, in the network's order.
  private(set) var missing: [Parameter] = []
  /// Tensors without a parameter, in the file's order, under the file's names.
  private(set) var unexpected: [(name: String, shape: Shape)] = []
  /// Parameters whose tensor has another shape, in the network's order.
  private(set) var misshapen: [StateDictMismatch.Misshapen] = []
  /// Flexible parameters whose tensor has another shape, in the network's order.
  private(set) var unfit: [String] = []

  /// Whether every parameter has its tensor and no tensor is left over.
  var isExact: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }

  /// Matches names, those that the network does not have after renaming.
  ///
  /// Counters and auxiliary heads may be present or absent. `flexible` parameters may be missing or have another shape,
  /// and their modules may contain other tensors: a head with another structure.
  init(
    _ parameters: [Parameter], with entries: [(name: String, shape: Shape)],
    renaming rules: [TensorRename] = [], flexible: Set<String> = []
  ) {
    var places: [String: Int] = [:]
    var isLeft = [Bool](repeating: true, count: entries.count)
    // A name that the network has is its own, whatever it means in other files.
    let own = Set(parameters.lazy.map(\.name))
    let names = entries.map { entry in
      own.contains(entry.name) ? entry.name : rules.reduce(entry.name) { $1.apply(to: $0) }
    }
    // Two tensors under one name after renaming: the second stays unexpected.
    for (index, name) in names.enumerated() where places[name] == nil { places[name] = index }
    for parameter in parameters {
      let place = places[parameter.name]
      if let place { isLeft[place] = false }
      if parameter.role == .counter { continue }
      let isFlexible = flexible.contains(parameter.name)
      guard let place else {
        if !parameter.isAuxiliary && !isFlexible { missing.append(parameter) }
        continue
      }
      let found = entries[place].shape
      if StateDictMatch.isSame(found, parameter.shape) {
        tensors[parameter.name] = place
      } else if isFlexible {
        unfit.append(parameter.name)
      } else {
        misshapen.append(.init(name: parameter.name, found: found, expected: parameter.shape))
      }
    }
    let modules = Set(flexible.compactMap(StateDictMatch.module))
    for (index, entry) in entries.enumerated() where isLeft[index] && !Self.isCounter(entry.name) {
      if modules.isEmpty || !Self.modules(of: names[index]).contains(where: modules.contains) {
        unexpected.append(entry)
      }
    }
  }

  /// Whether a tensor only counts what has been seen: batches by batch norm, models by an average of them.
  static func isCounter(_ name: String) -> Bool {
    name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
      || WrapperName.counters.contains(name)
  }

  /// The module that a tensor belongs to; `nil` for one that belongs to the network itself.
  private static func module(of name: String) -> Substring? {
    name.lastIndex(of: ".").map { name[..<$0] }
  }

  /// The module that a tensor belongs to and all that hold it.
  private static func modules(of name: String) -> [Substring] {
    name.indices.filter { name[$0] == "." }.prefix(CheckpointLimits.depth).map { name[..<$0] }
  }

  /// Whether elements in one shape are, in the same order, the elements in the other.
  ///
  /// Besides equal shapes that are trailing axes of one element, and a linear layer written as the
  /// convolution over the whole map that it equals: `[4096, 25088]` and `[4096, 512, 7, 7]`. Equal
  /// counts alone would not do: 1×7 and 7×1 convolutions have them.
  static func isSame(_ a: Shape, _ b: Shape) -> Bool {
    func trimmed(_ shape: Shape) -> ArraySlice<Int> {
      shape.dimensions[..<((shape.dimensions.lastIndex { $0 != 1 } ?? -1) + 1)]
    }
    if a == b || trimmed(a) == trimmed(b) { return true }
    guard a.rank >= 2, b.rank >= 2, a[0] == b[0], (a.rank == 2) != (b.rank == 2) else { return false }
    return a.checkedCount == b.checkedCount
  }
}
