import Glibc
import GraphIR
import Weights

/// Weights from a file, with newly initialized heads where the file's do not fit.
package struct FineTunedValues: ParameterSource {
  /// Names of the tensors loaded from the file.
  package let kept: [String]
  /// Names of the newly initialized tensors.
  package let renewed: [String]
  /// How the file was read, if that is not obvious.
  package var notes: [String] { binding.notes }
  private let binding: CheckpointBinding
  private let initial: InitialValues

  /// Binds `network` to `checkpoint`; of the heads, just the tensors that fit.
  ///
  /// Throws ``CheckpointError/mismatch(_:)`` where anything else is missing or has another shape.
  package init(
    _ network: Graph, of model: String, from checkpoint: Checkpoint, renaming rules: [TensorRename],
    initial: InitialValues
  ) throws(CheckpointError) {
    let parameters = network.parameters
    // Auxiliary heads may be absent from a file as a whole; they are initialized then.
    binding = try CheckpointBinding(
      parameters, of: model, to: checkpoint, renaming: rules, flexible: Set(network.headParameters))
    self.initial = initial
    let stored = parameters.filter { $0.role != .counter }
    let binding = binding
    kept = stored.filter { binding.holds($0) }.map(\.name)
    renewed = stored.filter { !binding.holds($0) }.map(\.name)
  }

  /// Writes the values of `parameter`, from the file or initialized.
  package func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
    if binding.holds(parameter) {
      try binding.fill(parameter, destination)
    } else {
      initial.fill(parameter, destination)
    }
  }
}

extension Graph {
  /// Names of the parameters whose shape follows the number of classes: those of the last layer that has
  /// any, on the way to the logits and to those of each auxiliary head.
  package var headParameters: [String] {
    ([output] + auxiliaries.map(\.logits)).flatMap { logits -> [String] in
      var value = logits
      while let node = nodes.last(where: { $0.output == value }) {
        let tensors = node.parameters.flatMap(\.tensors)
        if !tensors.isEmpty { return tensors.map(\.name) }
        guard let input = node.inputs.first else { return [] }
        value = input
      }
      return []
    }
  }

  /// Names of the tensors that match one of `patterns`, in which `*` stands for anything: `layer1.*`.
  ///
  /// Throws ``TrainingError/nothingToFreeze(pattern:)`` for a pattern that matches none.
  package func parameters(matching patterns: [String]) throws(TrainingError) -> Set<String> {
    var names: Set<String> = []
    let all = parameters.map(\.name)
    for pattern in patterns {
      let matching = all.filter { fnmatch(pattern, $0, 0) == 0 }
      guard !matching.isEmpty else { throw .nothingToFreeze(pattern: pattern) }
      names.formUnion(matching)
    }
    return names
  }
}
