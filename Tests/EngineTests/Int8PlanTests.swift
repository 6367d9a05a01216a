import Engine
import GraphIR
import Ops
import Support
import TensorCore
import Testing

/// Networks in bytes.
@Suite struct Int8PlanTests {
  /// Every way in which values are bytes: products, depthwise ones, a residual, a concatenation, both poolings, a norm in
  /// front of a convolution, and a gate, which needs floats.
  private static func network(batch: Int = 1) throws -> Graph {
    try Graph.build(input: [batch, 3, 32, 32]) { (image, net) throws(GraphError) in
      var x = try net.relu(net.batchNorm("bn0", net.conv("stem", image, to: 24, kernel: 3, padding: 1)))
      x = try net.maxPool(x, kernel: 3, stride: 2, padding: 1)
      let left = try net.relu(net.conv("left", x, to: 20, kernel: 1, bias: true))
      let right = try net["right"].averagePool(x, kernel: 3, stride: 1, padding: 1)
      x = try net.concat([left, net.conv("right", right, to: 12, kernel: 1, bias: true)])
      x = try net.batchNormReLU("bn1", x)
      let shortcut = try net.conv("reduce", x, to: 32, kernel: 1, stride: 2)
      x = try net.relu6(
        net.conv("depthwise", shortcut, to: 32, kernel: 3, padding: 1, groups: 32, bias: true))
      let gate = try net.sigmoid(
        net.conv("gate", net["gate"].adaptiveAveragePool(x, to: 1), to: 32, kernel: 1, bias: true))
      x = try net.multiply(x, by: gate)
      x = try net.silu(net.conv("project", x, to: 32, kernel: 3, padding: 1, bias: true))
      x = try net.relu(net["end"].sum(x, shortcut))
      x = try net.flatten(net["head"].maxPool(x, kernel: 2, stride: 2))
      return try net.linear("fc", x, to: 10)
    }
  }

  private static func images(_ count: Int) -> [[Float]] {
    var generator = Generator("int8 images")
    return (0..<count).map { _ in generator.floats(3 * 32 * 32) }
  }

  /// The network calibrated on noise.
  private static func quantized(
    _ graph: Graph, _ method: CalibrationMethod, excluding excluded: Set<String> = []
  ) throws -> (graph: Graph, parameters: QuantizedParameters) {
    let calibration = try Calibration(of: graph, parameters: ScaledNoise(), images: images(8), threads: 1)
    var quantized = graph
    quantized.quantization = calibration.scheme(ByteCandidates(graph, excluding: excluded), method)
    return (quantized, try QuantizedParameters(of: quantized, from: ScaledNoise()))
  }

  private static func logits(_ plan: Plan, _ parameters: any ParameterSource, threads: Int = 1) throws
    -> [Float]
  {
    let executor = try Executor(plan, parameters: parameters, threads: threads)
    let count = plan.division.runs * plan.graph.input.shape.batch
    var logits = [Float](repeating: .nan, count: plan.division.runs * plan.graph.output.shape.count)
    logits.withUnsafeMutableBufferPointer { buffer in
      if let pointer = buffer.baseAddress { executor.run(images(count).flatMap(\.self), into: pointer) }
    }
    return logits
  }

  /// Eight bits for each value, in about ten layers.
  @Test(arguments: CalibrationMethod.allCases) func logitsStayClose(method: CalibrationMethod) throws {
    let graph = try Self.network()
    let (quantized, parameters) = try Self.quantized(graph, method)
    let exact = try Self.logits(Plan(graph), ScaledNoise())
    let comparison = Comparison(try Self.logits(Plan(quantized), parameters), exact)
    #expect(comparison.error < 0x1p-4 && comparison.error > 0, "\(comparison)")
  }

  @Test(arguments: [1, 3]) func threadsChangeNoBit(batch: Int) throws {
    let (quantized, parameters) = try Self.quantized(Self.network(), .range)
    let plan = Plan(quantized.withBatch(batch))
    let single = try Self.logits(plan, parameters)
    for threads in [2, 3] { #expect(try Self.logits(plan, parameters, threads: threads) == single) }
    // Nor does the batch.
    let images = try Self.logits(Plan(quantized), parameters)
    #expect(Array(single[..<10]) == images)
  }

  /// Branches that are written in place and copied ones have the same bytes.
  @Test func sharingMemoryChangesNoBit() throws {
    let (quantized, parameters) = try Self.quantized(Self.network(), .range)
    #expect(
      try Self.logits(Plan(quantized), parameters)
        == Self.logits(Plan(quantized, disabled: [Plan.sharing]), parameters))
  }

  @Test func planTellsWhatIsInBytes() throws {
    let plan = Plan(try Self.network(), precision: .int8)
    let algorithms = Dictionary(
      plan.steps.map { ($0.node.name, $0.routine.algorithm) }, uniquingKeysWith: { first, _ in first })
    #expect(plan.precision == .int8)
    for name in ["stem", "left", "right", "reduce", "project", "fc"] {
      #expect(algorithms[name] == "int8_gemm", "\(name)")
    }
    #expect(algorithms["depthwise"] == "int8_depthwise")
    #expect(algorithms["bn1"] == "int8_scale_shift")
    #expect(algorithms["maxpool"] == "int8_rows" && algorithms["right.avgpool"] == "int8_rows")
    #expect(algorithms["gate"]?.hasPrefix("int8") == false)
    #expect(algorithms["multiply"]?.hasSuffix("_f32") == true)
    // The logits are floats, and the branches lie in their concatenation.
    #expect(plan.graph.output.quantization == nil)
    #expect(algorithms["concat"] == "in_place")
    let full = Plan(try Self.network())
    #expect(plan.memory.weightBytes * 3 < full.memory.weightBytes)
    #expect(plan.memory.arenaBytes < full.memory.arenaBytes)
  }

  /// What is concatenated or pooled by maxima has one quantization.
  @Test func valuesThatAreCopiedShareAQuantization() throws {
    let groups = ByteCandidates(try Self.network()).groups
    func group(_ name: String) -> [String]? { groups.first { $0.contains(name) } }
    #expect(group("left") == group("concat") && group("right") == group("concat"))
    #expect(group("stem") == group("maxpool"))
    #expect(group("reduce") != group("depthwise"))
    #expect(group("fc") == nil && group("image") != nil)
  }

  /// A layer that is left out is computed in float32, and the error gets smaller.
  @Test func excludedLayersStayFloat32() throws {
    let graph = try Self.network()
    let (partly, parameters) = try Self.quantized(graph, .range, excluding: ["stem", "project", "fc"])
    let plan = Plan(partly)
    for step in plan.steps where ["stem", "project", "fc"].contains(step.node.name) {
      #expect(!step.routine.algorithm.hasPrefix("int8"), "\(step.node.name)")
    }
    let comparison = Comparison(
      try Self.logits(plan, parameters), try Self.logits(Plan(graph), ScaledNoise()))
    #expect(comparison.error < 0x1p-4 && comparison.error > 0, "\(comparison)")
  }
}
