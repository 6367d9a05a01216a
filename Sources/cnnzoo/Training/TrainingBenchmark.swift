import Bench
import Engine
import GraphIR
import Inputs
import Recipes
import TensorCore
import Training
import Zoo

/// Steps of training as `bench` times them: forward, loss, backward, and SGD with momentum.
struct TrainingBenchmark {
  private let model: Model
  private let graph: Graph
  private let plan: TrainingPlan
  private let settings: TrainingSettings

  /// Small enough that a network on noise does not diverge: time depends on values that are not finite.
  private static let learningRate: Float = 1e-4

  /// Plans the steps of a network at a batch.
  init(_ model: Model, _ graph: Graph) {
    self.model = model
    self.graph = graph
    plan = TrainingPlan(graph)
    var settings = model.architecture.standardSettings
    settings.optimizer = .sgd(momentum: 0.9, nesterov: false)
    self.settings = settings
  }

  /// What is taken for a number of threads.
  func memory(threads: Int) -> MemoryStatement {
    var memory = plan.stepMemory(settings, threads: threads)
    memory.add("images", graph.input.shape.count * MemoryLayout<Float>.stride)
    return memory
  }

  /// Takes steps on one batch of noise with labels drawn once, until the rule is met.
  ///
  /// - Throws: ``UnavailableError`` where the loss did not stay finite: such steps end early.
  func run(threads: Int, rule: SamplingRule, perLayer: Bool) throws -> BenchmarkResult {
    var steps = 0
    var isFinite = true
    let result = try ModelBenchmark.measure(threads: threads, rule: rule) {
      let profile = perLayer ? Profile(steps: 2 * plan.steps.count) : nil
      let network = try EngineNetwork(
        graph, plan: plan, parameters: InitialValues(of: model, settings), threads: threads, profile: profile)
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
        memory: memory(threads: threads),
        run: {
          steps += 1
          let loss = unsafe step.run(
            images.pointer, targets, rate: Self.learningRate, seed: UInt64(steps))
          if loss == nil { isFinite = false }
        },
        profile: profile, layers: { profile, _ in plan.layerTimes(profile) })
    }
    guard isFinite else {
      throw UnavailableError("\(model.name): the loss did not stay finite, so its steps cannot be timed")
    }
    return result
  }
}
