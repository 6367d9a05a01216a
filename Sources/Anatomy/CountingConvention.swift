import GraphIR
import TensorCore

/// How a tool or a paper counts the work of a network.
///
/// The rules reproduce the totals of fvcore 0.1.5, ptflops 0.7.5 and torchinfo 1.8.0 on torch 2.13, recorded by
/// `scripts/golden/counts_conventions.py`.
package enum CountingConvention: String, CaseIterable, Sendable {
  case paper
  case torchvision
  case fvcore
  case ptflops
  case torchinfo
  case darknet

  /// What it counts: what it adds to the multiply-accumulates of convolutions and linear layers.
  package var meaning: String {
    switch self {
    case .paper: "multiply-adds of convolutions and linear layers"
    case .torchvision: "the same, published as GFLOPS"
    case .fvcore: "adds 2 per element of batch norms, 5 of layer norms, and 1 per input of adaptive poolings"
    case .ptflops:
      "adds biases, 2 per element of batch norms, 1 of layer norms, 1 per input of ReLUs and poolings (2 where they are modules)"
    case .torchinfo:
      "adds biases at every output and each norm's parameters once; a linear layer counts at one pixel"
    case .darknet: "2 a multiply-add, convolutions only (BFLOPs)"
    }
  }

  /// The count of `graph` in this convention.
  ///
  /// Some tools count what the reference framework's `source` calls, not what the network computes.
  package func count(_ graph: Graph, source: FrameworkSource) -> Int {
    let tally = Tally(graph.withoutAuxiliaries(), source: source)
    let work = tally.work
    return switch self {
    case .paper, .torchvision: work.macs
    case .fvcore:
      work.macs + 2 * work.normalizedElements + 5 * work.layerNormElements + work.adaptivePoolInputs
    case .ptflops:
      work.macs + work.biasedOutputs + 2 * work.normalizedElements + work.calledInputs
        + work.singlyCountedInputs + tally.calledByModules
    case .torchinfo: work.macs + work.biasedOutputs + work.normParameters - work.repeatedLinearWork
    case .darknet: 2 * work.convolutionMACs
    }
  }
}

/// The work of all operators, as the tools see it.
private struct Tally {
  var work = CountedWork.none
  /// Those of ``CountedWork/calledInputs`` whose caller is a module, which ptflops counts a second time, and the elements of
  /// layer norms that are modules, which it does not count elsewhere.
  var calledByModules = 0

  init(_ graph: Graph, source: FrameworkSource) {
    let functionCalls = source.functionCalls(graph.nodes)
    for (index, node) in graph.nodes.enumerated() {
      var counted = node.countedWork
      if source.averagesWithMean { counted.adaptivePoolInputs = 0 }
      work += counted
      if !functionCalls.contains(index) {
        calledByModules += counted.calledInputs + counted.layerNormElements
      }
    }
    if source.poolsToFit, work.adaptivePoolInputs == 0, let features = graph.flattenedFeatures {
      let pool = CountedWork(adaptivePoolInputs: features.count)
      work += pool
      calledByModules += pool.calledInputs
    }
  }
}

extension CountedWork {
  /// Elements that activations and poolings read: those that ptflops counts.
  fileprivate var calledInputs: Int { activationInputs + poolInputs + adaptivePoolInputs }
}

extension Graph {
  /// The feature maps that the classifier reads as vectors.
  fileprivate var flattenedFeatures: Shape? {
    nodes.lazy.filter { $0.output.shape.rank == 2 }.map { $0.inputs[0].shape }.first { $0.rank == 4 }
  }
}
