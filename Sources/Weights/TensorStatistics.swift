import TensorCore

/// What the elements of a tensor are like.
package struct TensorStatistics: Hashable, Sendable {
  /// Elements that are not a number.
  package private(set) var notNumbers = 0
  /// Elements that are infinite.
  package private(set) var infinities = 0
  /// Smallest finite element; `nil` where there is none.
  package private(set) var minimum: Double?
  /// Largest finite element.
  package private(set) var maximum: Double?
  /// Mean of the finite elements.
  package private(set) var mean: Double?

  /// Whether every element is finite.
  package var isFinite: Bool { notNumbers + infinities == 0 }

  /// Statistics of the elements in `bytes`, little-endian.
  fileprivate init(_ bytes: UnsafeRawBufferPointer, _ type: ElementType) {
    var (notNumbers, infinities, count) = (0, 0, 0)
    var (minimum, maximum, sum) = (Double.infinity, -Double.infinity, 0.0)
    unsafe type.forEach(in: bytes) { value in
      if value.isFinite {
        count += 1
        sum += value
        minimum = min(minimum, value)
        maximum = max(maximum, value)
      } else if value.isNaN {
        notNumbers += 1
      } else {
        infinities += 1
      }
    }
    self.notNumbers = notNumbers
    self.infinities = infinities
    guard count > 0 else { return }
    self.minimum = minimum
    self.maximum = maximum
    mean = sum / Double(count)
  }
}

extension Checkpoint {
  /// Reads all elements of `tensor` and says what they are like.
  ///
  /// Throws ``CheckpointError`` where its bytes are damaged.
  package func statistics(of tensor: TensorEntry) throws(CheckpointError) -> TensorStatistics {
    try checkMemory(tensor.byteCount)
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: tensor.byteCount, alignment: 64)
    defer { unsafe bytes.deallocate() }
    try unsafe readElements(tensor, into: bytes)
    return unsafe TensorStatistics(UnsafeRawBufferPointer(bytes), tensor.elementType)
  }
}
