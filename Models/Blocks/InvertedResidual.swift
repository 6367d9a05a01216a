import GraphIR
import Ops
import TensorCore

/// An inverted residual: 1×1 to many channels, a depthwise convolution of each, 1×1 to few channels without activation,
/// and a shortcut between the few (Sandler et al., 2018, figure 4 d).
struct InvertedResidual {
  /// What a checkpoint calls the layers.
  struct Names {
    var expand: ConvNormNames
    var depthwise: ConvNormNames
    var squeeze: String
    var project: ConvNormNames

    init(
      expand: ConvNormNames, depthwise: ConvNormNames, squeeze: String = "", project: ConvNormNames
    ) {
      self.expand = expand
      self.depthwise = depthwise
      self.squeeze = squeeze
      self.project = project
    }

    /// torchvision's MobileNetV3 and EfficientNet: parts are numbered, and only those that are there.
    static func torchvision(expands: Bool, squeezes: Bool) -> Names {
      let depthwise = expands ? 1 : 0
      return Names(
        expand: .numbered.inside("0"), depthwise: .numbered.inside("\(depthwise)"),
        squeeze: "\(depthwise + 1)", project: .numbered.inside("\(depthwise + (squeezes ? 2 : 1))"))
    }

    /// timm's.
    static func timm(expands: Bool) -> Names {
      expands
        ? Names(
          expand: .init("conv_pw", "bn1"), depthwise: .init("conv_dw", "bn2"), squeeze: "se",
          project: .init("conv_pwl", "bn3"))
        : Names(
          expand: .init("", ""), depthwise: .init("conv_dw", "bn1"), squeeze: "se",
          project: .init("conv_pw", "bn2"))
    }
  }

  /// Channels between the two 1×1; where the input has as many, there is no first 1×1.
  var expanded: Int
  /// Channels of the result.
  var channels: Int
  /// Of the depthwise convolution.
  var kernel: Int
  /// Of the depthwise convolution.
  var stride: Int
  var activation: Activation
  /// Behind the depthwise convolution, if there is any (Tan et al., 2019).
  var squeeze: SqueezeExcitation?
  var padding = ConvPadding.symmetric
  var norm = NormSettings()
  /// Probability that training drops the block and leaves the shortcut.
  var dropRate = 0.0
  var names: Names
}

extension Scope {
  /// An inverted residual block; the shortcut is there where the shape stays.
  func invertedResidual(_ x: Value, _ block: InvertedResidual) throws(GraphError) -> Value {
    let (names, norm, activation) = (block.names, block.norm, block.activation)
    var y = x
    if block.expanded != x.shape.channels {
      y = try convNorm(
        names.expand, y, to: block.expanded, kernel: 1, norm: norm, activation: activation)
    }
    y = try convNorm(
      names.depthwise, y, to: block.expanded, kernel: block.kernel, stride: block.stride,
      padding: block.padding, groups: block.expanded, norm: norm, activation: activation)
    if let squeeze = block.squeeze { y = try self[names.squeeze].squeezeExcitation(y, squeeze) }
    y = try convNorm(names.project, y, to: block.channels, kernel: 1, norm: norm)
    guard block.stride == 1 && block.channels == x.shape.channels else { return y }
    if block.dropRate > 0 { y = try stochasticDepth(y, rate: block.dropRate) }
    return try sum(y, x)
  }
}
