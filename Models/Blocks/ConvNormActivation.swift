import GraphIR
import Ops
import TensorCore

/// What a checkpoint calls a convolution and the batch norm behind it.
struct ConvNormNames {
  let conv: String
  let norm: String

  init(_ conv: String, _ norm: String) {
    self.conv = conv
    self.norm = norm
  }

  /// In a scope of their own: torchvision's `Conv2dNormActivation`.
  static let numbered = ConvNormNames("0", "1")
  /// In a scope of their own: timm's `ConvNormAct`.
  static let named = ConvNormNames("conv", "bn")

  /// The same in the scope `name`.
  func inside(_ name: String) -> ConvNormNames { ConvNormNames("\(name).\(conv)", "\(name).\(norm)") }
}

/// What the batch norms of a network have in common.
struct NormSettings {
  /// Added to the variance.
  var epsilon = 1e-5
  /// Weight of a batch in the running averages.
  var momentum = 0.1
}

/// How a convolution is padded so that stride 1 keeps the size.
enum ConvPadding: Hashable, Sendable {
  /// The same on all sides, as PyTorch's networks are.
  case symmetric
  /// TensorFlow's "SAME": with stride 2, there may be less above and on the left.
  case same

  func window(kernel: Int, stride: Int, over image: Shape) -> Window {
    switch self {
    case .symmetric: Window(kernel: kernel, stride: stride, padding: kernel / 2)
    case .same: Window(kernel: kernel, stride: stride, padding: .same, over: image)
    }
  }
}

extension Scope {
  /// Convolution without bias, batch norm, activation.
  func convNorm(
    _ names: ConvNormNames, _ input: Value, to channels: Int, kernel: Int, stride: Int = 1,
    padding: ConvPadding = .symmetric, groups: Int = 1, norm: NormSettings = NormSettings(),
    activation: Activation = .identity
  ) throws(GraphError) -> Value {
    let window = padding.window(kernel: kernel, stride: stride, over: input.shape)
    let y = try conv(names.conv, input, to: channels, window: window, groups: groups)
    let normalized = try batchNorm(names.norm, y, epsilon: norm.epsilon, momentum: norm.momentum)
    return activation == .identity ? normalized : try activate(normalized, activation)
  }
}
