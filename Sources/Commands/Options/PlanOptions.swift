import ArgumentParser
import Bench
import Engine
import Files
import GraphIR
import Session
import TensorCore
import Text
import Tuning

/// How a network is planned for inference.
struct PlanOptions: ParsableArguments {
  @Flag(
    help: .init(
      "Time the algorithms of every convolution and use the fastest; results are cached for later runs with --tune."
    ))
  var tune = false

  @Option(
    help: .init(
      "Type in which fully connected layers keep their weights; f16 halves their memory.", valueName: "type"))
  var linearWeights: LinearWeights = .f32

  /// Types of weights in memory, by the names that weight files use.
  enum LinearWeights: String, ExpressibleByArgument, CaseIterable {
    case f32
    case f16
  }

  /// Throws a ``ValidationError`` if `--linear-weights` is given and changes no network's plan.
  func check(_ precision: ComputePrecision, _ graphs: @autoclosure () throws -> [Graph]) throws {
    try refuse(
      "--linear-weights", when: precision != .float32, "with --precision \(precision.name), which decides it")
    guard linearWeights != .f32 else { return }
    let hasEffect = try graphs().contains { graph in
      Plan(graph, precision: .float16LinearWeights).memory.weightBytes < Plan(graph).memory.weightBytes
    }
    try refuse("--linear-weights", when: !hasEffect, "on a network without fully connected layers")
  }

  /// A planner that computes convolutions as chosen and measures algorithms if that is wanted.
  func planner(_ convolution: ConvolutionChoice, _ precision: ComputePrecision) -> Planner {
    Planner(
      convolution: convolution, precision: linearWeights == .f16 ? .float16LinearWeights : precision,
      tuning: tune ? tuning : nil)
  }

  private var tuning: Planner.Tuning {
    let machine = Machine.current()
    return Planner.Tuning(
      TuningStore(folder: CacheFolder.path(), cpu: machine.cpuIdentity) { note($0) },
      instructionSet: machine.instructionSet, isStopped: { Interruption.status != nil },
      report: { network, problems, seconds in
        note("\(network): timed \(problems) problems in \(Numbers.fixed(seconds, digits: 1)) s")
      })
  }
}
