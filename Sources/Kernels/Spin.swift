import CKernels
import Glibc

/// A spinning wait for another thread, a matter of microseconds.
package struct Spin {
  /// Turns between two offers of the core to other threads, a few microseconds.
  ///
  /// The thread that is awaited may be waiting for this very core.
  private static let turnsBetweenOffers = 256

  private var turns = 0

  /// A wait that has not started.
  package init() {}

  /// One turn of the waiting loop.
  @inline(__always)
  package mutating func once() {
    turns += 1
    if turns % Spin.turnsBetweenOffers == 0 { sched_yield() } else { ck_pause() }
  }
}
