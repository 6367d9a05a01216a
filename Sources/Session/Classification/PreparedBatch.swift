import TensorCore
import Weights

/// Inputs from a tensor file, which need no preparation.
package struct PreparedBatch: Sendable {
  /// The file.
  package let path: String
  /// As the file has it; once it is checked, `[N, C, H, W]`.
  package let shape: Shape
  /// The inputs, one after the other.
  package let values: [Float]

  /// Reads a `.npy` file.
  ///
  /// Throws ``CheckpointError``.
  package init(path: String) throws(CheckpointError) {
    self.path = path
    (shape, values) = try NumPyFile.read(path: path)
  }

  /// Whether networks for `image`, `[C, H, W]`, take inputs with as many channels.
  package func mayFit(_ image: Shape) -> Bool { shape.rank != 4 || shape[1] == image[0] }

  /// The shape of an input for `network`, `[C, H, W]`: height and width are the file's, unless they are fixed.
  ///
  /// Throws ``SessionError/wrongTensorShape(path:network:found:expected:)``.
  package func image(for network: Network, isSizeFixed: Bool) throws(SessionError) -> Shape {
    let expected = network.image
    let fits =
      shape.rank == 4 && shape[0] > 0 && shape[1] == expected[0]
      && (!isSizeFixed || (shape[2], shape[3]) == (expected[1], expected[2]))
    guard fits, Limits.side.contains(shape[2]), Limits.side.contains(shape[3]) else {
      let size = isSizeFixed ? ["\(expected[1])", "\(expected[2])"] : ["H", "W"]
      throw .wrongTensorShape(
        path: path, network: network.name, found: shape, expected: ["N", "\(expected[0])"] + size)
    }
    return [shape[1], shape[2], shape[3]]
  }
}
