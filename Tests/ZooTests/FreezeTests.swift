import Engine
import Foundation
import GraphIR
import Support
import TensorCore
import Testing
import Weights
import Zoo

/// Freezing one tensor leaves every other one alone.
@Suite(.serialized) struct FreezeTests {
  /// The smallest network of each architecture, but for those that are mostly a linear layer of many millions; all of
  /// the registry where `CNNZOO_LONG` is set.
  static let names: [String] =
    ProcessInfo.processInfo.environment["CNNZOO_LONG"] == nil
    ? Registry.standard.families.flatMap { family in
      family.architectures.compactMap { $0.entries.min { $0.expect.macs < $1.expect.macs }?.name }
    }.filter { name in Registry.standard.all.contains { $0.name == name && $0.expect.parameters < 40_000_000 }
    }
    : Registry.standard.all.map(\.name)

  /// The network at the smallest of some sizes that it can be built for.
  private func graph(_ entry: ModelEntry) throws -> Graph {
    let channels = entry.input.shape[0]
    for side in [32, 64, 80, 96] {
      if let graph = try? entry.graph(batch: 2, input: [channels, side, side], classes: 5) { return graph }
    }
    return try entry.graph(batch: 2, classes: 5)
  }

  /// The bits of all gradients of one backward pass.
  private func gradients(_ graph: Graph, frozen: Set<String>) throws -> [String: [UInt32]] {
    let executor = try TrainingExecutor(
      TrainingPlan(graph, frozen: frozen), parameters: LivelyWeights(), threads: 2)
    let noise = FormulaNoise(name: "input")
    executor.forward((0..<graph.input.shape.count).map { noise[$0] }, seed: 1)
    let signals = ([graph.output] + graph.auxiliaries.map(\.logits)).enumerated().map { index, logits in
      let noise = FormulaNoise(name: "signal \(index)")
      return (0..<logits.shape.count).map { noise[$0] }
    }
    signals.withPointers { executor.backward($0) }
    return executor.plan.parameters.filter(\.learns).reduce(into: [:]) { bits, slot in
      bits[slot.parameter.name] = (0..<slot.count).map { executor.gradients[slot.offset + $0].bitPattern }
    }
  }

  /// A tensor is frozen in many nodes at a time, but alone in each: the first of each node, then the second, and of
  /// the nodes that have a single one, every other.
  @Test(arguments: names) func everyOtherTensorKeepsItsGradient(name: String) throws {
    let graph = try graph(Registry.standard.entry(name))
    let expected = try gradients(graph, frozen: [])
    #expect(
      expected.values.allSatisfy { $0.contains { $0 << 1 != 0 } }, "a gradient that is zero says nothing")
    let trainable = graph.nodes.map { node in
      node.parameters.flatMap(\.tensors).filter { $0.role == .trainable }.map(\.name)
    }.filter { !$0.isEmpty }
    let single = trainable.filter { $0.count == 1 }.map { $0[0] }
    var choices = [0, 1].map { parity in
      Set(single.enumerated().filter { $0.offset % 2 == parity }.map(\.element))
    }
    for place in 0..<(trainable.map(\.count).max() ?? 0) {
      choices.append(Set(trainable.filter { $0.count > max(place, 1) }.map { $0[place] }))
    }
    for frozen in choices where !frozen.isEmpty {
      let found = try gradients(graph, frozen: frozen)
      #expect(Set(found.keys) == Set(expected.keys).subtracting(frozen))
      let wrong = found.filter { expected[$0.key] != $0.value }.keys.sorted()
      #expect(wrong.isEmpty, "\(name) with \(frozen.sorted().prefix(3)) frozen: \(wrong.prefix(3))")
    }
  }
}

/// The formula's weights, but for the bias of a squeeze: where it has only four channels, their ReLUs would all be off for
/// both images, and the gradients in front of them zero.
private struct LivelyWeights: ParameterSource {
  func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) {
    FormulaWeights().fill(parameter, destination)
    if parameter.name.hasSuffix("se.fc1.bias") {
      for index in destination.indices { destination[index] += 1 }
    }
  }
}
