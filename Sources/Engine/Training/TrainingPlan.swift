import GraphIR
import Kernels
import TensorCore

/// How a graph will be trained: the inference plan's counterpart with auxiliary heads, batch statistics and
/// dropout, and with a backward pass.
///
/// A step takes 2n + 1 moments for n nodes: node i runs forward at moment i, the loss is computed at moment n,
/// and node i runs backward at moment 2n - i. Activations, gradients and scratch share one arena by the
/// moments at which they live.
///
/// Gradients of frozen tensors are computed together with those of trained tensors of the same layer. They go to a place behind
/// the gradients that count, which one step after the other may write.
package struct TrainingPlan: Sendable {
  /// One node with its algorithms and the places of its operands.
  package struct Step: Sendable {
    /// The node, after the passes.
    package let node: Node
    /// Its algorithms.
    package let routine: any TrainingRoutine
    /// Whether a gradient reaches it, and something before it or in it learns.
    package let learns: Bool
    /// MACs of its backward pass: as many as forward for the gradients of its parameters, and again for those
    /// of its inputs, as far as each are wanted.
    package let backwardMACs: Int
    let inputs: [Int]
    let output: Int
    let outputLayout: ActivationLayout
    let parameters: [Int]
    /// Places of the parameters' gradients in the gradients of all, frozen ones behind those that count.
    let parameterGradients: [Int]
    let outputGradient: Int
    let inputGradients: [Int]
    let statistics: Int
    let packed: [Direction: Int]
    let scratch: [Direction: Int]
  }

  /// The logits of a classifier, or another value, and their gradient.
  struct Output: Sendable {
    let value: Int
    let valueLayout: ActivationLayout
    let gradient: Int
    let gradientLayout: ActivationLayout
    /// Floats from the start of the executor's dense logits.
    let logits: Int
  }

  /// The graph that is trained.
  package let graph: Graph
  /// The nodes in order.
  package let steps: [Step]
  /// Every tensor of the checkpoint: trainable ones first, each from a cache line on.
  package let parameters: [TrainableSlot]
  /// Memory, known before it is taken.
  package let memory: TrainingMemoryPlan
  /// How convolutions and their gradients were asked to be computed.
  package let convolution: ConvolutionChoice

  let input: (offset: Int, layout: ActivationLayout)
  let outputs: [Output]
  let values: (placement: Placement, lifetimes: Lifetimes)
  let gradients: (placement: Placement, lifetimes: Lifetimes)
  /// Where a value and its gradient stay readable after a step.
  let observation: Output?

  /// Plans a network for training.
  ///
  /// - Parameters:
  ///   - network: the graph as the architecture builds it, auxiliary heads included.
  ///   - frozen: names of parameters that do not learn.
  ///   - convolution: how convolutions and their gradients are computed.
  ///   - disabled: passes and algorithms that are switched off, by name.
  ///   - part: the part of the batch that `network` is for, where other processes have the rest.
  package init(
    _ network: Graph, frozen: Set<String> = [], convolution: ConvolutionChoice = .automatic,
    disabled: Set<String> = [], part: BatchPart = BatchPart()
  ) {
    self.init(
      network, frozen: frozen, convolution: convolution, disabled: disabled, part: part, observing: nil)
  }

  /// Plans the backward pass from the logits to a value of a network in inference: batch norms by stored statistics, no
  /// dropout, and no gradient of a parameter.
  ///
  /// No pass runs, so that every value of the graph is computed. Convolutions go through OpenBLAS: the rounding of Winograd's
  /// algorithms moves values across the zero of a ReLU, and then gradients by more than rounding. See
  /// ``TrainingExecutor/observation``.
  package init(observing value: Value, in network: Graph) {
    let graph = network.simplified(foldsNorms: false)
    self.init(
      graph, frozen: Set(graph.parameters.map(\.name)), convolution: .openBLAS,
      disabled: Set(Pass.training.map(\.name)), part: BatchPart(), observing: value)
  }

  private init(
    _ network: Graph, frozen: Set<String>, convolution: ConvolutionChoice, disabled: Set<String>,
    part: BatchPart, observing observed: Value?
  ) {
    let graph = network.preparedForTraining(without: disabled)
    let flow = GradientFlow(graph, frozen: frozen, disabled: disabled, observed: observed)
    let values = Placement(graph, disabled: disabled)
    let unit = Buffer.alignment / MemoryLayout<Float>.stride
    let loss = graph.nodes.count

    let requests = graph.nodes.indices.map {
      flow.request(
        ofNode: $0, values: values, convolution: convolution, disabled: disabled, part: part)
    }
    let routines = zip(graph.nodes, requests).map { $0.operation.prepareTraining($1) }

    var valueLives = Lifetimes(values)
    var gradientLives = Lifetimes(flow.placement)
    valueLives.extend(graph.input, to: 0)
    for (index, node) in graph.nodes.enumerated() {
      let backward = 2 * loss - index
      valueLives.extend(node.output, to: index)
      if flow.learns[index] {
        gradientLives.extend(node.output, to: backward)
        if routines[index].savedTensors.output { valueLives.extend(node.output, to: backward) }
      }
      for (position, input) in node.inputs.enumerated() {
        valueLives.extend(input, to: index)
        guard flow.learns[index] else { continue }
        if routines[index].savedTensors.inputs[position] { valueLives.extend(input, to: backward) }
        if flow.needs.contains(input.id) { gradientLives.extend(input, to: backward) }
      }
    }
    for logits in graph.classifiers {
      valueLives.extend(logits, to: loss)
      gradientLives.extend(logits, to: loss)
    }
    if let observed {
      valueLives.extend(observed, to: 2 * loss)
      gradientLives.extend(observed, to: 2 * loss)
    }

    var storages = valueLives.storages + gradientLives.storages
    let firstStatistics = storages.count
    for (index, routine) in routines.enumerated() {
      let backward = 2 * loss - index
      storages.append(
        .init(
          count: routine.savedTensors.statisticsCount, life: index...(flow.learns[index] ? backward : index)))
      storages.append(.init(count: routine.sharedScratchCount(.forward), life: index...index))
      storages.append(
        .init(
          count: flow.learns[index] ? routine.sharedScratchCount(.backward) : 0, life: backward...backward))
    }
    let arena = ArenaLayout(storages)
    func offset(_ value: Value) -> Int {
      values.places[value.id].map { arena.offsets[$0.storage] + $0.offset } ?? 0
    }
    func gradientOffset(_ value: Value) -> Int {
      flow.placement.places[value.id].map {
        arena.offsets[values.storageCounts.count + $0.storage] + $0.offset
      } ?? 0
    }

    let slots = TrainableSlot.layOut(graph.parameters, frozen: frozen)
    let learningCount = slots.last { $0.learns }.map { ($0.offset + $0.count).roundedUp(to: unit) } ?? 0
    let learning = Set(slots.filter(\.learns).map(\.parameter.name))
    var discardedCount = 0
    let slotOffsets = Dictionary(
      slots.map { ($0.parameter.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    var packedCounts: [Direction: Int] = [.forward: 0, .backward: 0]
    var steps: [Step] = []
    for (index, node) in graph.nodes.enumerated() {
      let tensors = node.parameters.flatMap(\.tensors)
      var discarded = learningCount
      let parameterGradients = tensors.map { tensor in
        if learning.contains(tensor.name) { return slotOffsets[tensor.name] ?? discarded }
        defer {
          // The routine computes the gradients of all trainable parameters if it computes any.
          if requests[index].needsParameterGradients, tensor.role == .trainable {
            discarded += tensor.shape.count.roundedUp(to: unit)
          }
        }
        return discarded
      }
      discardedCount = max(discardedCount, discarded - learningCount)
      steps.append(
        Step(
          node: node, routine: routines[index], learns: flow.learns[index],
          backwardMACs: node.cost.macs * requests[index].gradientCount, inputs: node.inputs.map(offset),
          output: offset(node.output),
          outputLayout: values.layout(of: node.output),
          parameters: tensors.map { slotOffsets[$0.name] ?? 0 }, parameterGradients: parameterGradients,
          outputGradient: gradientOffset(node.output), inputGradients: node.inputs.map(gradientOffset),
          statistics: arena.offsets[firstStatistics + 3 * index], packed: packedCounts,
          scratch: [
            .forward: arena.offsets[firstStatistics + 3 * index + 1],
            .backward: arena.offsets[firstStatistics + 3 * index + 2],
          ]))
      for direction in Direction.allCases where direction == .forward || flow.learns[index] {
        packedCounts[direction, default: 0] += routines[index].packedCount(direction).roundedUp(to: unit)
      }
    }

    var logitCount = 0
    outputs = graph.classifiers.map { logits in
      defer { logitCount += logits.shape.count.roundedUp(to: unit) }
      return Output(
        value: offset(logits), valueLayout: values.layout(of: logits), gradient: gradientOffset(logits),
        gradientLayout: flow.placement.layout(of: logits), logits: logitCount)
    }
    self.graph = graph
    self.steps = steps
    self.convolution = convolution
    self.values = (values, valueLives)
    gradients = (flow.placement, gradientLives)
    parameters = slots
    input = (offset(graph.input), values.layout(of: graph.input))
    observation = observed.map {
      Output(
        value: offset($0), valueLayout: values.layout(of: $0), gradient: gradientOffset($0),
        gradientLayout: flow.placement.layout(of: $0), logits: 0)
    }
    memory = TrainingMemoryPlan(
      arenaCount: arena.count,
      valueCount: slots.last.map { ($0.offset + $0.count).roundedUp(to: unit) } ?? 0,
      gradientCount: learningCount + discardedCount,
      packedCount: packedCounts.values.max() ?? 0, logitCount: logitCount,
      threadScratchCount: zip(routines, flow.learns).reduce(0) { most, pair in
        max(
          most, pair.0.threadScratchCount(.forward), pair.1 ? pair.0.threadScratchCount(.backward) : 0)
      }.roundedUp(to: unit),
      kept: SavedBytes.count(
        graph, learns: flow.learns, savedTensors: routines.map(\.savedTensors), values: values,
        lifetimes: valueLives,
        after: loss))
  }
}

extension TrainingPlan {
  /// Where the gradients of the tensors that learn lie, and the step whose backward pass finishes each: the last of those
  /// that add to it, which is the first in order.
  package var gradientSteps: [(range: Range<Int>, step: Int)] {
    var first: [String: Int] = [:]
    for (index, step) in steps.enumerated().reversed() where step.learns {
      for tensor in step.node.parameters.flatMap(\.tensors) { first[tensor.name] = index }
    }
    return parameters.filter(\.learns).compactMap { slot in
      first[slot.parameter.name].map { (slot.offset..<slot.offset + slot.count, $0) }
    }
  }
}

/// Where a tensor of the checkpoint lies in a flat buffer of all of them.
package struct TrainableSlot: Hashable, Sendable {
  /// The tensor.
  package let parameter: Parameter
  /// First float, in the values and, if it learns, in the gradients.
  package let offset: Int
  /// Whether it is trained: a gradient is computed for it.
  package let learns: Bool
  /// Floats; a counter has one.
  package var count: Int { max(parameter.shape.count, 1) }
  /// Whether it is trainable, a buffer or a counter.
  package var role: ParameterRole { parameter.role }

  /// Tensors that learn first, so that their gradients need a buffer no longer than they are.
  static func layOut(_ parameters: [Parameter], frozen: Set<String>) -> [TrainableSlot] {
    let unit = Buffer.alignment / MemoryLayout<Float>.stride
    var offset = 0
    func learns(_ parameter: Parameter) -> Bool {
      parameter.role == .trainable && !frozen.contains(parameter.name)
    }
    return (parameters.filter(learns) + parameters.filter { !learns($0) }).map { parameter in
      let slot = TrainableSlot(parameter: parameter, offset: offset, learns: learns(parameter))
      offset += slot.count.roundedUp(to: unit)
      return slot
    }
  }
}

/// Memory of a training plan, known before it is taken.
package struct TrainingMemoryPlan: Sendable {
  let arenaCount: Int
  let valueCount: Int
  let gradientCount: Int
  let packedCount: Int
  let logitCount: Int
  let threadScratchCount: Int

  /// For each node in order, the bytes that wait for its backward pass.
  package let kept: [SavedBytes]

  private static let float = MemoryLayout<Float>.stride

  /// Bytes of the arena: activations, their gradients, scratch that the threads share.
  package var arenaBytes: Int { arenaCount * Self.float }
  /// Bytes of parameters and buffers as the checkpoint has them.
  package var weightBytes: Int { valueCount * Self.float }
  /// Bytes of gradients of the parameters.
  package var gradientBytes: Int { gradientCount * Self.float }
  /// Bytes of parameters as the kernels want them.
  package var packedBytes: Int { packedCount * Self.float }
  /// Bytes of the logits of all classifiers.
  package var logitBytes: Int { logitCount * Self.float }
  /// Bytes of scratch that each thread has for itself.
  package var threadScratchBytes: Int { threadScratchCount * Self.float }
  /// Bytes of everything for a number of threads; an optimizer's own state comes on top.
  package func peakBytes(threads: Int) -> Int { statement(threads: threads).total }
}

extension TrainingRequest {
  /// How many gradients are wanted: by the parameters, by the inputs.
  fileprivate var gradientCount: Int {
    (needsParameterGradients ? 1 : 0) + (inputGradients.contains { $0 != nil } ? 1 : 0)
  }
}

extension Graph {
  /// The main logits, then those of the auxiliary heads.
  var classifiers: [Value] { [output] + auxiliaries.map(\.logits) }

  /// The graph that is trained: heads and dropout stay, ReLUs are applied where their input is made.
  func preparedForTraining(without disabled: Set<String>) -> Graph {
    var graph = self
    for pass in Pass.training where !disabled.contains(pass.name) { pass.rewrite(&graph) }
    return graph
  }
}
