#if MPI
  import Collectives
  import CMessages

  /// Work for the thread that sends and receives messages, in steps that never wait.
  class Transfer {
    /// Bytes that go out at once: MPI counts them in 32 bits.
    static let mostBytes = 1 << 30

    /// The stream of messages it belongs to.
    let stream: MessageStream
    private(set) var isDone = false
    private let handle: OpaquePointer

    init(_ stream: MessageStream) {
      self.stream = stream
      guard let handle = messages_transfer_create(stream.rawValue) else { MessageFailure.end(.outOfMemory) }
      self.handle = handle
    }

    deinit { messages_transfer_destroy(handle) }

    /// Starts the next part; returns false after the last.
    func startNext() -> Bool { false }

    /// Does what can be done now, and says whether that was anything.
    final func advance() -> Bool {
      var isReady: Int32 = 0
      MessageFailure.check(messages_test(handle, &isReady))
      guard isReady != 0 else { return false }
      isDone = !startNext()
      return true
    }

    /// Starts to send bytes to one process and to receive some from one; a negative number stands for no process.
    final func exchange(
      sending out: UnsafeRawBufferPointer?, to receiver: Int,
      receiving target: UnsafeMutableRawBufferPointer?,
      from sender: Int
    ) {
      MessageFailure.check(
        messages_start_exchange(
          handle, out?.baseAddress, out?.count ?? 0, Int32(receiver), target?.baseAddress, target?.count ?? 0,
          Int32(sender)))
    }

    /// Starts to collect a block of `bytes` bytes of each process; that of this process is filled in.
    final func collect(_ blocks: UnsafeMutableRawPointer, bytes: Int) {
      MessageFailure.check(messages_start_collect(handle, blocks, bytes))
    }

    /// Starts to copy the bytes of process 0 to all others.
    final func broadcast(_ bytes: UnsafeMutableRawBufferPointer) {
      MessageFailure.check(messages_start_broadcast(handle, bytes.baseAddress, bytes.count))
    }
  }

  /// Messages of one stream do not overtake each other; streams do not wait for each other.
  enum MessageStream: Int32, CaseIterable {
    /// What the step waits for at once.
    case urgent = 0
    /// Sums of gradients, which the backward pass runs beside.
    case background = 1
  }

  /// A block of each process, brought to each process.
  final class Collection: Transfer {
    private let blocks: UnsafeMutableRawPointer
    private let bytes: Int
    private var isStarted = false

    /// Blocks of `bytes` bytes, one after the other; that of this process is filled in.
    init(_ blocks: UnsafeMutableRawPointer, bytes: Int) {
      self.blocks = blocks
      self.bytes = bytes
      super.init(.urgent)
    }

    override func startNext() -> Bool {
      if isStarted { return false }
      isStarted = true
      collect(blocks, bytes: bytes)
      return true
    }
  }

  /// Bytes of process 0 for all.
  final class Broadcast: Transfer {
    private let bytes: UnsafeMutableRawBufferPointer
    private var sent = 0

    init(_ bytes: UnsafeMutableRawBufferPointer) {
      self.bytes = bytes
      super.init(.urgent)
    }

    override func startNext() -> Bool {
      guard sent < bytes.count else { return false }
      let end = min(sent + Transfer.mostBytes, bytes.count)
      broadcast(UnsafeMutableRawBufferPointer(rebasing: bytes[sent..<end]))
      sent = end
      return true
    }
  }

  /// Bytes from one process to another.
  final class Delivery: Transfer {
    private let bytes: UnsafeMutableRawBufferPointer
    private let other: Int
    private let isSending: Bool
    private var done = 0

    /// Sends `bytes` to `receiver`.
    init(_ bytes: UnsafeMutableRawBufferPointer, to receiver: Int) {
      self.bytes = bytes
      other = receiver
      isSending = true
      super.init(.urgent)
    }

    /// Fills `bytes` with those that `sender` sends.
    init(_ bytes: UnsafeMutableRawBufferPointer, from sender: Int) {
      self.bytes = bytes
      other = sender
      isSending = false
      super.init(.urgent)
    }

    override func startNext() -> Bool {
      guard done < bytes.count else { return false }
      let end = min(done + Transfer.mostBytes, bytes.count)
      let part = UnsafeMutableRawBufferPointer(rebasing: bytes[done..<end])
      done = end
      if isSending {
        exchange(sending: UnsafeRawBufferPointer(part), to: other, receiving: nil, from: -1)
      } else {
        exchange(sending: nil, to: -1, receiving: part, from: other)
      }
      return true
    }
  }
#endif
