import CKernels

/// Waiting without giving the core away.
package enum Spin {
  /// One turn of a loop that waits: tells the core that it is one.
  @inline(__always)
  package static func once() { ck_pause() }
}
