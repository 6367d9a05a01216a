import Glibc
import Synchronization

/// The wish of a user or system that the run should end: SIGINT or SIGTERM.
package enum StopSignal {
  private static let received = Atomic<Int32>(0)

  /// The signal that came, or 0.
  package static var current: Int32 { received.load(ordering: .relaxed) }

  /// Notes the signals from now on; a second one ends the process at once, which costs no finished
  /// checkpoint.
  package static func watch() {
    // The first access creates the value, which must not happen inside a handler.
    received.store(0, ordering: .relaxed)
    for signal in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { StopSignal.received.store($0, ordering: .relaxed) }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
      sigaction(signal, &action, nil)
    }
  }
}
