/// A rule by which the size of the input determines the padding.
package enum PaddingRule: Hashable, Sendable {
  /// TensorFlow's "SAME": as many outputs as the stride fits into the input, rounded up.
  ///
  /// If the padding is odd, the larger part follows the last input: with a stride of 2 and an even input, a
  /// 3×3 kernel has no padding above and on the left.
  case same
}

/// A sliding window in one direction, for convolution and pooling: kernel, stride, padding, dilation.
package struct WindowAxis: Hashable, Sendable {
  /// Elements of the kernel.
  package var kernel: Int
  /// Step from one output to the next.
  package var stride: Int
  /// Elements added before the first input.
  package var leadingPadding: Int
  /// Elements added after the last input.
  package var trailingPadding: Int
  /// Distance between two elements of the kernel.
  package var dilation: Int

  /// A window with a padding at each end.
  package init(
    kernel: Int, stride: Int = 1, leadingPadding: Int, trailingPadding: Int, dilation: Int = 1
  ) {
    self.kernel = kernel
    self.stride = stride
    self.leadingPadding = leadingPadding
    self.trailingPadding = trailingPadding
    self.dilation = dilation
  }

  /// A window with the same padding at both ends.
  package init(kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
    self.init(
      kernel: kernel, stride: stride, leadingPadding: padding, trailingPadding: padding, dilation: dilation)
  }

  /// A window over `input` elements, padded by a rule.
  package init(kernel: Int, stride: Int = 1, padding: PaddingRule, over input: Int, dilation: Int = 1) {
    self.init(kernel: kernel, stride: stride, dilation: dilation)
    switch padding {
    case .same:
      let total = max((input.dividedRoundingUp(by: stride) - 1) * stride + reach - input, 0)
      leadingPadding = total / 2
      trailingPadding = total - leadingPadding
    }
  }

  /// Input elements from the first to the last one under the kernel.
  package var reach: Int { dilation * (kernel - 1) + 1 }

  /// Whether anything is added to the input.
  package var isPadded: Bool { leadingPadding > 0 || trailingPadding > 0 }

  /// Elements of the input together with its padding.
  package func padded(_ input: Int) -> Int { leadingPadding + input + trailingPadding }

  /// Number of outputs, or `nil` if the window does not fit even once.
  ///
  /// Ceil mode adds a last window that extends beyond the input, unless it would start in the padding.
  package func outputs(of input: Int, ceilMode: Bool = false) -> Int? {
    let room = padded(input) - reach
    guard room >= 0 else { return nil }
    if !ceilMode { return room / stride + 1 }
    let outputs = room.dividedRoundingUp(by: stride) + 1
    return (outputs - 1) * stride >= leadingPadding + input ? outputs - 1 : outputs
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

  /// A square window over images of `input`, `[N, C, H, W]`, padded by a rule.
  package init(kernel: Int, stride: Int = 1, padding: PaddingRule, over input: Shape, dilation: Int = 1) {
    func axis(_ size: Int) -> WindowAxis {
      WindowAxis(kernel: kernel, stride: stride, padding: padding, over: size, dilation: dilation)
    }
    self.init(height: axis(input.height), width: axis(input.width))
  }

  /// Whether anything is added to the input.
  package var isPadded: Bool { height.isPadded || width.isPadded }

  /// Whether an output pixel depends only on the input pixel in the same place.
  package var isPointwise: Bool {
    self == Window(kernel: 1)
  }

  /// Elements of the kernel.
  package var taps: Int { height.kernel * width.kernel }
}
