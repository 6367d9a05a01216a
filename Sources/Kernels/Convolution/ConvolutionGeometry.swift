import TensorCore

/// A convolution with concrete layouts: all the sizes that its kernels need.
package struct ConvolutionGeometry: Hashable, Sendable {
  /// The input, `batch × height × width × channels`.
  package let input: ActivationLayout
  /// The output, of the same batch.
  package let output: ActivationLayout
  /// Kernel, stride, padding and dilation.
  package let window: Window
  /// Groups of channels: outputs of a group depend on its inputs only.
  package let groups: Int
  /// Whether a batch norm and a ReLU are applied to the input as it is read; pointwise windows in one group
  /// only.
  package let normalizesInput: Bool

  /// A convolution from its layouts.
  package init(
    input: ActivationLayout, output: ActivationLayout, window: Window, groups: Int,
    normalizesInput: Bool = false
  ) {
    self.input = input
    self.output = output
    self.window = window
    self.groups = groups
    self.normalizesInput = normalizesInput
  }

  /// Input channels of one group.
  package var groupInputs: Int { input.channels / groups }

  /// Output channels of one group.
  package var groupOutputs: Int { output.channels / groups }

  /// Products that are summed for an output: input channels of a group times elements of the kernel.
  package var depth: Int { groupInputs * window.taps }

  /// Multiply-accumulates of the whole convolution.
  package var macs: Int { output.pixels * output.channels * depth }
}

/// What a convolution does to its results before it stores them.
package struct Epilogue: Hashable, Sendable {
  /// Whether a bias is added to every output channel.
  package var hasBias: Bool
  /// What is applied to the results last.
  package var activation: Activation

  /// An epilogue from its parts.
  package init(hasBias: Bool, activation: Activation) {
    self.hasBias = hasBias
    self.activation = activation
  }
}
