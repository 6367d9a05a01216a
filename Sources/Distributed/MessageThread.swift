#if MPI
  import CMessages
  import Engine
  import Glibc

  /// The thread that makes all calls to MPI, so that messages move on while other threads compute.
  ///
  /// MPI moves a transfer on only while it is called. Waiting inside MPI would keep a core busy that computes; so this
  /// thread looks at the transfers again and again, and sleeps in between unless somebody waits for them.
  final class MessageThread: @unchecked Sendable {
    /// Microseconds by which the pause between two looks grows with each look in vain, and its longest, while nobody waits.
    ///
    /// A look costs about 12 µs of a core that computes. In 0.25 ms, 1 Gbit/s moves 31 KB, far less than a socket holds; where the
    /// network is so fast that a message takes less than a millisecond, pauses stay short.
    private static let pause: (step: Int, longest: Int) = (25, 250)
    /// Looks without a pause while somebody waits, about 0.1 ms, and the microseconds between two looks after that.
    private static let spins = 200
    private static let awaitedPause = 20
    /// Seconds without progress after which the other processes are looked for.
    private static let patience = 0.4

    /// The number of this process, and how many there are.
    private(set) var rank = 0
    private(set) var count = 1
    /// The processes, once they are known.
    var peers: Peers?

    private var queues: [MessageStream: [Transfer]] = [:]
    private var waiting = 0
    private var isEnding = false
    private var isStarted = false
    private var thread = pthread_t()
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Starts the thread, which joins the processes of the job.
    ///
    /// Throws ``ThreadError``.
    init() throws(ThreadError) {
      pthread_mutex_init(mutex, nil)
      pthread_cond_init(changed, nil)
      let code = pthread_create(
        &thread, nil,
        { argument in
          if let argument = argument {
            Unmanaged<MessageThread>.fromOpaque(argument).takeRetainedValue().work()
          }
          return nil
        }, Unmanaged.passRetained(self).toOpaque())
      guard code == 0 else { throw ThreadError(threads: 1, code: code) }
      wait { isStarted }
    }

    deinit {
      pthread_cond_destroy(changed)
      pthread_mutex_destroy(mutex)
      mutex.deallocate()
      changed.deallocate()
    }

    /// Starts a transfer, behind those of its stream that were started before.
    func start(_ transfer: Transfer) {
      pthread_mutex_lock(mutex)
      queues[transfer.stream, default: []].append(transfer)
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
    }

    /// Waits for a transfer that was started.
    func finish(_ transfer: Transfer) {
      wait { !queues[transfer.stream, default: []].contains { $0 === transfer } }
    }

    /// Starts a transfer and waits for it.
    func complete(_ transfer: Transfer) {
      start(transfer)
      finish(transfer)
    }

    /// Waits until no transfer of a stream is left.
    func finish(_ stream: MessageStream) { wait { queues[stream, default: []].isEmpty } }

    /// Leaves the processes of the job, together with all of them, and ends the thread.
    func leave() {
      pthread_mutex_lock(mutex)
      isEnding = true
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
      pthread_join(thread, nil)
    }

    private func wait(until condition: () -> Bool) {
      pthread_mutex_lock(mutex)
      waiting += 1
      pthread_cond_broadcast(changed)
      while !condition() { pthread_cond_wait(changed, mutex) }
      waiting -= 1
      pthread_mutex_unlock(mutex)
    }

    private func work() {
      join()
      var lastProgress = Stopwatch()
      var looks = 0
      pthread_mutex_lock(mutex)
      while true {
        let current = MessageStream.allCases.compactMap { queues[$0]?.first }
        if current.isEmpty {
          if isEnding { break }
          pthread_cond_wait(changed, mutex)
          lastProgress = Stopwatch()
          continue
        }
        let isAwaited = waiting > 0
        pthread_mutex_unlock(mutex)
        var moves = false
        // Of two streams, the urgent one first.
        for transfer in current where transfer.advance() { moves = true }
        if moves {
          looks = 0
          lastProgress = Stopwatch()
        } else {
          looks += 1
          rest(isAwaited: isAwaited, looks: looks)
          if lastProgress.seconds > MessageThread.patience {
            lookForPeers()
            lastProgress = Stopwatch()
          }
        }
        pthread_mutex_lock(mutex)
        if moves {
          for stream in MessageStream.allCases where queues[stream]?.first?.isDone ?? false {
            queues[stream]?.removeFirst()
            pthread_cond_broadcast(changed)
          }
        }
      }
      pthread_mutex_unlock(mutex)
      MessageFailure.check(messages_finish())
    }

    /// Waits a little before the next look, the `looks`-th without progress.
    ///
    /// Where somebody waits, it looks at once for as long as a message takes between hosts. Then it sleeps in any case:
    /// where there are more processes than cores, the others need the core.
    private func rest(isAwaited: Bool, looks: Int) {
      if isAwaited && looks < MessageThread.spins {
        sched_yield()
      } else {
        let pause = min(looks * MessageThread.pause.step, MessageThread.pause.longest)
        usleep(UInt32(isAwaited ? MessageThread.awaitedPause : pause))
      }
    }

    private func join() {
      // Signals are for the threads of the program.
      var signals = sigset_t()
      sigfillset(&signals)
      pthread_sigmask(SIG_BLOCK, &signals, nil)
      var (rank, count): (Int32, Int32) = (0, 0)
      MessageFailure.check(messages_start(&rank, &count))
      pthread_mutex_lock(mutex)
      (self.rank, self.count) = (Int(rank), Int(count))
      isStarted = true
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
    }

    /// Ends this process if another one of this host has ended.
    private func lookForPeers() {
      guard let (name, isOursToSay) = peers?.ended else { return }
      MessageFailure.end(.ended(name), isSpeaking: isOursToSay)
    }
  }
#endif
