import Kernels
import TensorCore

/// Operands of kernels: `Pixels` keeps a pointer, and an array passed as one is only guaranteed to live during that call.
extension Buffer {
  /// A copy of `values`, in a format.
  init(_ values: [Float], _ format: ValueFormat = .float32) {
    self.init(repeating: 0, count: values.count)
    if format == .bfloat16 {
      let numbers = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt16.self)
      for (index, value) in values.enumerated() { numbers[index] = value.bfloat16 }
    } else {
      pointer.update(from: values, count: values.count)
    }
  }

  var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// The first `count` values, stored in a format.
  func values(_ count: Int, _ format: ValueFormat) -> [Float] {
    guard format == .bfloat16 else { return Array(values.prefix(count)) }
    let numbers = UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt16.self)
    return (0..<count).map { Float(bitPattern: UInt32(numbers[$0]) << 16) }
  }
}
