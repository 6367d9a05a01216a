/// A sliding window in one direction, for convolution and pooling: kernel, stride, padding, dilation.
package struct WindowAxis: Hashable, Sendable {
  /// Elements of the kernel.
  package var kernel: Int
  /// Step from one output to the next.
  package var stride: Int
  /// Elements added before the first and after the last input.
  package var padding: Int
  /// Distance between two elements of the kernel.
  package var dilation: Int

  /// A window from its parts.
  package init(kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  /// Input elements from the first to the last one under the kernel.
  package var reach: Int { dilation * (kernel - 1) + 1 }

  /// Number of outputs, or `nil` if the window does not fit even once.
  ///
  /// Ceil mode adds a last window that extends beyond the input, unless it would start in the padding.
  package func outputs(of input: Int, ceilMode: Bool = false) -> Int? {
    let room = input + 2 * padding - reach
    guard room >= 0 else { return nil }
    if !ceilMode { return room / stride + 1 }
    let outputs = room.dividedRoundingUp(by: stride) + 1
    return (outputs - 1) * stride >= input + padding ? outputs - 1 : outputs
  }
}

/// A sliding window over height and width.
package struct Window: Hashable, Sendable {
  /// Along the rows.
  package var height: WindowAxis
  /// Along the columns.
  package var width: WindowAxis

  /// A window from its two directions.
  package init(height: WindowAxis, width: WindowAxis) {
    self.height = height
    self.width = width
  }

  /// A square window.
  package init(kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
    let axis = WindowAxis(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    self.init(height: axis, width: axis)
  }

  /// Whether an output pixel depends only on the input pixel in the same place.
  package var isPointwise: Bool {
    self == Window(kernel: 1)
  }

  /// Elements of the kernel.
  package var taps: Int { height.kernel * width.kernel }
}
