import Glibc

/// Floats on the heap, aligned for the widest vector unit, owned by exactly one value.
///
/// A plan has two of them, arena and weights; kernels see pointers into them.
package struct Buffer: ~Copyable, @unchecked Sendable {
  /// Bytes that every buffer is aligned to: one cache line, one AVX-512 register.
  package static let alignment = 64

  private static let hugePage = 2 << 20

  /// First element; valid as long as the buffer lives.
  package let pointer: UnsafeMutablePointer<Float>

  /// Number of floats.
  package let count: Int

  /// Takes memory for `count` floats.
  ///
  /// Their values are undefined.
  package init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = bytes >= 2 * Buffer.hugePage
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? Buffer.hugePage : Buffer.alignment)
    // Weights of a hundred megabytes are 25,000 page faults, or 50 of these pages where the system has them.
    if isLarge { madvise(memory, bytes, MADV_HUGEPAGE) }
    pointer = memory.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  /// Takes memory for `count` floats, all set to `value`.
  package init(repeating value: Float, count: Int) {
    self.init(count: count)
    pointer.update(repeating: value, count: count)
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}
