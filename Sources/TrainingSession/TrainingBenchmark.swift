import Bench
import Engine
import GraphIR
import Inputs
import Recipes
import Session
import TensorCore
import Training
import Zoo

/// Training steps as `bench` times them: forward, loss, backward, and SGD with momentum.
package struct TrainingBenchmark {
  private let network: Network
  private let graph: Graph
  private let plans: [TrainingPlan]
  private let settings: TrainingSettings

  /// Small enough that a network on noise does not diverge: time depends on values that are not finite.
  private static let learningRate: Float = 1e-4

  /// Plans the steps of a network at a batch, for each way to compute convolutions.
  ///
  /// Throws ``TrainingError/singleValue(layer:input:)``.
  package init(
    _ network: Network, _ graph: Graph, convolutions: [ConvolutionChoice]
  ) throws(TrainingError) {
    try graph.checkBatchNorms()
    self.network = network
    self.graph = graph
    plans = convolutions.map { TrainingPlan(graph, convolution: $0) }
    var settings = network.architecture.standardSettings
    settings.optimizer = .sgd(momentum: 0.9, nesterov: false)
    self.settings = settings
  }

  /// Bytes that are taken for a number of threads.
  package func memoryBytes(threads: Int) -> Int {
    plans.reduce(0) { $0 + memory($1, threads: threads).total }
  }

  private func memory(_ plan: TrainingPlan, threads: Int) -> MemoryStatement {
    var memory = plan.stepMemory(settings, threads: threads)
    memory.add("images", graph.input.shape.count * MemoryLayout<Float>.stride)
    return memory
  }

  /// Takes steps on one batch of noise with labels drawn once, until the rule is met for each plan.
  ///
  /// - Throws: ``TrainingSessionError/benchmarkNotFinite(network:)``: such steps end early.
  package func run(threads: Int, rule: SamplingRule, perLayer: Bool) throws -> [BenchmarkResult] {
    var steps = 0
    var isFinite = true
    let results = try ModelBenchmark.measure(threads: threads, rule: rule, count: plans.count) { index in
      let plan = plans[index]
      let profile = perLayer ? Profile(steps: 2 * plan.steps.count) : nil
      let network = try EngineNetwork(
        graph, plan: plan, parameters: InitialValues(of: network, settings), threads: threads,
        profile: profile)
      let runs = ParameterRun.runs(
        of: network.slots, weightDecay: settings.weightDecay, decaysVectors: settings.decaysVectors)
      let count = unsafe network.values.count
      let optimizer = Optimizer(settings.optimizer, runs: runs, count: count)
      let step = TrainingStep(network, settings, optimizer, nil, runs)
      let images = Buffer.noise(count: graph.input.shape.count)
      var generator = CounterGenerator(seed: 0)
      let targets = (0..<network.batch).map { _ in Target(generator.below(network.classes)) }
      return TimedWork(
        batch: network.batch, effectiveThreads: network.threadCount, macs: plan.stepMACs,
        memory: memory(plan, threads: threads),
        run: {
          steps += 1
          let loss = unsafe step.run(
            images.pointer, targets, rate: Self.learningRate, seed: UInt64(steps))
          if loss == nil { isFinite = false }
        },
        profile: profile, layers: { profile, _ in plan.layerTimes(profile) })
    }
    guard isFinite else {
      throw TrainingSessionError.benchmarkNotFinite(network: network.name)
    }
    return results
  }
}
