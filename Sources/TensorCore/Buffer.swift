import Glibc

/// Floats on the heap, aligned for the widest vector unit, with a single owner.
///
/// An executor owns a few of them, such as arena and weights; kernels get pointers into them.
@safe package struct Buffer: ~Copyable, @unchecked Sendable {
  /// Alignment of every buffer in bytes: a cache line, an AVX-512 register.
  package static let alignment = 64

  private static let hugePage = 2 << 20

  /// First element, valid as long as the buffer lives.
  package let pointer: UnsafeMutablePointer<Float>

  /// Number of floats.
  package let count: Int

  /// Allocates `count` floats with undefined values.
  package init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = bytes >= 2 * Buffer.hugePage
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? Buffer.hugePage : Buffer.alignment)
    // A hundred megabytes of weights take 25,000 page faults, or 50 with huge pages.
    if isLarge { unsafe madvise(memory, bytes, MADV_HUGEPAGE) }
    unsafe pointer = memory.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  /// Allocates `count` floats, all set to `value`.
  package init(repeating value: Float, count: Int) {
    self.init(count: count)
    unsafe pointer.update(repeating: value, count: count)
  }

  deinit { unsafe UnsafeMutableRawPointer(pointer).deallocate() }
}
