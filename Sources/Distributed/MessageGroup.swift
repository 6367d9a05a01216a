#if MPI
  import CMessages
  import Collectives
  import Engine
  import Glibc

  /// The processes that `mpirun` or `srun` has started, which send each other messages by MPI.
  package final class MessageGroup: ProcessGroup {
    package let rank: Int
    package let count: Int
    package let hosts: [String]
    /// Where messages are noted, if they are.
    package var timeline: Timeline?

    private let thread: MessageThread
    private let staging = Staging()
    /// The collection that was started last, and where its numbers arrive.
    private var collection: (transfer: Collection, numbers: UnsafeMutableBufferPointer<Double>)?

    /// Joins the processes of the job; waits for all of them.
    ///
    /// Throws ``ThreadError``.
    package init() throws(ThreadError) {
      MessageFailure.keepsSilent(at: Peers.abortSignal)
      thread = try MessageThread()
      (rank, count) = (thread.rank, thread.count)
      var table = [UInt8](repeating: 0, count: count * Peers.bytes)
      table.replaceSubrange(rank * Peers.bytes..<(rank + 1) * Peers.bytes, with: Peers.own)
      table.withUnsafeMutableBytes { [thread] rows in
        guard let start = rows.baseAddress else { return }
        thread.complete(Collection(start, bytes: Peers.bytes))
      }
      let peers = Peers(table, rank: rank)
      hosts = peers.hosts
      thread.peers = peers
    }

    package func startSum(_ values: UnsafeMutableBufferPointer<Float>) {
      guard count > 1 else { return }
      thread.start(RingSum(values, rank: rank, count: count, staging, timeline))
    }

    package func finishSums() { thread.finish(.background) }

    package func startCollection(_ numbers: [Double]) {
      let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: count * numbers.count)
      buffer.initialize(repeating: 0)
      for (index, number) in numbers.enumerated() { buffer[rank * numbers.count + index] = number }
      guard let start = buffer.baseAddress else { return }
      let transfer = Collection(start, bytes: numbers.count * MemoryLayout<Double>.stride)
      collection = (transfer, buffer)
      thread.start(transfer)
    }

    package func finishCollection() -> [[Double]] {
      guard let (transfer, numbers) = collection else { return [] }
      thread.finish(transfer)
      collection = nil
      defer { numbers.deallocate() }
      let size = numbers.count / count
      return (0..<count).map { Array(numbers[$0 * size..<($0 + 1) * size]) }
    }

    package func exchange(_ blocks: UnsafeMutableRawPointer, bytes: Int) {
      thread.complete(Collection(blocks, bytes: bytes))
    }

    package func broadcast(_ bytes: UnsafeMutableRawBufferPointer) {
      thread.complete(Broadcast(bytes))
    }

    package func gather(_ bytes: [UInt8]) -> [[UInt8]]? {
      let sizes = collection(of: [Double(bytes.count)]).map { Int($0[0]) }
      guard isFirst else {
        var bytes = bytes
        bytes.withUnsafeMutableBytes { thread.complete(Delivery($0, to: 0)) }
        return nil
      }
      return [bytes]
        + (1..<count).map { sender in
          var bytes = [UInt8](repeating: 0, count: sizes[sender])
          bytes.withUnsafeMutableBytes { thread.complete(Delivery($0, from: sender)) }
          return bytes
        }
    }

    package func leave() { thread.leave() }

    package func abort(status: Int32) -> Never {
      thread.peers?.expectAbort()
      messages_abort(status)
      _exit(status)
    }
  }
#endif
