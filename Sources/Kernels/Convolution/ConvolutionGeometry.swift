import TensorCore

/// A convolution for concrete layouts: everything its kernels need to know about sizes.
package struct ConvolutionGeometry: Hashable, Sendable {
  /// The input, `batch × height × width × channels`.
  package let input: ActivationLayout
  /// The output, of the same batch.
  package let output: ActivationLayout
  /// Kernel, stride, padding and dilation.
  package let window: Window
  /// Groups of channels that do not see each other.
  package let groups: Int
  /// Whether a batch norm and a ReLU are applied to the input as it is read; pointwise windows in one group only.
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

  /// Products that make one output: input channels of a group times elements of the kernel.
  package var depth: Int { groupInputs * window.taps }

  /// Multiply-accumulates of the whole convolution.
  package var macs: Int { output.pixels * output.channels * depth }
}

/// What is done to the sums of a convolution or linear layer while they are still at hand.
package struct Epilogue: Hashable, Sendable {
  /// Whether a bias is added to every output channel.
  package var hasBias: Bool
  /// What is applied to the results after everything else.
  package var activation: Activation

  /// An epilogue from its parts.
  package init(hasBias: Bool, activation: Activation) {
    self.hasBias = hasBias
    self.activation = activation
  }
}

/// A second tensor that is added to the result: the shortcut of a residual block.
package struct Residual {
  /// First element.
  package let pointer: UnsafePointer<Float>
  /// Floats from pixel to pixel.
  package let pixelStride: Int

  /// A residual from its address.
  package init(_ pointer: UnsafePointer<Float>, pixelStride: Int) {
    self.pointer = pointer
    self.pixelStride = pixelStride
  }
}
