import Engine
import GraphIR
import Kernels
import Ops
import Support
import TensorCore
import Testing

/// What a plan computes does not depend on how it is planned.
@Suite struct PlanTests {
  /// A small network with everything that passes and placement touch: batch norm behind convolutions and
  /// before them, residuals, nested concatenations, dropout, pooling to its own size.
  static func network(batch: Int = 2, size: Int = 13) throws -> Graph {
    try Graph.build(input: [batch, 3, size, size]) { (image, net) throws(GraphError) in
      var x = try net.conv("stem", image, to: 20, kernel: 3, stride: 2, padding: 1)
      x = try net.batchNormReLU("stem_norm", x)
      let block = net["block"]
      var y = try block.conv("conv1", x, to: 20, kernel: 3, padding: 1, bias: true)
      y = try block.batchNorm("norm1", y)
      x = try net.relu(net.sum(y, x))
      for layer in 0..<3 {  // dense layers: concatenations inside concatenations
        let dense = net["dense"][layer]
        var z = try dense.batchNormReLU("norm", x)
        z = try dense.conv("conv", z, to: 7, kernel: 3, padding: 1)
        z = try dense.dropout(z, rate: 0.2)
        x = try dense.concat([x, z])
      }
      var transition = try net.batchNormReLU("transition_norm", x)
      transition = try net.conv("transition", transition, to: 24, kernel: 1)
      transition = try net.averagePool(transition, kernel: 2, stride: 1)
      x = try net.conv("wide", transition, to: 41, kernel: 2, padding: 1)
      for layer in 0..<2 {  // pre-activation bottlenecks
        let unit = net["unit"][layer]
        var z = try unit.batchNormReLU("norm1", x)
        z = try unit.conv("conv1", z, to: 17, kernel: 1)
        z = try unit.batchNormReLU("norm2", z)
        x = try unit.sum(unit.conv("conv2", z, to: 41, kernel: 1), x)
      }
      let pooled = try net.maxPool(x, kernel: 3, stride: 1, padding: 1)
      x = try net.concat([net.conv("left", x, to: 9, kernel: 1), pooled, pooled])
      x = try net.adaptiveAveragePool(x, to: 7)
      x = try net.conv("grouped", x, to: 18, kernel: 3, groups: 1, bias: true)
      x = try net.localResponseNorm("lrn", x, size: 5, alpha: 1e-2, beta: 0.75, bias: 1)
      x = try net.tanh(x, amplitude: 1.7159, slope: 2.0 / 3)
      x = try net.averagePool(x, kernel: 2, stride: 2, padding: 1, ceilMode: true)
      return try net.linear("fc", net.dropout(net.flatten(x), rate: 0.5), to: 11)
    }
  }

  static func run(
    _ graph: Graph, disabled: Set<String> = [], keeping kept: [String] = [], threads: Int = 1,
    images: [Float]? = nil
  ) throws -> [Float] {
    let plan = Plan(graph, disabled: disabled, keeping: kept)
    let executor = try Executor(plan, parameters: NoiseParameters(), threads: threads)
    var generator = Generator("images")
    let input = images ?? generator.floats(graph.input.shape.count)
    var logits = [Float](repeating: .nan, count: graph.output.shape.count)
    logits.withUnsafeMutableBufferPointer { buffer in
      guard let pointer = buffer.baseAddress else { return }
      executor.run(input, into: pointer)
      executor.run(input, into: pointer)  // a second run finds an arena full of old values
    }
    return logits
  }

  /// All that can be switched off, by name.
  static let switches =
    Pass.inference.map(\.name) + [Plan.sharing] + ConvolutionAlgorithm.allCases.map(\.name)

  @Test(arguments: switches, [[], ["fc"]])
  func switchingOffChangesNothing(name: String, kept: [String]) throws {
    let graph = try PlanTests.network()
    let expected = try PlanTests.run(graph)
    let comparison = Comparison(try PlanTests.run(graph, disabled: [name], keeping: kept), expected)
    #expect(comparison.error < 2e-6, "without \(name): \(comparison)")
  }

  /// A plan that keeps something is one for the whole batch.
  @Test func oneRunEqualsRunsOfOneImage() throws {
    let graph = try PlanTests.network(batch: 5, size: 61)
    #expect(Plan(graph).division.runs == 5 && Plan(graph, keeping: ["fc"]).division.runs == 1)
    let comparison = Comparison(
      try PlanTests.run(graph, keeping: ["fc"], threads: 2), try PlanTests.run(graph, threads: 2))
    #expect(comparison.error < 2e-6, "\(comparison)")
  }

  @Test func everythingSwitchedOffChangesNothing() throws {
    let graph = try PlanTests.network()
    let comparison = Comparison(
      try PlanTests.run(graph, disabled: Set(PlanTests.switches)), try PlanTests.run(graph))
    #expect(comparison.error < 2e-6, "\(comparison)")
  }

  /// Networks with three images: a small one whose layers are not shared, one whose are, and one that reads its
  /// weights once for all images.
  enum Sharing: CaseIterable {
    case images
    case layers
    case weights

    func network(batch: Int = 3) throws -> Graph {
      switch self {
      case .images: try PlanTests.network(batch: batch)
      case .layers: try PlanTests.network(batch: batch, size: 61)
      case .weights:
        try Graph.build(input: [batch, 3, 8, 8]) { (image, net) throws(GraphError) in
          let x = try net.conv("conv", image, to: 32, kernel: 3)
          return try net.linear("fc2", net.linear("fc1", net.flatten(x), to: 2000), to: 11)
        }
      }
    }
  }

  @Test func batchesAreCutByWhatTheyRead() throws {
    func division(_ sharing: Sharing) throws -> Division { Plan(try sharing.network()).division }
    #expect(try division(.images) == Division(runs: 3, sharesLayers: false))
    #expect(try division(.layers) == Division(runs: 3, sharesLayers: true))
    #expect(try division(.weights) == Division(runs: 1, sharesLayers: true))
  }

  @Test(arguments: Sharing.allCases, [2, 3, 5, 7])
  func threadsChangeNoBit(_ sharing: Sharing, threads: Int) throws {
    let graph = try sharing.network()
    let executor = try Executor(Plan(graph), parameters: NoiseParameters(), threads: threads)
    #expect(executor.threadCount == (sharing == .images ? min(threads, 3) : threads))
    let single = try PlanTests.run(graph)
    #expect(single.allSatisfy { $0.isFinite && $0 != 0 })
    #expect(try PlanTests.run(graph, threads: threads) == single)
  }

  @Test func oneSmallImageTakesOneThread() throws {
    let plan = Plan(try PlanTests.network(batch: 1))
    let executor = try Executor(plan, parameters: NoiseParameters(), threads: 4)
    #expect(executor.threadCount == 1)
    #expect(plan.memory.peakBytes(threads: 4) == plan.memory.peakBytes(threads: 1))
  }

  /// Memory of several batches at once against that of a plan for each.
  @Test(arguments: Sharing.allCases) func memoryOfBatchesIsThatOfTheirPlans(_ sharing: Sharing) throws {
    let batches = [1, 2, 3, 8]
    let memory = Plan.memory(of: try sharing.network(batch: 5), batches: batches)
    #expect(memory == (try batches.map { Plan(try sharing.network(batch: $0)).memory }))
  }

  @Test func eachRunUnderWayHasAnArena() throws {
    let memory = Plan(try PlanTests.network(batch: 3)).memory
    let arena = memory.peakBytes(threads: 2) - memory.peakBytes(threads: 1)
    #expect(arena == memory.arenaBytes + memory.threadScratchBytes)
    #expect(memory.peakBytes(threads: 7) == memory.peakBytes(threads: 3))
  }

  @Test(arguments: Sharing.allCases) func batchEqualsImageByImage(_ sharing: Sharing) throws {
    let graph = try sharing.network()
    var generator = Generator("images")
    let images = generator.floats(graph.input.shape.count)
    let together = try PlanTests.run(graph, images: images)
    let one = images.count / 3
    let apart = try (0..<3).flatMap { index in
      try PlanTests.run(
        sharing.network(batch: 1), images: Array(images[index * one..<(index + 1) * one]))
    }
    let comparison = Comparison(together, apart)
    #expect(comparison.error < 2e-6, "\(comparison)")
  }

  @Test func passesLeaveNothingToDo() throws {
    let graph = try PlanTests.network().optimized()
    #expect(!graph.nodes.contains { $0.operation is Dropout })
    #expect(!graph.nodes.contains { ($0.operation as? Activate)?.activation == .relu })
    #expect(!graph.nodes.contains { $0.operation is Add })
    // The dense layers' norms stand before 3×3 convolutions and stay, as does the norm whose convolution
    // has changed places with a pooling; all others are folded or fused.
    #expect(
      graph.nodes.filter { $0.operation is BatchNorm }.map(\.name) == [
        "dense.0.norm", "dense.1.norm", "dense.2.norm", "transition_norm",
      ])
  }

  @Test func parametersSurviveThePasses() throws {
    let graph = try PlanTests.network()
    #expect(Set(graph.optimized().parameters) == Set(graph.parameters))
  }

  @Test func concatenationsAreNotCopied() throws {
    let plan = Plan(try PlanTests.network())
    let copies = plan.steps.filter { $0.node.operation is Concat && $0.routine.algorithm != "in_place" }
    // Only the one that has the same input twice has something to copy.
    #expect(copies.map(\.node.inputs.count) == [3])
  }

  @Test func keptValuesCanBeRead() throws {
    let graph = try PlanTests.network(batch: 1)
    let plan = Plan(graph, keeping: ["block"])
    let executor = try Executor(plan, parameters: NoiseParameters(), threads: 2)
    var generator = Generator("images")
    let input = generator.floats(graph.input.shape.count)
    var logits = [Float](repeating: 0, count: 11)
    executor.run(input, into: &logits)
    let block = try #require(executor.value(of: "block"))
    #expect(block.count == 20 * 7 * 7)
    #expect(block.contains { $0 != 0 })
  }

  @Test func failingSourceIsReported() throws {
    struct Failure: Error {}
    struct Empty: ParameterSource {
      func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
        if parameter.name == "fc.weight" { throw Failure() }
        destination.update(repeating: 0)
      }
    }
    #expect(throws: Failure.self) {
      _ = try Executor(Plan(PlanTests.network()), parameters: Empty(), threads: 2)
    }
  }
}

/// Parameters from noise, with batch-norm statistics that are not the defaults.
struct NoiseParameters: ParameterSource {
  func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
    let noise = FormulaNoise(name: parameter.name)
    for index in destination.indices {
      destination[index] =
        parameter.name.hasSuffix("running_var") ? 1 + 0.5 * noise[index] : noise[index] * 0.5
    }
  }
}
