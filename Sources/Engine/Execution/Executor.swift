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
  private let arenas: Buffer
  private let threadScratch: Buffer
  /// For each thread that has runs of its own, itself.
  private let soloists: [Team]
  private let soloRuns: Tickets
  /// The teams of the remaining runs, and for each thread its place in one.
  private let teams: [Team]
  private let places: [(team: Int, member: Int)]
  private let profile: Profile?
  private var input: UnsafePointer<Float>?
  private var logits: UnsafeMutablePointer<Float>?

  /// Takes the memory of a plan and fills in its parameters.
  ///
  /// - Parameters:
  ///   - plan: what will be run.
  ///   - source: where the parameters come from; called from all threads.
  ///   - threads: threads that may work, at least 1; small plans take fewer, see ``threadCount``.
  ///   - profile: where times of steps are noted, if that is wanted.
  /// - Throws: what `source` throws.
  package init(
    _ plan: Plan, parameters source: any ParameterSource, threads: Int, profile: Profile? = nil
  ) throws {
    BLAS.useCallingThreadOnly()
    self.plan = plan
    let division = plan.division
    let threads = division.threads(requested: threads)
    pool = ThreadPool(threadCount: threads)
    let weights = try PackedWeights(plan, source: source, pool: pool)
    self.weights = weights
    arenas = Buffer(repeating: 0, count: plan.memory.arenaCount * division.arenas(threads: threads))
    threadScratch = Buffer(repeating: 0, count: plan.memory.threadScratchCount * threads)
    self.profile = profile

    let firstArena = arenas.pointer
    func team(arena: Int, threads: Int) -> Team {
      Team(
        plan, weights: weights.pointer, arena: firstArena + arena * plan.memory.arenaCount, threads: threads)
    }
    soloRuns = Tickets(count: division.soloRuns(threads: threads))
    soloists = soloRuns.count == 0 ? [] : (0..<threads).map { team(arena: $0, threads: 1) }
    let members = division.teams(threads: threads)
    teams = members.enumerated().map { team(arena: $0.offset, threads: $0.element.count) }
    places = members.enumerated().flatMap { index, threads in
      (0..<threads.count).map { (team: index, member: $0) }
    }
  }

  /// Runs the plan.
  ///
  /// - Parameters:
  ///   - input: the images, `[N, C, H, W]`, float32, dense.
  ///   - logits: where the result goes, `[N, classes]`, dense.
  package func run(_ input: UnsafePointer<Float>, into logits: UnsafeMutablePointer<Float>) {
    soloRuns.restart()
    self.input = input
    self.logits = logits
    profile?.begin()
    pool.run(self)
    profile?.end()
    self.input = nil
    self.logits = nil
  }

  /// Reads the result of a part of the network that the plan was told to keep, as `[N, C, H, W]`.
  package func value(of name: String) -> [Float]? {
    guard let (offset, layout) = plan.value(of: name) else { return nil }
    var values: [Float] = []
    values.reserveCapacity(layout.pixels * layout.channels)
    for image in 0..<layout.batch {
      for channel in 0..<layout.channels {
        for pixel in 0..<layout.pixelsPerImage {
          values.append(
            arenas.pointer[
              offset + (image * layout.pixelsPerImage + pixel) * layout.pixelStride + channel])
        }
      }
    }
    return values
  }
}

extension Executor: ParallelJob {
  /// One thread's share of a batch: runs of its own, then one with its team.
  package func work(thread: Int) {
    guard let input, let logits else { return }
    let scratch = threadScratch.pointer + thread * plan.memory.threadScratchCount
    let profile = thread == 0 ? profile : nil
    let inputCount = plan.input.layout.batch * plan.input.layout.channels * plan.input.layout.pixelsPerImage
    let logitCount = plan.output.layout.batch * plan.output.layout.channels

    var taken = 0
    while let run = soloRuns.take() {
      soloists[thread].run(
        member: 0, input + run * inputCount, into: logits + run * logitCount, scratch: scratch,
        profile: profile)
      taken += 1
    }
    profile?.scale(by: Double(soloRuns.count) / Double(threadCount * max(taken, 1)))
    if places.isEmpty { return }
    let (team, member) = places[thread]
    let run = soloRuns.count + team
    teams[team].run(
      member: member, input + run * inputCount, into: logits + run * logitCount, scratch: scratch,
      profile: profile)
  }
}
