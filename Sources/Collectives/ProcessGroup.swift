import TensorCore

/// The processes that work on one job, each with its own memory.
///
/// All of them make the same calls in the same order. A process that cannot go on ends the job: no call returns an
/// error, since nothing can be done without the others.
package protocol ProcessGroup: AnyObject {
  /// The number of this process, from 0. Process 0 alone writes files and results.
  var rank: Int { get }
  /// How many processes there are.
  var count: Int { get }
  /// The host of each process.
  var hosts: [String] { get }

  /// Starts to add `values` of all processes, element by element; each then has the sums in place.
  ///
  /// The order of the additions depends on the number of processes alone. ``finishSums()`` waits for the result; until
  /// then, nobody reads or writes `values`. Sums are made in the order in which they are started.
  func startSum(_ values: UnsafeMutableBufferPointer<Float>)

  /// Waits for all sums that were started.
  func finishSums()

  /// Starts to collect a few numbers of each process, the same count from all; ``finishCollection()`` returns them.
  func startCollection(_ numbers: [Double])

  /// Waits for the collection that was started last: the numbers by process.
  func finishCollection() -> [[Double]]

  /// Collects a block of each process in each process, ahead of the sums that were started: blocks of `bytes` bytes lie
  /// one after the other, and that of this process is filled in.
  func exchange(_ blocks: UnsafeMutableRawPointer, bytes: Int)

  /// Copies the bytes of process 0 to all others.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer)

  /// Brings some bytes of each process to process 0: there, those by process; elsewhere `nil`.
  func gather(_ bytes: [UInt8]) -> [[UInt8]]?

  /// Leaves the group, together with all others.
  func leave()

  /// Ends the job, the other processes included.
  func abort(status: Int32) -> Never
}

extension ProcessGroup {
  /// Whether this process writes files and results.
  package var isFirst: Bool { rank == 0 }

  /// The part of all work that is this process's.
  package var share: Share { Share(rank: rank, processes: count) }

  /// How messages to people name a process.
  package func name(of rank: Int) -> String { "process \(rank + 1) of \(count) on \(hosts[rank])" }

  /// Collects a few numbers of each process, the same count from all.
  package func collection(of numbers: [Double]) -> [[Double]] {
    startCollection(numbers)
    return finishCollection()
  }

  /// The floats of all processes in the order of the processes, in process 0; elsewhere none.
  package func gathered(_ floats: [Float]) -> [Float] {
    if count == 1 { return floats }
    let bytes = unsafe floats.withUnsafeBytes { unsafe Array($0) }
    return (gather(bytes) ?? []).flatMap { bytes in
      unsafe bytes.withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
    }
  }

  /// The bytes of process 0, which alone knows how many they are.
  package func broadcast(_ bytes: [UInt8]) -> [UInt8] {
    if count == 1 { return bytes }
    var size = UInt64(bytes.count)
    unsafe withUnsafeMutableBytes(of: &size) { unsafe broadcast($0) }
    var bytes = isFirst ? bytes : [UInt8](repeating: 0, count: Int(size))
    unsafe bytes.withUnsafeMutableBytes { unsafe broadcast($0) }
    return bytes
  }
}
