import GraphIR
import TensorCore

extension ONNXForm {
  /// The attributes of a sliding window whose padding is not negative.
  static func attributes(of window: Window) -> [(name: String, value: Attribute)] {
    let (rows, columns) = (window.height, window.width)
    var attributes: [(name: String, value: Attribute)] = [
      ("kernel_shape", .integers([rows.kernel, columns.kernel])),
      ("strides", .integers([rows.stride, columns.stride])),
      (
        "pads",
        .integers([
          rows.leadingPadding, columns.leadingPadding, rows.trailingPadding, columns.trailingPadding,
        ])
      ),
    ]
    if (rows.dilation, columns.dilation) != (1, 1) {
      attributes.append(("dilations", .integers([rows.dilation, columns.dilation])))
    }
    return attributes
  }

  /// Adds the other input of a sum, if there is one, and applies an activation.
  mutating func finish(adding other: Operand? = nil, _ activation: Activation) {
    if let other { add("Add", output, other) }
    activate(activation)
  }

  /// The channels of all groups in turn: channel g · n + c goes to c · groups + g.
  ///
  /// `shape` is that of the last result, `[N, C, H, W]`. An extent of 0 stands for that of the input.
  mutating func shuffle(groups: Int, _ shape: Shape) {
    let (channels, pixels) = (shape.channels, [shape.height, shape.width])
    add("Reshape", output, .integers([0, groups, channels / groups] + pixels))
    add("Transpose", output, attributes: [("perm", .integers([0, 2, 1, 3, 4]))])
    add("Reshape", output, .integers([0, channels] + pixels))
  }
}
