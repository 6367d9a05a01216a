import GraphIR
import Kernels
import TensorCore

/// A plan with its memory and its threads, ready to run.
///
/// All memory is taken at initialization. ``run(_:into:)`` allocates nothing and throws nothing. Which thread
/// computes a work item or an image has no influence on its bits.
package final class Executor: @unchecked Sendable {
  /// What is run.
  package let plan: Plan
  /// Threads that work on it.
  package var threadCount: Int { pool.threadCount }

  private let pool: ThreadPool
  private let weights: PackedWeights
  private let memory: WorkMemory
  private let profile: Profile?
  /// How the threads share the batch, by the number of its images that are there.
  private var lineup: Lineup
  /// Runs the last short batch of a plan that has all images in one run.
  private var shortBatch: Executor?
  private var input: UnsafePointer<Float>?
  private var logits: UnsafeMutablePointer<Float>?

  /// Takes the memory of a plan and fills in its parameters.
  ///
  /// - Parameters:
  ///   - plan: what will be run.
  ///   - source: where the parameters come from; called from all threads.
  ///   - threads: threads that may work, at least 1; small plans take fewer, see ``threadCount``.
  ///   - profile: where times of steps are noted, if that is wanted.
  /// - Throws: what `source` throws, ``ThreadError``, and ``WorkSpaceError``.
  package init(
    _ plan: Plan, parameters source: any ParameterSource, threads: Int, profile: Profile? = nil
  ) throws {
    BLAS.useCallingThreadOnly()
    self.plan = plan
    pool = try ThreadPool(threadCount: plan.division.threads(requested: threads))
    if plan.callsOpenBLAS { try BLAS.takeWorkSpace(threads: pool.threadCount) }
    weights = try PackedWeights(plan, source: source, pool: pool)
    memory = WorkMemory(plan, threads: pool.threadCount)
    self.profile = profile
    lineup = Lineup(plan, plan.division, weights: weights, memory, threads: pool.threadCount)
  }

  /// Runs a plan for fewer images with the threads, the weights and, where it suffices, the memory of `whole`.
  private init(_ plan: Plan, sharing whole: Executor) {
    self.plan = plan
    pool = whole.pool
    weights = whole.weights
    let fits = whole.memory.holds(plan, threads: pool.threadCount)
    memory = fits ? whole.memory : WorkMemory(plan, threads: pool.threadCount)
    profile = nil
    lineup = Lineup(plan, plan.division, weights: weights, memory, threads: pool.threadCount)
  }

  /// Images in a whole batch.
  package var batch: Int { plan.division.runs * plan.input.layout.batch }

  /// Runs the plan for a whole batch.
  ///
  /// - Parameters:
  ///   - input: the images, `[N, C, H, W]`, float32, dense.
  ///   - logits: where the result goes, `[N, classes]`, dense.
  package func run(_ input: UnsafePointer<Float>, into logits: UnsafeMutablePointer<Float>) {
    run(input, images: batch, into: logits)
  }

  /// Runs the plan for a batch that may be shorter than planned.
  ///
  /// Only these images are computed. Where each image is a run of its own, there are fewer runs. Where the batch is one
  /// run, it is planned again with the same algorithms, which takes some milliseconds, once for each number of images in
  /// turn; the weights stay as they are packed.
  ///
  /// - Parameters:
  ///   - input: the images, `[images, C, H, W]`, float32, dense.
  ///   - images: how many there are, at least 1 and no more than ``batch``.
  ///   - logits: where the result goes, `[images, classes]`, dense.
  package func run(_ input: UnsafePointer<Float>, images: Int, into logits: UnsafeMutablePointer<Float>) {
    if images < batch, plan.division.runs == 1, let executor = executor(forImages: images) {
      return executor.run(input, into: logits)
    }
    let runs = plan.division.runs == 1 ? 1 : images
    if runs != lineup.division.runs {
      let division = Division(runs: runs, sharesLayers: plan.division.sharesLayers)
      lineup = Lineup(plan, division, weights: weights, memory, threads: pool.threadCount)
    }
    lineup.soloRuns.restart()
    self.input = input
    self.logits = logits
    profile?.begin(threads: pool.threadCount)
    pool.run(self)
    profile?.end()
    self.input = nil
    self.logits = nil
  }

  /// Does `count` pieces of other work on the threads of this executor, between two runs.
  package func share(_ count: Int, _ work: (Int) -> Void) { pool.share(count, work) }

  /// An executor for fewer images in one run.
  private func executor(forImages images: Int) -> Executor? {
    if let shortBatch, shortBatch.batch == images { return shortBatch }
    shortBatch = nil
    shortBatch = plan.shortened(to: images).map { Executor($0, sharing: self) }
    return shortBatch
  }

  /// Reads the result of a part of the network that the plan was told to keep, as `[N, C, H, W]`; of bytes, the numbers
  /// that they stand for.
  package func value(of name: String) -> [Float]? {
    guard let (_, layout) = plan.value(of: name), let pixels = pixels(of: name) else { return nil }
    var values: [Float] = []
    values.reserveCapacity(pixels.count)
    for image in 0..<layout.batch {
      for channel in 0..<layout.channels {
        for pixel in 0..<layout.pixelsPerImage {
          values.append(pixels[(image * layout.pixelsPerImage + pixel) * layout.channels + channel])
        }
      }
    }
    return values
  }

  /// The same, pixel by pixel: `[N, H, W, C]`.
  package func pixels(of name: String) -> [Float]? {
    guard let (offset, layout) = plan.value(of: name) else { return nil }
    return [Float](unsafeUninitializedCapacity: layout.pixels * layout.channels) { values, count in
      guard let start = values.baseAddress else { return }
      layout.widen(
        memory.arenas.pointer + offset, first: 0, count: layout.pixels,
        into: MutablePixels(start, stride: layout.channels))
      count = values.count
    }
  }
}

extension Executor: ParallelJob {
  /// One thread's share of a batch: runs of its own, then one with its team.
  package func work(thread: Int) {
    guard let input, let logits else { return }
    let lineup = lineup
    let scratch = memory.threadScratch.pointer + thread * plan.memory.threadScratchCount
    let times = profile?.start(thread: thread)
    let inputCount = plan.input.layout.batch * plan.input.layout.channels * plan.input.layout.pixelsPerImage
    let logitCount = plan.output.layout.batch * plan.output.layout.channels

    while let run = lineup.soloRuns.take() {
      lineup.soloists[thread].run(
        member: 0, input + run * inputCount, into: logits + run * logitCount, scratch: scratch, times: times)
    }
    if lineup.places.isEmpty { return }
    let (team, member) = lineup.places[thread]
    let run = lineup.soloRuns.count + team
    lineup.teams[team].run(
      member: member, input + run * inputCount, into: logits + run * logitCount, scratch: scratch,
      times: times)
  }
}

/// The arenas and the scratch of the threads.
private final class WorkMemory {
  let arenas: Buffer
  let threadScratch: Buffer

  init(_ plan: Plan, threads: Int) {
    arenas = Buffer(repeating: 0, count: WorkMemory.arenaCount(plan, threads: threads))
    threadScratch = Buffer(repeating: 0, count: plan.memory.threadScratchCount * threads)
  }

  /// Whether it is enough for another plan.
  func holds(_ plan: Plan, threads: Int) -> Bool {
    WorkMemory.arenaCount(plan, threads: threads) <= arenas.count
      && plan.memory.threadScratchCount * threads <= threadScratch.count
  }

  private static func arenaCount(_ plan: Plan, threads: Int) -> Int {
    plan.memory.arenaCount * plan.division.arenas(threads: threads)
  }
}

/// The places of the threads in a batch of a certain number of runs.
private final class Lineup: Sendable {
  let division: Division
  /// For each thread that has runs of its own, itself.
  let soloists: [Team]
  let soloRuns: Tickets
  /// The teams of the remaining runs, and for each thread its place in one.
  let teams: [Team]
  let places: [(team: Int, member: Int)]

  init(_ plan: Plan, _ division: Division, weights: PackedWeights, _ memory: WorkMemory, threads: Int) {
    func team(arena: Int, threads: Int) -> Team {
      Team(
        plan, weights: weights.pointer, arena: memory.arenas.pointer + arena * plan.memory.arenaCount,
        threads: threads)
    }
    self.division = division
    soloRuns = Tickets(count: division.soloRuns(threads: threads))
    soloists = soloRuns.count == 0 ? [] : (0..<threads).map { team(arena: $0, threads: 1) }
    let members = division.teams(threads: threads)
    teams = members.enumerated().map { team(arena: $0.offset, threads: $0.element.count) }
    places = members.enumerated().flatMap { index, threads in
      (0..<threads.count).map { (team: index, member: $0) }
    }
  }
}
