import ArgumentParser
import Bench
import Engine
import Files
import GraphIR
import Text
import Tuning

/// How a network is planned for inference.
struct PlanOptions: ParsableArguments {
  @Flag(
    help: .init(
      "Time the algorithms of every convolution and take the fastest; kept in the cache folder for later runs with --tune."
    ))
  var tune = false

  @Option(
    help: .init(
      "How fully connected layers keep their weights: f32, or f16 for half the memory.", valueName: "type"))
  var linearWeights: LinearWeights = .f32

  /// Types of kept weights, by the names that weight files have for them.
  enum LinearWeights: String, ExpressibleByArgument, CaseIterable {
    case f32
    case f16
  }
}

/// Makes plans as a command line asked for, and measures where it asked for that.
final class Planner {
  private let linearWeights: WeightStorage
  private let convolution: ConvolutionChoice
  private let tuning: (store: TuningStore, instructionSet: String)?
  /// What was measured for the plan made last.
  private(set) var measurements: [Tuner.Result] = []

  /// A planner whose plans compute convolutions as asked for; only what is chosen automatically is tuned.
  init(_ options: PlanOptions, convolution: ConvolutionChoice) {
    self.convolution = convolution
    linearWeights =
      switch options.linearWeights {
      case .f32: .float32
      case .f16: .float16
      }
    if options.tune && convolution == .automatic {
      let machine = Machine.current()
      let store = TuningStore(folder: CacheFolder.path(), cpu: machine.cpuIdentity) { note($0) }
      tuning = (store, machine.instructionSet)
    } else {
      tuning = nil
    }
  }

  /// The plan of a network for a number of threads.
  ///
  /// `name` stands in messages. Throws ``UnavailableError`` where the machine does not have the memory.
  func plan(_ graph: Graph, threads: Int, for name: String) throws(UnavailableError) -> Plan {
    measurements = []
    guard let (store, instructionSet) = tuning else {
      let plan = Plan(graph, convolution: convolution, linearWeights: linearWeights)
      try Memory.check(plan.memory.peakBytes(threads: threads), for: name)
      return plan
    }
    let threadsOnLayer = Plan(graph, linearWeights: linearWeights).division.threadsOnLayer(requested: threads)
    var choices = store.choices(instructionSet: instructionSet, threads: threadsOnLayer)
    let plan = Plan(graph, choices: choices, linearWeights: linearWeights)
    try Memory.check(plan.memory.peakBytes(threads: threads), for: name)
    let stopwatch = Stopwatch()
    Tuner().measure(plan, choices: &choices, threads: threads) { result in
      measurements.append(result)
      return Interruption.status == nil
    }
    if measurements.isEmpty { return plan }
    let seconds = Numbers.fixed(stopwatch.seconds, digits: 1)
    note("\(name): \(measurements.count) problems timed in \(seconds) s")
    store.keep(choices, instructionSet: instructionSet, threads: threadsOnLayer)
    return Plan(graph, choices: choices, linearWeights: linearWeights)
  }
}
