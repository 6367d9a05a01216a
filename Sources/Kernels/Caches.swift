import CKernels

/// The CPU's caches.
package enum Caches {
  /// Evicts `count` floats from all caches, so that the next read comes from memory; for measurements.
  package static func evict(_ pointer: UnsafePointer<Float>, count: Int) {
    ck_evict(pointer, count * MemoryLayout<Float>.stride)
  }
}
