import GraphIR
import TensorCore

/// The parameters of a network, each bound to a tensor of a weight file.
///
/// Binding is strict: every parameter needs a tensor of its shape, and no tensor may be left over. Counters, auxiliary
/// heads, and what the caller skips by name are exempt.
package struct CheckpointBinding: ParameterSource {
  /// The file.
  package let checkpoint: Checkpoint
  /// How many parameters have a tensor.
  package var count: Int { tensors.count }
  private let tensors: [String: Int]

  /// Binds all of `parameters`.
  ///
  /// - Parameters:
  ///   - parameters: Those of the network.
  ///   - model: The network's name, for messages.
  ///   - checkpoint: The file.
  ///   - rules: Applied in order to the names in the file.
  ///   - skipped: Parameters that may be missing or have another shape in the file, such as a new head.
  /// - Throws: ``CheckpointError/mismatch(_:)`` with everything that differs.
  package init(
    _ parameters: [Parameter], of model: String, to checkpoint: Checkpoint,
    renaming rules: [TensorRename] = [], skipping skipped: Set<String> = []
  ) throws(CheckpointError) {
    let match = StateDictMatch(
      parameters, with: checkpoint.tensors.map { ($0.name, $0.shape) }, renaming: rules, skipping: skipped)
    guard match.isExact else {
      throw .mismatch(StateDictMismatch(path: checkpoint.path, model: model, match: match))
    }
    self.checkpoint = checkpoint
    tensors = match.tensors
  }

  /// Whether `parameter` has a tensor; skipped ones, counters and absent auxiliary heads have none.
  package func holds(_ parameter: Parameter) -> Bool { tensors[parameter.name] != nil }

  /// Reads the tensor of `parameter` straight into place.
  ///
  /// Throws ``CheckpointError``.
  package func fill(
    _ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let index = tensors[parameter.name] else {
      throw CheckpointError.notHeld(source: checkpoint.path, parameter: Label(parameter.name))
    }
    try unsafe checkpoint.read(checkpoint.tensors[index], into: destination)
  }
}
