import GraphIR
import TensorCore

/// The parameters of a network, each bound to a tensor of a weight file.
///
/// Binding is strict: every parameter needs a tensor of its shape, and no tensor may be left over. Counters, auxiliary
/// heads, and what the caller lets differ are exempt. If the file contains several sets of tensors, or the network as
/// part of a larger module, the only place where everything fits is used.
package struct CheckpointBinding: ParameterSource {
  /// The file.
  package let checkpoint: Checkpoint
  /// Where in the file the tensors were found, and what was left out, if that is not obvious.
  package let notes: [String]
  /// How many parameters have a tensor.
  package var count: Int { tensors.count }
  private let tensors: [String: TensorEntry]

  /// Binds all of `parameters`.
  ///
  /// - Parameters:
  ///   - parameters: Those of the network.
  ///   - model: The network's name, for messages.
  ///   - checkpoint: The file.
  ///   - rules: Applied in order to the names in the file.
  ///   - flexible: Parameters that may be missing or have another shape in the file, such as a new head. By default
  ///     those of auxiliary heads, which inference does not need.
  /// - Throws: ``CheckpointError/mismatch(_:)`` with everything that differs;
  ///   ``CheckpointError/ambiguous(path:model:keys:)`` if the file contains the network more than once.
  package init(
    _ parameters: [Parameter], of model: String, to checkpoint: Checkpoint,
    renaming rules: [TensorRename] = [], flexible: Set<String>? = nil
  ) throws(CheckpointError) {
    let isInference = flexible == nil
    let flexible = flexible ?? Set(parameters.lazy.filter(\.isAuxiliary).map(\.name))
    let search = StateDictSearch(checkpoint.groups, main: checkpoint.mainGroup)
    let candidates = search.candidates(parameters, renaming: rules, flexible: flexible)
    let exact = search.exact(candidates)
    guard exact.count < 2 else {
      throw .ambiguous(path: checkpoint.path, model: model, keys: exact.map { Label(search.key($0)) })
    }
    guard let found = exact.first ?? candidates.first else {
      throw .unusable(path: checkpoint.path, .noTensors)
    }
    self.checkpoint = checkpoint
    tensors = try checkpoint.tensors(of: found)
    guard found.match.isExact else {
      throw .mismatch(StateDictMismatch(path: checkpoint.path, model: model, match: found.match))
    }
    var notes = CheckpointBinding.notes(on: found, in: checkpoint)
    if isInference && !found.match.unfit.isEmpty {
      notes.append(
        "auxiliary heads of another shape, which inference does not use: "
          + found.match.unfit.joined(separator: ", "))
    }
    self.notes = notes
  }

  /// Whether `parameter` has a tensor; counters, absent auxiliary heads and heads of another shape have none.
  package func holds(_ parameter: Parameter) -> Bool { tensors[parameter.name] != nil }

  /// The type of the elements of `parameter` in the file; `nil` where it has no tensor.
  package func elementType(of parameter: Parameter) -> ElementType? { tensors[parameter.name]?.elementType }

  /// Reads the tensor of `parameter` straight into place.
  ///
  /// Throws ``CheckpointError``, also for values that no network can have: what is not finite, a variance
  /// below zero, and a scale of weights that is not above it.
  package func fill(
    _ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let tensor = tensors[parameter.name] else {
      throw CheckpointError.notHeld(source: checkpoint.path, parameter: Label(parameter.name))
    }
    try unsafe checkpoint.read(tensor, into: destination)
    let isVariance = parameter.role == .buffer && parameter.name.hasSuffix("running_var")
    if parameter.name.hasSuffix(QuantizedTensor.scaleSuffix),
      let index = unsafe destination.firstIndex(where: { !($0 > 0 && $0.isFinite) })
    {
      throw CheckpointError.unusable(
        path: checkpoint.path,
        .scale(tensor: Label(tensor.name), index: index, value: unsafe destination[index]))
    }
    guard let index = unsafe firstImpossible(destination, isVariance: isVariance) else { return }
    let value = unsafe destination[index]
    let label = Label(tensor.name)
    throw CheckpointError.unusable(
      path: checkpoint.path,
      value.isFinite
        ? .negativeVariance(tensor: label, index: index, value: value)
        : .notFinite(tensor: label, index: index, value: value))
  }

  private static func notes(
    on found: StateDictSearch.Candidate, in checkpoint: Checkpoint
  ) -> [String] {
    let group = checkpoint.groups[found.group]
    var place: [String] = []
    if !group.key.isEmpty { place.append("under '\(Label(group.key))'") }
    let prefix = group.wrapper + found.prefix
    if !prefix.isEmpty { place.append("without the prefix '\(Label(prefix))'") }
    for wrapper in group.innerWrappers { place.append("without '\(wrapper)' in their names") }
    var notes: [String] = []
    if !place.isEmpty { notes.append("reading the tensors " + place.joined(separator: ", ")) }
    let taken = Set(found.members)
    let left = group.members.indices.filter {
      !taken.contains($0) && !StateDictMatch.isCounter(group.members[$0].name)
    }
    if let first = left.first {
      let more = left.count > 1 ? " and \(left.count - 1) more" : ""
      notes.append("left out: \(Label(group.members[first].name))\(more), beside the network")
    }
    return notes
  }
}

extension Checkpoint {
  /// The tensors that parameters were matched with, by the parameters' names.
  ///
  /// Throws for tensors of a candidate that cannot be read, before anything else is said about it.
  fileprivate func tensors(
    of candidate: StateDictSearch.Candidate
  ) throws(CheckpointError) -> [String: TensorEntry] {
    let group = groups[candidate.group]
    do throws(CheckpointDefect) {
      if candidate.group != mainGroup { _ = try group.entries(fileSize: size) }
      let entries = try candidate.members.map { index throws(CheckpointDefect) in
        try group.members[index].entry()
      }
      return candidate.match.tensors.mapValues { entries[$0] }
    } catch { throw .unusable(path: path, error) }
  }
}

/// The first value that is not finite, or below zero where it is a variance.
private func firstImpossible(_ values: UnsafeMutableBufferPointer<Float>, isVariance: Bool) -> Int? {
  if isVariance { return unsafe values.firstIndex { !($0 >= 0 && $0.isFinite) } }
  // Without a branch in the loop, which is then as fast as memory; the search is for those that have one.
  let exponent: UInt32 = 0x7f80_0000
  var found: UInt32 = 0
  for index in values.indices {
    found |= unsafe values[index].bitPattern & exponent == exponent ? 1 : 0
  }
  return found == 0 ? nil : unsafe values.firstIndex { !$0.isFinite }
}
