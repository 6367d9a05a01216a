import CKernels
import Glibc

/// Waiting for another thread that will be there in microseconds.
package struct Spin {
  /// Turns after which the core is offered to others: some microseconds.
  ///
  /// The other thread may be waiting for just this core.
  private static let turnsBetweenOffers = 256

  private var turns = 0

  /// A wait that has not begun.
  package init() {}

  /// One turn of the loop that waits.
  @inline(__always)
  package mutating func once() {
    turns += 1
    if turns % Spin.turnsBetweenOffers == 0 { sched_yield() } else { ck_pause() }
  }
}
