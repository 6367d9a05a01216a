import GraphIR
import Ops
import TensorCore

/// How a tool or a paper counts the work of a network.
///
/// Rules and totals were measured with fvcore 0.1.5, ptflops 0.7.5 and torchinfo 1.8.0 on torch 2.13:
/// `scripts/golden/counts_conventions.py`.
package enum CountingConvention: String, CaseIterable, Sendable {
  case paper
  case torchvision
  case fvcore
  case ptflops
  case torchinfo
  case darknet

  /// What it counts, and what that adds to the multiply-accumulates of convolutions and linear layers.
  package var meaning: String {
    switch self {
    case .paper: "multiply-adds of convolutions and linear layers"
    case .torchvision: "the same, published as GFLOPS"
    case .fvcore: "adds 2 an element of batch norms and 1 an input of adaptive poolings"
    case .ptflops:
      "adds biases, 2 an element of batch norms, ReLUs and poolings (twice where they are modules)"
    case .torchinfo: "adds biases at every output and each batch norm's parameters once"
    case .darknet: "2 a multiply-add, convolutions only (BFLOPs)"
    }
  }

  /// The count of `graph` in this convention.
  ///
  /// Some tools count what the reference framework's `source` calls, not what the network computes.
  package func count(_ graph: Graph, source: FrameworkSource) -> Int {
    let tally = Tally(graph.withoutAuxiliaries(), source: source)
    let macs = tally.convolutionMACs + tally.otherMACs
    return switch self {
    case .paper, .torchvision: macs
    case .fvcore: macs + 2 * tally.normalized + tally.adaptivelyPooled
    case .ptflops: macs + tally.biased + 2 * tally.normalized + tally.called + tally.calledByModules
    case .torchinfo: macs + tally.biased + tally.normParameters
    case .darknet: 2 * tally.convolutionMACs
    }
  }
}

/// Elements and multiply-accumulates by kind of operator, as the tools see them.
private struct Tally {
  var convolutionMACs = 0
  var otherMACs = 0
  /// Outputs that a bias is added to.
  var biased = 0
  /// Elements that a batch norm goes over.
  var normalized = 0
  /// Scales and shifts of batch norms.
  var normParameters = 0
  /// Inputs of adaptive poolings.
  var adaptivelyPooled = 0
  /// Inputs of ReLUs and poolings.
  var called = 0
  /// Those of ``called`` whose caller is a module, which ptflops counts a second time.
  var calledByModules = 0

  init(_ graph: Graph, source: FrameworkSource) {
    let functionCalls = source.functionCalls(graph.nodes)
    for (index, node) in graph.nodes.enumerated() {
      let input = node.inputs[0].shape.count
      let output = node.output.shape.count
      switch node.operation {
      case let convolution as Convolution:
        convolutionMACs += node.cost.macs
        biased += convolution.hasBias ? output : 0
      case let linear as Linear:
        otherMACs += node.cost.macs
        biased += linear.hasBias ? output : 0
      case is BatchNorm:
        normalized += output
        normParameters += 2 * node.output.shape.channels
      case is Activation, is Pool, is AdaptiveAveragePool:
        called += input
        adaptivelyPooled += node.operation is AdaptiveAveragePool ? input : 0
        calledByModules += functionCalls.contains(index) ? 0 : input
      default:
        otherMACs += node.cost.macs
      }
    }
    if source.poolsToFit, !graph.nodes.contains(where: { $0.operation is AdaptiveAveragePool }),
      let flatten = graph.nodes.first(where: { $0.operation is Flatten })
    {
      let input = flatten.inputs[0].shape.count
      adaptivelyPooled += input
      called += input
      calledByModules += input
    }
  }
}
