import GraphIR
import Kernels
import TensorCore

/// How a graph will be run: the order, an algorithm for each node, an offset for each value.
///
/// Everything is known before memory is taken: a plan can be printed, and its peak is exact.
package struct Plan: Sendable {
  /// One node with its algorithm and the places of its operands.
  package struct Step: Sendable {
    /// The node, after the passes.
    package let node: Node
    /// What the operator was asked for.
    package let request: RoutineRequest
    /// Its algorithm.
    package let routine: any Routine
    /// The choice between algorithms that a measurement can make, see ``AlgorithmChoices``; `nil` where there
    /// is none, and in plans without measurements.
    package let problem: TuningProblem?
    /// Offsets of the inputs in the arena, in floats.
    package let inputs: [Int]
    /// Offset of the output in the arena.
    package let output: Int
    /// Offset of the packed parameters in the weights.
    package let packed: Int
    /// Offset of the shared scratch in the arena.
    package let scratch: Int
  }

  /// How the batch is cut into runs of this plan.
  package private(set) var division: Division
  /// The graph that is run: without auxiliary heads, passes applied, for the images of one run.
  package let graph: Graph
  /// The nodes in order.
  package let steps: [Step]
  /// Memory, known before it is taken.
  package private(set) var memory: PlannedMemory
  /// Offset of the image in the arena, and how it lies there.
  package let input: (offset: Int, layout: ActivationLayout)
  /// Offset of the logits in the arena, and how they lie there.
  package let output: (offset: Int, layout: ActivationLayout)
  /// How convolutions were asked to be computed.
  package let convolution: ConvolutionChoice
  /// The precision in which it is computed.
  package let precision: ComputePrecision

  let placement: Placement
  let lifetimes: Lifetimes
  private let storageOffsets: [Int]
  /// What was planned, before the passes.
  private let network: Graph

  /// Plans a network for inference.
  ///
  /// Each image is a run of its own, or the whole batch is one run where the weights are too large to be read for each
  /// image; which of the two does not depend on `choices`.
  ///
  /// - Parameters:
  ///   - network: the graph as the architecture builds it.
  ///   - convolution: how convolutions are computed.
  ///   - disabled: passes and algorithms that are switched off, by name.
  ///   - kept: paths of parts whose results stay readable after the run, see ``value(of:)``; with any, the
  ///     whole batch is one run.
  ///   - choices: algorithms that were measured to be fastest, for convolutions that are computed automatically.
  ///   - precision: the precision in which it is computed; ``ComputePrecision/int8`` if the network has a scheme for that.
  ///     A network that has none is planned with steps of bytes that mean nothing, which is enough to measure time.
  package init(
    _ network: Graph, convolution: ConvolutionChoice = .automatic, disabled: Set<String> = [],
    keeping kept: [String] = [], choices: AlgorithmChoices? = nil, precision: ComputePrecision = .float32
  ) {
    var network = network
    if precision == .int8 && network.quantization == nil {
      network.quantization = ByteCandidates(network).uncalibrated
    }
    let precision = network.quantization == nil ? precision : .int8
    let batch = network.input.shape.batch
    func plan(images: Int, choices: AlgorithmChoices?) -> Plan {
      Plan(
        run: network.withBatch(images), runs: batch / images, convolution: convolution, disabled: disabled,
        keeping: kept, choices: choices, precision: precision)
    }
    let single = batch > 1 && kept.isEmpty ? plan(images: 1, choices: nil) : nil
    if let single, single.mayRereadWeights {
      self = choices == nil ? single : plan(images: 1, choices: choices)
    } else {
      self = plan(images: batch, choices: choices)
    }
  }

  /// Plans `runs` runs of a network.
  ///
  /// `optimized` is the network after the passes, and `algorithms` has the algorithms of the steps, where these are known beforehand.
  private init(
    run network: Graph, optimized: Graph? = nil, runs: Int, convolution: ConvolutionChoice,
    disabled: Set<String>,
    keeping kept: [String], choices: AlgorithmChoices?, precision: ComputePrecision,
    algorithms: [String?] = []
  ) {
    self.network = network
    let graph = optimized ?? network.optimized(for: precision, without: disabled)
    let placement = Placement(graph, disabled: disabled)
    let unit = Buffer.alignment / MemoryLayout<Float>.stride
    let last = graph.nodes.count

    // The image lives from the start, the logits to the end, everything else from its first writer
    // to its last reader.
    var lifetimes = Lifetimes(placement)
    lifetimes.extend(graph.input, to: 0)
    lifetimes.extend(graph.output, to: last)
    for (index, node) in graph.nodes.enumerated() {
      lifetimes.extend(node.output, to: index)
      for input in node.inputs { lifetimes.extend(input, to: index) }
    }
    for name in kept {
      if let value = graph.value(of: name) { lifetimes.extend(value, to: last) }
    }

    let totals = graph.totals
    let weightsStayInCache = totals.weightsStayInCache
    var requests = graph.nodes.map { node in
      RoutineRequest(
        inputs: node.inputs.map { placement.layout(of: $0) },
        output: placement.layout(of: node.output), inPlace: placement.inPlace(node),
        disabled: disabled, algorithm: convolution.algorithm, precision: precision,
        weightsStayInCache: weightsStayInCache)
    }
    var problems: [TuningProblem?] = graph.nodes.map { _ in nil }
    if let choices {
      problems = zip(graph.nodes, requests).map { $0.operation.tuningProblem($1) }
      for (index, problem) in problems.enumerated() where convolution == .automatic {
        requests[index].algorithm = problem.flatMap { choices[$0.text] }
      }
    }
    for (index, algorithm) in zip(requests.indices, algorithms) { requests[index].algorithm = algorithm }
    let routines = zip(graph.nodes, requests).map { $0.routine($1) }
    var storages = lifetimes.storages
    for (index, routine) in routines.enumerated() {
      storages.append(ArenaLayout.Storage(count: routine.sharedScratchCount, life: index...index))
    }
    let arena = ArenaLayout(storages)
    func offset(of value: Value) -> Int {
      guard let place = placement.places[value.id] else { return 0 }
      return arena.offsets[place.storage] + place.offset
    }

    var weightCount = 0
    var steps: [Step] = []
    for (index, node) in graph.nodes.enumerated() {
      steps.append(
        Step(
          node: node, request: requests[index], routine: routines[index], problem: problems[index],
          inputs: node.inputs.map(offset), output: offset(of: node.output), packed: weightCount,
          scratch: arena.offsets[placement.storageCounts.count + index]))
      weightCount += routines[index].packedCount.roundedUp(to: unit)
    }
    division = Division(runs: runs, sharesLayers: totals.macs >= Plan.macsForOneThread)
    self.graph = graph
    self.steps = steps
    self.convolution = convolution
    self.precision = precision
    self.placement = placement
    self.lifetimes = lifetimes
    storageOffsets = arena.offsets
    input = (offset(of: graph.input), placement.layout(of: graph.input))
    output = (offset(of: graph.output), placement.layout(of: graph.output))
    memory = PlannedMemory(
      division: division, arenaCount: arena.count, weightCount: weightCount,
      threadScratchCount: (routines.map(\.threadScratchCount).max() ?? 0).roundedUp(to: unit))
  }

  /// Whether a step calls OpenBLAS.
  package var callsOpenBLAS: Bool { steps.contains { BLAS.isCalled(by: $0.routine.algorithm) } }

  /// The plan of a run with fewer images, by the same algorithms; it takes the same packed parameters.
  ///
  /// `nil` where the parameters would have to be packed in another way.
  func shortened(to images: Int) -> Plan? {
    guard let request = steps.first?.request else { return nil }
    let plan = Plan(
      run: network.withBatch(images), runs: 1, convolution: convolution, disabled: request.disabled,
      keeping: [],
      choices: nil, precision: precision, algorithms: steps.map(\.chosenAlgorithm))
    let isAlike = plan.steps.count == steps.count && zip(plan.steps, steps).allSatisfy { $0.packsLike($1) }
    return isAlike ? plan : nil
  }

  /// The memory of inference in float32 for each of several batches, as their plans state it.
  ///
  /// Where each image is a run of its own, one plan serves all batches.
  package static func memory(of network: Graph, batches: [Int]) -> [PlannedMemory] {
    let optimized = network.optimized()
    func plan(images: Int) -> Plan {
      Plan(
        run: network.withBatch(images), optimized: optimized.withBatch(images), runs: 1,
        convolution: .automatic, disabled: [], keeping: [], choices: nil, precision: .float32)
    }
    let single = plan(images: 1)
    let isShared = single.mayRereadWeights
    return batches.map { batch in
      batch == 1 || isShared ? single.repeated(batch).memory : plan(images: batch).memory
    }
  }

  /// The plan for `count` batches at once, by the same algorithms and so with the same bits: where they are at hand, a
  /// thread with an image of its own never waits for another thread.
  ///
  /// A batch whose images share a run stays as it is.
  package func repeated(_ count: Int) -> Plan {
    if graph.input.shape.batch > 1 { return self }
    var plan = self
    plan.division = Division(runs: division.runs * count, sharesLayers: division.sharesLayers)
    plan.memory.division = plan.division
    return plan
  }

  /// Where the result of a part of the network lies after a run that kept it: `layer1`.
  package func value(of name: String) -> (offset: Int, layout: ActivationLayout)? {
    guard let value = graph.value(of: name), let place = placement.places[value.id] else { return nil }
    return (storageOffsets[place.storage] + place.offset, place.layout)
  }
}

extension Plan {
  /// Below this many MACs, some tens of microseconds, a run is done before a second thread has been of use in its
  /// layers.
  private static let macsForOneThread = 2_000_000

  /// Bytes of weights for each product that may be read again for every image.
  ///
  /// With eight images on two cores of a Zen 4, runs of one image are 1.04 to 1.10 times as fast as one run
  /// for ResNet-50, ResNet-101, ResNeXt-50, GoogLeNet, Inception V3 and the DenseNets (0.03 to 0.10 bytes), 0.99 for
  /// ResNet-18 (0.14), and slower for wide ResNet 28-10 (0.18), VGG-16 (0.25) and AlexNet (1.1).
  private static let rereadBytesPerProduct = 0.1

  /// Whether another image should be another run, though it reads the weights again.
  private var mayRereadWeights: Bool {
    let products = steps.reduce(0) { $0 + $1.products }
    return graph.totals.weightsStayInCache
      || Double(memory.weightBytes) <= Plan.rereadBytesPerProduct * products
  }
}

extension Totals {
  /// Networks with no more weights than this keep them in cache from run to run.
  private static let cachedWeightBytes = 8 << 20

  fileprivate var weightsStayInCache: Bool {
    parameters * MemoryLayout<Float>.stride <= Self.cachedWeightBytes
  }
}

extension Node {
  /// The algorithm for a request, between floats where the operator needs them.
  fileprivate func routine(_ request: RoutineRequest) -> any Routine {
    let isDirect =
      request.isFloat32
      || (request.precision == .int8 ? computesBytes : operation.computesBFloat16(request))
    return isDirect ? operation.prepare(request) : FloatRoutine(self, request)
  }
}

extension Plan.Step {
  /// The algorithm by the name under which it is requested; `nil` where there is nothing to choose.
  fileprivate var chosenAlgorithm: String? {
    guard let candidates = node.operation.tuningProblem(request)?.algorithms else { return request.algorithm }
    return candidates.first { $0 == request.algorithm } ?? candidates.first
  }

  /// Whether this step finds its parameters where `other` has packed them.
  fileprivate func packsLike(_ other: Plan.Step) -> Bool {
    packed == other.packed && routine.packedCount == other.routine.packedCount
      && (routine.packedCount == 0 || routine.packing == other.routine.packing)
  }

  /// Multiply-accumulates that the algorithm makes; 0 for steps whose arithmetic is of another kind.
  package var products: Double {
    let kernel = node.parameters.first?.tensors.first?.shape.dimensions.last ?? 1
    return Double(node.cost.macs) * ConvolutionAlgorithm.productsPerMAC(routine.algorithm, kernel: kernel)
  }

  /// In plans with measurements, the algorithm that would have been taken without them; `nil` where there is
  /// nothing to choose.
  package var algorithmWithoutMeasurement: String? { problem?.algorithms.first }
}

/// Bytes of a plan, known before they are taken.
package struct PlannedMemory: Hashable, Sendable {
  var division: Division
  let arenaCount: Int
  let weightCount: Int
  let threadScratchCount: Int

  /// Bytes of an arena: activations and scratch that belongs to no thread.
  package var arenaBytes: Int { arenaCount * MemoryLayout<Float>.stride }
  /// Bytes of packed weights.
  package var weightBytes: Int { weightCount * MemoryLayout<Float>.stride }
  /// Bytes of scratch that each thread has for itself.
  package var threadScratchBytes: Int { threadScratchCount * MemoryLayout<Float>.stride }
  /// Bytes of everything, if `threads` may work.
  package func peakBytes(threads: Int) -> Int { statement(threads: threads).total }
}
