import GraphIR
import TensorCore

/// How the layers of a family are initialized.
package struct InitializationScheme: Hashable, Sendable {
  /// Weights of convolutions.
  package var convolution: Initializer
  /// Weights of linear layers.
  package var linear: Initializer
  /// Biases of convolutions; `nil` draws them as the weights of their layer.
  package var convolutionBias: Initializer?
  /// Biases of linear layers; `nil` draws them as the weights of their layer.
  package var linearBias: Initializer?

  /// A scheme from its parts.
  package init(
    convolution: Initializer, linear: Initializer, convolutionBias: Initializer?, linearBias: Initializer?
  ) {
    self.convolution = convolution
    self.linear = linear
    self.convolutionBias = convolutionBias
    self.linearBias = linearBias
  }

  /// PyTorch's layers when nobody asks; AlexNet and DenseNet's linear layer in torchvision.
  package static let torch = InitializationScheme(
    convolution: .fanInUniform, linear: .fanInUniform, convolutionBias: nil, linearBias: nil)
  /// torchvision's ResNet, ResNeXt and CIFAR ResNets: He on the gradients' side.
  package static let residual = InitializationScheme(
    convolution: .heNormal(.output), linear: .fanInUniform, convolutionBias: nil, linearBias: nil)
  /// torchvision's VGG.
  package static let vgg = InitializationScheme(
    convolution: .heNormal(.output), linear: .normal(deviation: 0.01), convolutionBias: .constant(0),
    linearBias: .constant(0))
  /// torchvision's DenseNet.
  package static let dense = InitializationScheme(
    convolution: .heNormal(.input), linear: .fanInUniform, convolutionBias: nil, linearBias: .constant(0))
  /// torchvision's GoogLeNet and Inception V3.
  package static let inception = InitializationScheme(
    convolution: .truncatedNormal(deviation: 0.1), linear: .truncatedNormal(deviation: 0.1),
    convolutionBias: nil, linearBias: nil)
  /// LeNet-5 of 1998.
  package static let lenet = InitializationScheme(
    convolution: .lecunUniform, linear: .lecunUniform, convolutionBias: nil, linearBias: nil)
  /// Orthogonal weights, biases zero.
  package static let orthogonal = InitializationScheme(
    convolution: .orthogonal, linear: .orthogonal, convolutionBias: .constant(0), linearBias: .constant(0))
  /// Xavier's uniform weights, biases zero.
  package static let xavier = InitializationScheme(
    convolution: .xavierUniform, linear: .xavierUniform, convolutionBias: .constant(0),
    linearBias: .constant(0))

  /// The schemes by the names that a command line gives them.
  package static let named: [(name: String, scheme: InitializationScheme)] = [
    ("torch", .torch), ("residual", .residual), ("vgg", .vgg), ("dense", .dense), ("inception", .inception),
    ("lenet", .lenet), ("orthogonal", .orthogonal), ("xavier", .xavier),
  ]
}

/// The values that an untrained network starts from: a pure function of seed and parameter name.
package struct InitialValues: ParameterSource {
  private let seed: UInt64
  private let rules: [String: Rule]
  private let codes: @Sendable (_ classes: Int) -> [Float]

  private struct Rule: Sendable {
    let initializer: Initializer
    let fanIn: Int
    let fanOut: Int
  }

  /// Values for the parameters of `network`.
  ///
  /// - Parameters:
  ///   - network: The network, auxiliary heads included.
  ///   - scheme: How its layers are initialized.
  ///   - seed: Where the random numbers come from.
  ///   - codes: The fixed codes of radial basis outputs, `[classes, features]`.
  package init(
    _ network: Graph, scheme: InitializationScheme, seed: UInt64,
    codes: @escaping @Sendable (_ classes: Int) -> [Float] = { _ in [] }
  ) {
    self.seed = seed
    self.codes = codes
    rules = network.nodes.reduce(into: [:]) { rules, node in Self.add(node, scheme, to: &rules) }
  }

  private static func add(_ node: Node, _ scheme: InitializationScheme, to rules: inout [String: Rule]) {
    let parameters = node.parameters.flatMap(\.tensors)
    let isLinear = node.operation.kind == "linear"
    // Layers whose weights come first; every other tensor is told by its name.
    let weights = parameters.first { $0.shape.rank > 1 && $0.role == .trainable }
    let fan = weights.map { fans($0, outputs: node.output.shape.channels) }
    for parameter in parameters {
      let initializer: Initializer
      if parameter.role != .trainable {
        initializer = .constant(parameter.name.hasSuffix("running_var") ? 1 : 0)
      } else if let weights, parameter == weights {
        initializer = isLinear ? scheme.linear : scheme.convolution
      } else if weights != nil {
        let layer = isLinear ? scheme.linear : scheme.convolution
        initializer = (isLinear ? scheme.linearBias : scheme.convolutionBias) ?? layer.ofBias
      } else if node.operation.kind == "subsample" {
        initializer = .lecunUniform
      } else {
        initializer = .constant(parameter.name.hasSuffix("bias") ? 0 : 1)
      }
      // A subsampling unit sees the cell that it adds up.
      let cell = node.inputs[0].shape.count / max(node.output.shape.count, 1)
      rules[parameter.name] = Rule(
        initializer: initializer, fanIn: fan?.into ?? cell, fanOut: fan?.out ?? cell)
    }
  }

  /// Inputs of an output unit, and outputs that an input unit feeds.
  private static func fans(_ weight: Parameter, outputs: Int) -> (into: Int, out: Int) {
    let dimensions = weight.shape.dimensions
    if dimensions.count == 3 {
      // `[connections, kH, kW]`: the mean over the output maps.
      let kernel = dimensions[1] * dimensions[2]
      let into = max(1, dimensions[0] * kernel / max(outputs, 1))
      return (into, into)
    }
    let kernel = dimensions.dropFirst(2).reduce(1, *)
    return (dimensions[1] * kernel, dimensions[0] * kernel)
  }

  /// Writes the first values of `parameter`.
  package func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) {
    if parameter.name.hasSuffix("codes"), parameter.shape.rank == 2 {
      let values = codes(parameter.shape[0])
      for i in destination.indices { destination[i] = i < values.count ? values[i] : 0 }
      return
    }
    guard let rule = rules[parameter.name] else { return destination.update(repeating: 0) }
    rule.initializer.fill(
      destination, shape: parameter.shape, fanIn: rule.fanIn, fanOut: rule.fanOut,
      CounterGenerator(seed: seed, FormulaNoise.key(of: parameter.name)))
  }
}

extension Initializer {
  /// What a bias gets where it is drawn like the weights beside it.
  fileprivate var ofBias: Initializer {
    switch self {
    case .fanInUniform, .lecunUniform: self
    case .truncatedNormal, .heNormal, .heUniform: .fanInUniform
    default: .constant(0)
    }
  }
}
