import Glibc
import Synchronization

/// SIGINT and SIGTERM: a command finishes its current piece of work and stops; a second signal ends it at once.
enum Interruption {
  private static let signal = Atomic<Int32>(0)
  private static let isWaiting = Atomic<Bool>(false)

  /// Installs the handler of both signals.
  static func install() {
    // Initializes both atomics here, so that the handler does not.
    signal.store(0, ordering: .relaxed)
    isWaiting.store(false, ordering: .relaxed)
    // A parent that starts programs from a worker thread may pass on blocked signals.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { unsafe sigaddset(&signals, number) }
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    for number in [SIGINT, SIGTERM] {
      Glibc.signal(number) { number in
        let earlier = Interruption.signal.exchange(number, ordering: .relaxed)
        if earlier != 0 || Interruption.isWaiting.load(ordering: .relaxed) { _exit(128 + number) }
      }
    }
  }

  /// Runs `body`, during which a signal ends the program at once: there is nothing to save.
  static func whileWaiting<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    isWaiting.store(true, ordering: .relaxed)
    defer { isWaiting.store(false, ordering: .relaxed) }
    return try body()
  }

  /// The exit status once a signal has arrived.
  static var status: Int32? {
    let number = signal.load(ordering: .relaxed)
    return number == 0 ? nil : 128 + number
  }
}
