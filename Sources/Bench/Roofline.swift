/// What this machine can do at most, measured in the run that is judged by it.
///
/// Williams, Waterman, Patterson, "Roofline: an insightful visual performance model for multicore
/// architectures", CACM 52(4), 2009, with the cost of threads beside it.
package struct Roofline: Hashable, Sendable {
  /// GFLOP/s of `sgemm` on all threads together.
  package let sgemmGFLOPs: Double
  /// GFLOP/s of our own matrix kernel on all threads together.
  package let ownGFLOPs: Double
  /// GB/s that all threads together read from memory.
  package let readGigabytesPerSecond: Double
  /// Seconds of a barrier.
  package let barrierSeconds: Double
  /// Seconds until all threads work, and until the last one is known to be done.
  package let wakeSeconds: Double
  /// Threads that work.
  package let threads: Int

  /// The roofs of a machine.
  package init(
    sgemmGFLOPs: Double, ownGFLOPs: Double, readGigabytesPerSecond: Double, barrierSeconds: Double,
    wakeSeconds: Double,
    threads: Int
  ) {
    self.sgemmGFLOPs = sgemmGFLOPs
    self.ownGFLOPs = ownGFLOPs
    self.readGigabytesPerSecond = readGigabytesPerSecond
    self.barrierSeconds = barrierSeconds
    self.wakeSeconds = wakeSeconds
    self.threads = threads
  }

  /// GFLOP/s that count as the roof of arithmetic: OpenBLAS may use kernels for an older CPU.
  package var computeGFLOPs: Double { max(sgemmGFLOPs, ownGFLOPs) }
}

/// What keeps a layer from being faster.
package enum Bound: String, Hashable, Sendable {
  /// Its cores are busy with arithmetic.
  case compute
  /// Its operands come from memory.
  case memory
  /// Neither: its matrices are too small for either to be reached.
  case small
  /// Threads that wait for each other.
  case threads
}

/// What a layer did, as far as its bound depends on it.
package struct LayerWork: Hashable, Sendable {
  /// Wall-clock time.
  package let seconds: Double
  /// Multiply-accumulates that its algorithm makes; 0 for layers whose arithmetic is of another kind.
  package let products: Double
  /// Bytes of activations and parameters that it touches at least once.
  package let bytes: Int
  /// Tiles of each phase.
  package let tiles: [Int]

  /// A layer's work from its parts.
  package init(seconds: Double, products: Double, bytes: Int, tiles: [Int]) {
    self.seconds = seconds
    self.products = products
    self.bytes = bytes
    self.tiles = tiles
  }
}

extension Roofline {
  /// Half of a roof counts as reached.
  private static let reached = 0.5
  /// A layer that loses this share of its time to waiting is bound by that.
  private static let lost = 0.2

  /// What bounds a layer; `nil` for one that does nothing, because its output is in place already.
  ///
  /// 1. ``Bound/threads``: a fifth of the time or more is lost to threads that have no tile (all tiles of a
  ///    layer taken as equally long) and to barriers.
  /// 2. Else ``Bound/compute`` or ``Bound/memory``, whichever roof it comes nearer to, if that is half of it
  ///    or more.
  /// 3. Else ``Bound/small``; for layers without products ``Bound/compute``, since theirs is not counted.
  package func bound(of work: LayerWork) -> Bound? {
    let tiles = work.tiles.filter { $0 > 0 }
    guard !tiles.isEmpty, work.seconds > 0 else { return nil }
    let slots = tiles.reduce(0) { $0 + ($1 + threads - 1) / threads * threads }
    let idle = threads == 1 ? 0 : 1 - Double(tiles.reduce(0, +)) / Double(slots)
    let waiting = threads == 1 ? 0 : barrierSeconds * Double(tiles.count) / work.seconds
    if idle + waiting >= Self.lost { return .threads }
    let compute = 2 * work.products / work.seconds * 1e-9 / computeGFLOPs
    let memory = Double(work.bytes) / work.seconds * 1e-9 / readGigabytesPerSecond
    if max(compute, memory) >= Self.reached { return compute >= memory ? .compute : .memory }
    return work.products > 0 ? .small : .compute
  }
}
