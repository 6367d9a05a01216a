/// Floats on the heap, aligned for the widest vector unit, owned by exactly one value.
///
/// A plan has two of them, arena and weights; kernels see pointers into them.
package struct Buffer: ~Copyable, @unchecked Sendable {
  /// Bytes that every buffer is aligned to: one cache line, one AVX-512 register.
  package static let alignment = 64

  /// First element; valid as long as the buffer lives.
  package let pointer: UnsafeMutablePointer<Float>

  /// Number of floats.
  package let count: Int

  /// Takes memory for `count` floats.
  ///
  /// Their values are undefined.
  package init(count: Int) {
    self.count = count
    pointer = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: Buffer.alignment
    ).bindMemory(to: Float.self, capacity: max(count, 1))
  }

  /// Takes memory for `count` floats, all set to `value`.
  package init(repeating value: Float, count: Int) {
    self.init(count: count)
    pointer.update(repeating: value, count: count)
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}
