import CWeights
import Weights

/// The weights that are part of the program, trained by itself: see `Models/*/Weights`.
package enum EmbeddedWeights {
  /// The file for a network, opened; `nil` if there is none.
  ///
  /// Throws ``CheckpointError`` for a damaged binary.
  static func checkpoint(of network: String) throws(CheckpointError) -> Checkpoint? {
    for index in 0..<cweights_count() {
      let file = unsafe cweights_at(index)
      guard unsafe String(cString: file.model) == network else { continue }
      return try unsafe Checkpoint(
        ByteSource(
          constant: UnsafeRawBufferPointer(start: file.bytes, count: file.count),
          name: "embedded weights of \(network)"))
    }
    return nil
  }

  /// The description in the file for a network; `nil` if there is no file.
  ///
  /// Throws ``CheckpointError`` for a damaged binary.
  package static func description(of network: String) throws(CheckpointError) -> WeightDescription? {
    guard let checkpoint = try checkpoint(of: network) else { return nil }
    return try WeightDescription(checkpoint)
  }
}
