import Engine
import GraphIR
import Kernels
import TensorCore

/// One network measured at one batch and one number of threads.
package struct BenchmarkResult: Sendable {
  /// Every counted run, in milliseconds, in the order in which they ran.
  package let samplesMilliseconds: [Double]
  /// What the samples say.
  package let statistics: Statistics
  /// Images a run.
  package let batch: Int
  /// Threads that were asked for.
  package let threads: Int
  /// Threads that worked: fewer where the network is too small for more.
  package let effectiveThreads: Int
  /// MACs of a run.
  package let macs: Int
  /// Bytes that the process had resident before the network took its memory: the program, OpenBLAS with its
  /// buffers, whatever was measured before.
  package let residentBytesBefore: Int
  /// GFLOP/s that `sgemm` reached between the runs of this measurement: the best of several.
  package let sgemmGFLOPs: Double
  /// GFLOP/s that our own matrix kernel reached between the runs: the best of several.
  package let ownGFLOPs: Double
  /// Memory that the plan stated before anything was allocated.
  package let memory: MemoryStatement
  /// Time of each node, if that was asked for.
  package let layers: [LayerTime]
  /// The rates that layers are compared with, if they were asked for.
  package let roofline: Roofline?

  /// Images a second, by the median.
  package var imagesPerSecond: Double { Double(batch) / statistics.median * 1e3 }

  /// GFLOP/s by the median: two operations a MAC.
  package var gflops: Double { 2 * Double(macs) / statistics.median * 1e-6 }

  /// Share of the `sgemm` rate.
  package var sgemmShare: Double { gflops / sgemmGFLOPs }

  /// Share of the better of the rates of `sgemm` and of our own matrix kernel.
  package var computeShare: Double { gflops / max(sgemmGFLOPs, ownGFLOPs) }
}

/// The time of one node of the plan.
package struct LayerTime: Sendable {
  /// Path of the node.
  package let name: String
  /// The pass of a training step; `nil` where inference is timed.
  package let direction: Direction?
  /// What it does.
  package let operation: String
  /// The algorithm that the plan chose.
  package let algorithm: String
  /// The algorithm without a measurement, where a measurement chose another one.
  package let replacedAlgorithm: String?
  /// Shape of its output.
  package let outputShape: Shape
  /// Milliseconds: the least of the profiled runs.
  package let milliseconds: Double
  /// MACs.
  package let macs: Int
  /// Bytes of activations and parameters that it touches at least once.
  package let bytes: Int
  /// What keeps it from being faster; `nil` where it does nothing.
  package let bound: Bound?

  /// GFLOP/s of this node.
  package var gflops: Double { milliseconds > 0 ? 2 * Double(macs) / milliseconds * 1e-6 : 0 }

  /// GB/s of this node, by the bytes that it has to touch.
  package var gigabytesPerSecond: Double {
    milliseconds > 0 ? Double(bytes) / milliseconds * 1e-6 : 0
  }
}

/// Measures networks with a source of parameters, most often noise: time does not depend on values.
package enum ModelBenchmark {
  /// Runs a graph until the rule is met, by one plan or by several side by side.
  ///
  /// - Parameters:
  ///   - graph: the network, at the batch to measure.
  ///   - plans: how it is run.
  ///   - parameters: where weights come from.
  ///   - threads: threads that work.
  ///   - rule: how long the measurement goes on.
  ///   - perLayer: whether a second, profiled series of runs follows.
  /// - Returns: for each plan, samples, statistics, and the rate of `sgemm` beside them.
  /// - Throws: what `parameters` throws.
  package static func run(
    _ graph: Graph, plans: [Plan], parameters: any ParameterSource, threads: Int, rule: SamplingRule,
    perLayer: Bool
  ) throws -> [BenchmarkResult] {
    try measure(threads: threads, rule: rule, count: plans.count) { index in
      let plan = plans[index]
      let profile = perLayer ? Profile(steps: plan.steps.count) : nil
      let executor = try Executor(plan, parameters: parameters, threads: threads, profile: profile)
      let input = Buffer.noise(count: graph.input.shape.count)
      let logits = Buffer(count: graph.output.shape.count)
      return TimedWork(
        batch: graph.input.shape.batch, effectiveThreads: executor.threadCount, macs: graph.totals.macs,
        memory: plan.memory.statement(threads: threads),
        run: { unsafe executor.run(input.pointer, into: logits.pointer) },
        profile: profile, layers: { plan.layerTimes($0, $1) })
    }
  }

  /// Times any work on networks beside the rate of `sgemm`: one piece of work, or several side by side.
  ///
  /// - Parameters:
  ///   - threads: threads that work.
  ///   - rule: how long the measurement goes on.
  ///   - count: pieces of work.
  ///   - prepare: takes the memory of one of them.
  /// - Returns: for each, samples, statistics, and the rate of `sgemm` beside them.
  /// - Throws: what `prepare` throws, ``ThreadError``, and ``WorkSpaceError``.
  package static func measure(
    threads: Int, rule: SamplingRule, count: Int, _ prepare: (_ index: Int) throws -> TimedWork
  ) throws -> [BenchmarkResult] {
    let rate = try ProductRate(threads: threads)
    // Once before anything counts: OpenBLAS takes its buffers, which are no network's.
    _ = rate.measureOnce(.openBLAS)
    var residentBefore: [Int] = []
    let works = try (0..<count).map { index in
      residentBefore.append(Machine.residentBytes())
      return try prepare(index)
    }

    // The rates of matrix products are taken before and after, so that both are measured on the same machine in the
    // same mood; the best of them counts, which never flatters the network.
    var (sgemmGFLOPs, ownGFLOPs) = (0.0, 0.0)
    func measureRates() {
      for _ in 0..<5 {
        sgemmGFLOPs = max(sgemmGFLOPs, rate.measureOnce(.openBLAS))
        ownGFLOPs = max(ownGFLOPs, rate.measureOnce(.own))
      }
    }
    measureRates()
    let samples = rule.sample(clock: Stopwatch.now, count: count) { works[$0].run() }
    measureRates()

    return try works.indices.map { index in
      let work = works[index]
      var layers: [LayerTime] = []
      var roofline: Roofline?
      if let profile = work.profile {
        let share = Double(work.effectiveThreads) / Double(threads)
        let roofs = try measureRoofline(
          sgemmGFLOPs: sgemmGFLOPs * share, ownGFLOPs: ownGFLOPs * share, threads: work.effectiveThreads)
        roofline = roofs
        for _ in 0..<max(min(samples[index].count, 100), 5) { work.run() }
        layers = work.layers(profile, roofs)
      }
      let milliseconds = samples[index].map { $0 * 1e3 }
      return BenchmarkResult(
        samplesMilliseconds: milliseconds, statistics: Statistics(milliseconds),
        batch: work.batch, threads: threads, effectiveThreads: work.effectiveThreads,
        macs: work.macs, residentBytesBefore: residentBefore[index],
        sgemmGFLOPs: sgemmGFLOPs, ownGFLOPs: ownGFLOPs, memory: work.memory, layers: layers,
        roofline: roofline)
    }
  }

  private static func measureRoofline(
    sgemmGFLOPs: Double, ownGFLOPs: Double, threads: Int
  ) throws(ThreadError) -> Roofline {
    let reading = try ReadRate(threads: threads)
    let cost = try SynchronizationCost.measure(threads: threads)
    return Roofline(
      sgemmGFLOPs: sgemmGFLOPs, ownGFLOPs: ownGFLOPs,
      readGigabytesPerSecond: (0..<5).map { _ in reading.measureOnce() }.max() ?? .nan,
      barrierSeconds: cost.barrierSeconds, wakeSeconds: cost.wakeSeconds, threads: threads)
  }
}

extension ModelBenchmark {
  /// Bytes that the measurements beside the networks take.
  package static func rateBytes(threads: Int, perLayer: Bool) -> Int {
    ProductRate.bytes(threads: threads) + (perLayer ? ReadRate.bytes : 0)
  }

  /// Threads that are started to measure `count` pieces of work, and the rates beside them.
  package static func startedThreads(threads: Int, count: Int, perLayer: Bool) -> Int {
    (count + 1 + (perLayer ? 2 : 0)) * (threads - 1)
  }
}

extension Buffer {
  /// The images of every measurement: noise from a formula.
  package static func noise(count: Int) -> Buffer {
    let buffer = Buffer(count: count)
    let noise = FormulaNoise(name: "input")
    for index in 0..<count { unsafe buffer.pointer[index] = noise[index] }
    return buffer
  }
}

extension Plan {
  fileprivate func layerTimes(_ profile: Profile, _ roofline: Roofline) -> [LayerTime] {
    let runs = division.runs
    return zip(steps, profile.seconds).map { step, seconds in
      let cost = step.node.cost
      let macs = cost.macs * runs
      let algorithm = step.routine.algorithm
      let bytes =
        (cost.bytesRead + cost.bytesWritten) * runs + step.routine.packedCount * MemoryLayout<Float>.stride
      let work = LayerWork(
        seconds: seconds,
        products: step.products * Double(runs),
        bytes: bytes,
        tiles: step.routine.workItems.map { $0 * runs })
      return LayerTime(
        name: step.node.name, direction: nil, operation: "\(step.node.operation.kind) \(step.node.operation)",
        algorithm: algorithm,
        replacedAlgorithm: step.algorithmWithoutMeasurement.flatMap {
          $0 == step.request.algorithm ? nil : $0
        },
        outputShape: step.node.output.shape.withBatch(runs * step.node.output.shape.batch),
        milliseconds: work.seconds * 1e3, macs: macs, bytes: bytes, bound: roofline.bound(of: work))
    }
  }
}
