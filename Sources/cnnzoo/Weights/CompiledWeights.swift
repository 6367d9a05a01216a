import CWeights
import Weights

/// The weights that are part of the program, trained by itself: see `Models/*/Weights`.
enum CompiledWeights {
  /// The file for a network, opened; `nil` where there is none.
  ///
  /// Throws ``CheckpointError`` for a damaged binary.
  static func checkpoint(of model: String) throws(CheckpointError) -> Checkpoint? {
    for index in 0..<cweights_count() {
      let file = unsafe cweights_at(index)
      guard unsafe String(cString: file.model) == model else { continue }
      return try unsafe Checkpoint(
        ByteSource(
          constant: UnsafeRawBufferPointer(start: file.bytes, count: file.count),
          name: "compiled-in weights of \(model)"))
    }
    return nil
  }

  /// What the file for a network says about itself; `nil` where there is none.
  static func description(of model: String) throws(CheckpointError) -> WeightDescription? {
    guard let checkpoint = try checkpoint(of: model) else { return nil }
    return try WeightDescription(checkpoint)
  }
}
