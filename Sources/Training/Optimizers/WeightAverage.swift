/// An exponential moving average of all values of a network, buffers included.
package final class WeightAverage {
  /// The averages, in the layout of the values.
  package let values: UnsafeMutableBufferPointer<Float>
  /// Share of the old average that an update keeps.
  package let decay: Float
  private let pieces: [Range<Int>]

  /// An average that starts at `current`.
  package init(of current: UnsafeBufferPointer<Float>, decay: Float) {
    self.decay = decay
    values = .allocate(capacity: current.count)
    _ = values.initialize(from: current)
    pieces = (0..<current.count).pieces
  }

  deinit { values.deallocate() }

  /// Moves the averages toward `current`.
  ///
  /// `share` does a number of independent pieces of work.
  package func update(_ current: UnsafePointer<Float>, share: (Int, (Int) -> Void) -> Void) {
    let step = 1 - decay
    share(pieces.count) { piece in
      for i in pieces[piece] { values[i] += step * (current[i] - values[i]) }
    }
  }
}
