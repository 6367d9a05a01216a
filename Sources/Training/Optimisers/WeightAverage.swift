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

  /// Moves towards `current`.
  package func update(_ current: UnsafePointer<Float>) {
    let step = 1 - decay
    for i in 0..<values.count { values[i] += step * (current[i] - values[i]) }
  }
}
