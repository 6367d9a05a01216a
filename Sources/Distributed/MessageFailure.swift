#if MPI
  import CMessages
  import Glibc
  import Synchronization

  /// What ends a job: nothing can be done without the other processes.
  enum MessageFailure {
    /// Memory for a message was refused.
    case outOfMemory
    /// MPI answered with an error code.
    case mpi(Int32)
    /// A process has ended; its name.
    case ended(String)

    /// EX_UNAVAILABLE of sysexits.h.
    private static let status: Int32 = 69
    private static let isEnding = Atomic<Bool>(false)

    /// From this signal on, a failure is not said: the process that sends it has said why all of them end.
    static func keepsSilent(at number: Int32) {
      isEnding.store(false, ordering: .relaxed)
      signal(number) { _ in MessageFailure.isEnding.store(true, ordering: .relaxed) }
    }

    /// Ends this process if a call failed.
    static func check(_ code: Int32) {
      if code != 0 { end(.mpi(code)) }
    }

    /// Says why on one line, and ends this process; the launcher then ends the others.
    static func end(_ failure: MessageFailure, isSpeaking: Bool = true) -> Never {
      if isEnding.exchange(true, ordering: .relaxed) { while true { sleep(1) } }
      if isSpeaking {
        var bytes = Array(
          "cnnzoo: \(failure.text): the job ends; what was saved is whole, continue with --resume\n".utf8)
        _ = write(STDERR_FILENO, &bytes, bytes.count)
      }
      _exit(status)
    }

    private var text: String {
      switch self {
      case .outOfMemory: return "no memory is left for messages"
      case .ended(let name): return "\(name) has ended"
      case .mpi(let code):
        var text = [CChar](repeating: 0, count: 512)
        messages_error(code, &text, text.count)
        let description = String(
          decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "the connection to another process is broken (\(description))"
      }
    }
  }
#endif
