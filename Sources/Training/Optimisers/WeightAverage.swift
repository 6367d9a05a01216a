import TensorCore

/// An exponential moving average of all values of a network, buffers included.
package final class WeightAverage {
  /// The averages, in the layout of the values.
  package let values: UnsafeMutableBufferPointer<Float>
  /// Share of the old average that a step keeps.
  package let decay: Float

  /// An average that starts at `current`.
  package init(of current: UnsafeBufferPointer<Float>, decay: Float) {
    self.decay = decay
    values = .allocate(capacity: current.count)
    _ = values.initialize(from: current)
  }

  deinit { values.deallocate() }

  private static let floatsOfPiece = 1 << 16

  /// Moves towards `current`.
  ///
  /// `share` does a number of pieces of work, which do not depend on each other.
  package func update(_ current: UnsafePointer<Float>, share: (Int, (Int) -> Void) -> Void) {
    let step = 1 - decay
    let length = WeightAverage.floatsOfPiece
    share(values.count.dividedRoundingUp(by: length)) { piece in
      for i in piece * length..<min((piece + 1) * length, values.count) {
        values[i] += step * (current[i] - values[i])
      }
    }
  }
}
