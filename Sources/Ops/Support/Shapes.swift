import GraphIR
import TensorCore

extension Shape {
  /// This shape, if it is a feature map `[N, C, H, W]`.
  func asFeatureMap() throws(ShapeError) -> Shape {
    guard rank == 4 else { throw .wrongRank(expected: 4, found: self) }
    return self
  }

  /// This shape, if it is a batch of vectors `[N, C]`.
  func asVectors() throws(ShapeError) -> Shape {
    guard rank == 2 else { throw .wrongRank(expected: 2, found: self) }
    return self
  }
}

extension Shape {
  /// The shape of a factor for each channel: `[C, 1, 1]` for feature maps, `[C]` for vectors.
  var asFactors: Shape { rank == 4 ? [channels, 1, 1] : [channels] }
}

extension WindowAxis {
  /// Pads the end by what the last window of ceil mode needs, instead of the padding that there is.
  mutating func padToLastWindow(over input: Int) {
    guard let outputs = outputs(of: input, ceilMode: true) else { return }
    trailingPadding = max((outputs - 1) * stride + reach - leadingPadding - input, 0)
  }

  /// Number of outputs.
  ///
  /// Throws with the arithmetic if the window does not fit.
  func outputs(
    of input: Int, axis: String, ceilMode: Bool = false
  ) throws(ShapeError) -> Int {
    guard let outputs = outputs(of: input, ceilMode: ceilMode), outputs > 0 else {
      throw .windowTooLarge(
        axis: axis, input: input, padding: max(leadingPadding, trailingPadding), kernel: kernel,
        dilation: dilation)
    }
    return outputs
  }
}

extension Window {
  /// `[N, channels, H', W']` for an input `[N, C, H, W]`.
  func slide(
    over input: Shape, channels: Int, ceilMode: Bool = false
  ) throws(ShapeError) -> Shape {
    let input = try input.asFeatureMap()
    return [
      input.batch, channels,
      try height.outputs(of: input.height, axis: "height", ceilMode: ceilMode),
      try width.outputs(of: input.width, axis: "width", ceilMode: ceilMode),
    ]
  }

  /// The input pixels that an output reads.
  var footprint: Footprint {
    .window(
      kernel: [height.kernel, width.kernel], stride: [height.stride, width.stride],
      dilation: [height.dilation, width.dilation])
  }
}

extension Window {
  /// `3×3`.
  var size: String { "\(height.kernel)×\(width.kernel)" }

  /// `, /2` in the label of a box; empty for stride 1.
  var strideSuffix: String { height.stride == 1 && width.stride == 1 ? "" : ", /\(height.stride)" }
}

extension WindowAxis {
  /// The padding: `1` at both ends, or `0+1`.
  var padding: String {
    leadingPadding == trailingPadding ? "\(leadingPadding)" : "\(leadingPadding)+\(trailingPadding)"
  }
}

extension Window: CustomStringConvertible {
  /// `3×3, stride 2, padding 1`, with a number for each direction where they differ, and `0+1` for padding
  /// that differs at the two ends.
  package var description: String {
    func pair<Part: Equatable>(_ part: (WindowAxis) -> Part) -> String {
      part(height) == part(width) ? "\(part(height))" : "\(part(height))×\(part(width))"
    }
    var words = [size]
    if height.stride != 1 || width.stride != 1 { words.append("stride \(pair(\.stride))") }
    if isPadded { words.append("padding \(pair(\.padding))") }
    if height.dilation != 1 || width.dilation != 1 { words.append("dilation \(pair(\.dilation))") }
    return words.joined(separator: ", ")
  }
}
