import GraphIR

/// How the layers of a network are initialized.
///
/// Schemes that belong to one family stand in its folder; those here belong to none.
package struct InitializationScheme: Hashable, Sendable {
  /// What `--init` and a run's settings call it.
  package let name: String
  /// Weights of convolutions.
  package let convolution: Initializer
  /// Weights of linear layers.
  package let linear: Initializer
  /// Biases of convolutions.
  package let convolutionBias: Initializer
  /// Biases of linear layers.
  package let linearBias: Initializer
  /// Tensors that the scheme initializes differently, by name.
  package let exceptions: [String: Initializer]

  /// A scheme from its parts.
  package init(
    _ name: String, convolution: Initializer, linear: Initializer, convolutionBias: Initializer,
    linearBias: Initializer, exceptions: [String: Initializer] = [:]
  ) {
    self.name = name
    self.convolution = convolution
    self.linear = linear
    self.convolutionBias = convolutionBias
    self.linearBias = linearBias
    self.exceptions = exceptions
  }

  /// The initializer of the weights of a layer.
  package func weight(of layer: LayerKind) -> Initializer {
    switch layer {
    case .convolution: convolution
    case .linear: linear
    }
  }

  /// The initializer of the bias of a layer.
  package func bias(of layer: LayerKind) -> Initializer {
    switch layer {
    case .convolution: convolutionBias
    case .linear: linearBias
    }
  }
}

extension InitializationScheme {
  /// PyTorch's defaults.
  package static let torch = InitializationScheme(
    "torch", convolution: .fanInUniform, linear: .fanInUniform, convolutionBias: .fanInUniform,
    linearBias: .fanInUniform)

  /// Orthogonal weights, zero biases.
  package static let orthogonal = InitializationScheme(
    "orthogonal", convolution: .orthogonal, linear: .orthogonal, convolutionBias: .constant(0),
    linearBias: .constant(0))

  /// Xavier's uniform weights, zero biases.
  package static let xavier = InitializationScheme(
    "xavier", convolution: .xavierUniform, linear: .xavierUniform, convolutionBias: .constant(0),
    linearBias: .constant(0))

  /// The schemes that belong to no family.
  package static let general: [InitializationScheme] = [.torch, .orthogonal, .xavier]
}
