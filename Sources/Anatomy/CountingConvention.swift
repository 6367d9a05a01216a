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
    case .fvcore: "adds 2 per element of batch norms and 1 per input of adaptive poolings"
    case .ptflops:
      "adds biases, 2 per element of batch norms, 1 per input of ReLUs and poolings (2 where they are modules)"
    case .torchinfo: "adds biases at every output and each batch norm's parameters once"
    case .darknet: "2 a multiply-add, convolutions only (BFLOPs)"
    }
  }

  /// The count of `graph` in this convention.
  ///
  /// `model` is the name of the network: what some tools see depends on how torchvision implements it.
  package func count(_ graph: Graph, model: String) -> Int {
    let tally = Tally(graph.withoutAuxiliaries(), source: FrameworkSource(of: model))
    let work = tally.work
    return switch self {
    case .paper, .torchvision: work.macs
    case .fvcore: work.macs + 2 * work.normalizedElements + work.adaptivePoolInputs
    case .ptflops:
      work.macs + work.biasedOutputs + 2 * work.normalizedElements + work.calledInputs
        + tally.calledByModules
    case .torchinfo: work.macs + work.biasedOutputs + work.normParameters
    case .darknet: 2 * work.convolutionMACs
    }
  }
}

/// The work of all operators, as the tools see it.
private struct Tally {
  var work = CountedWork.none
  /// Those of ``CountedWork/calledInputs`` whose caller is a module: ptflops counts them a second time.
  var calledByModules = 0

  init(_ graph: Graph, source: FrameworkSource) {
    for (index, node) in graph.nodes.enumerated() {
      work += node.countedWork
      if !source.callsAsFunction(index, of: graph) { calledByModules += node.countedWork.calledInputs }
    }
    if source == .fittingPool, work.adaptivePoolInputs == 0, let features = graph.flattenedFeatures {
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

/// What tools see in torchvision's source and the graph does not show: which ReLUs and poolings are plain
/// functions instead of modules, and a pooling that changes nothing.
private enum FrameworkSource {
  /// Modules throughout.
  case modules
  /// GoogLeNet: every ReLU is a function.
  case functionalActivations
  /// Inception V3: every ReLU, and the poolings inside the inception modules.
  case functionalBranches
  /// DenseNet: the last ReLU and the average behind it.
  case functionalTail
  /// AlexNet and VGG: an adaptive pooling in front of the classifier, to the size that its input already has.
  case fittingPool

  init(of model: String) {
    self =
      switch model {
      case "googlenet": .functionalActivations
      case "inception_v3": .functionalBranches
      case "alexnet": .fittingPool
      case _ where model.hasPrefix("vgg"): .fittingPool
      case _ where model.hasPrefix("densenet"): .functionalTail
      default: .modules
      }
  }

  func callsAsFunction(_ index: Int, of graph: Graph) -> Bool {
    let node = graph.nodes[index]
    let work = node.countedWork
    switch self {
    case .modules, .fittingPool: return false
    case .functionalActivations: return work.activationInputs > 0
    case .functionalBranches:
      return work.activationInputs > 0 || work.poolInputs > 0 && node.name.hasPrefix("Mixed_")
    case .functionalTail:
      return index > graph.nodes.lastIndex { $0.countedWork.normalizedElements > 0 } ?? 0
    }
  }
}
