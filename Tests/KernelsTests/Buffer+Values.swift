import TensorCore

/// Operands of kernels: `Pixels` keeps a pointer, and an array passed as one is only guaranteed to live during that call.
extension Buffer {
  /// A copy of `values`.
  init(_ values: [Float]) {
    self.init(count: values.count)
    pointer.update(from: values, count: values.count)
  }

  var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}
