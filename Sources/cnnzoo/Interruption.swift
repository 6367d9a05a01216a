import Glibc
import Synchronization

/// SIGINT and SIGTERM: a long run finishes the piece of work at hand and stops; a second signal ends it at once.
enum Interruption {
  private static let signal = Atomic<Int32>(0)
  private static let isWaiting = Atomic<Bool>(false)

  /// Takes the two signals over.
  static func install() {
    // Both atomics are created here, and not for the first time inside the handler.
    signal.store(0, ordering: .relaxed)
    isWaiting.store(false, ordering: .relaxed)
    // A parent that starts programs from a worker thread may hand its blocked signals down.
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

  /// Runs `body`, during which a signal may end the program at once because nothing is left to be saved.
  static func whileWaiting<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    isWaiting.store(true, ordering: .relaxed)
    defer { isWaiting.store(false, ordering: .relaxed) }
    return try body()
  }

  /// The exit status of a run that a signal has ended, once one has arrived.
  static var status: Int32? {
    let number = signal.load(ordering: .relaxed)
    return number == 0 ? nil : 128 + number
  }
}
