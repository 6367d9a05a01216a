/// What one operator costs for given shapes.
///
/// One MAC is one multiply and one add.
package struct Cost: Hashable, Sendable {
  /// Multiply-accumulates of convolutions and linear layers; 0 for everything else, as in published figures.
  package var macs: Int
  /// Bytes of activations read.
  package var bytesRead: Int
  /// Bytes of activations written.
  package var bytesWritten: Int

  /// A cost from its parts.
  package init(macs: Int = 0, bytesRead: Int, bytesWritten: Int) {
    self.macs = macs
    self.bytesRead = bytesRead
    self.bytesWritten = bytesWritten
  }
}
