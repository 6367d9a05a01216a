#if MPI
  import Collectives
  import TensorCore

  /// The sum of a buffer over all processes, around a ring: Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms
  /// for clusters of workstations", Journal of Parallel and Distributed Computing, 2009.
  ///
  /// The buffer has a part for each of N processes. In N - 1 rounds every process adds what its left neighbor sends to
  /// the next part and passes that on; in N - 1 more rounds the finished parts go around. Each process sends 2 (N - 1)/N of
  /// the buffer, the least that is possible. Part p is added in the order p, p + 1, …: it depends on N alone, so the bits
  /// are the same every time and in every process. MPI's own reductions promise neither.
  final class RingSum: Transfer {
    private let values: UnsafeMutableBufferPointer<Float>
    private let staging: Staging
    private let rank: Int
    private let count: Int
    private var round = 0
    private let timeline: Timeline?
    private var start = Timeline.Moment.now

    /// Adds `values` of `count` processes, of which this one is number `rank`.
    init(
      _ values: UnsafeMutableBufferPointer<Float>, rank: Int, count: Int, _ staging: Staging,
      _ timeline: Timeline?
    ) {
      self.values = values
      self.rank = rank
      self.count = count
      self.staging = staging
      self.timeline = timeline
      super.init(.background)
    }

    /// The part of the buffer that the process `index` starts with; numbers go around.
    private func part(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
      let part = (index % count + count) % count
      return UnsafeMutableBufferPointer(
        rebasing: values[Share(rank: part, processes: count).range(of: values.count)])
    }

    override func startNext() -> Bool {
      if round == 0 {
        start = .now
      } else if round < count {
        add()
      }
      guard round < 2 * (count - 1) else {
        timeline?.add("sum", .messages, since: start, bytes: values.count * MemoryLayout<Float>.stride)
        return false
      }
      let isAdding = round < count - 1
      // In the second half, the part that this process has just finished goes first.
      let sent = part(rank - round + (isAdding ? 0 : count))
      let received = part(rank - round - 1 + (isAdding ? 0 : count))
      let target = isAdding ? staging.buffer(of: received.count) : received
      exchange(
        sending: UnsafeRawBufferPointer(sent), to: (rank + 1) % count,
        receiving: UnsafeMutableRawBufferPointer(target), from: (rank + count - 1) % count)
      round += 1
      return true
    }

    /// Adds what has arrived.
    private func add() {
      let sum = part(rank - round)
      let arrived = staging.buffer(of: sum.count)
      for i in sum.indices { sum[i] += arrived[i] }
    }
  }

  /// Where parts arrive before they are added; one sum at a time uses it.
  final class Staging {
    private var buffer = Buffer(repeating: 0, count: 0)

    /// The first `count` floats.
    func buffer(of count: Int) -> UnsafeMutableBufferPointer<Float> {
      if buffer.count < count { buffer = Buffer(repeating: 0, count: count) }
      return UnsafeMutableBufferPointer(start: buffer.pointer, count: count)
    }
  }
#endif
