import GraphIR
import Ops
import TensorCore

/// DenseNet: Huang, Liu, van der Maaten, Weinberger, "Densely connected convolutional networks", CVPR 2017,
/// arXiv:1608.06993.
///
/// - Dense connectivity, eq. 2:                 ``denseBlock(_:layers:in:)``; each layer reads all earlier ones
/// - Growth rate k:                             ``growthRate``
/// - Bottleneck layers (B), 1×1 to 4k channels: ``denseLayer(_:in:)``
/// - Compression (C), θ:                        ``transition(_:in:)``
/// - Table 1 (ImageNet), table 2 (CIFAR):       ``entries``
///
/// Deviation: none known. Plain networks start with 16 channels and BC ones with 2k, as the paper says and its
/// counts confirm; the authors' later code always starts with 2k. Checkpoint names follow torchvision, also for the
/// CIFAR networks.
package struct DenseNet: Architecture {
  /// The layers in front of the first dense block.
  package enum Stem: Hashable, Sendable {
    /// 7×7 with stride 2 and a pool: a quarter of the resolution.
    case imageNet
    /// 3×3, for 32×32 images.
    case cifar
  }

  var stem: Stem
  var blocks: [Int]  // layers of each dense block
  var growthRate: Int  // k
  var stemChannels: Int  // of the first convolution
  var bottleneck: Bool  // B
  var compression: Double  // C: θ
  var dropout = 0.0

  package static let settings: [Setting<DenseNet>] = [
    depth,
    .integers("blocks", \.blocks, in: 1...512, "layers of each dense block"),
    .integer(
      "growthRate", \.growth, in: 1...1024,
      "channels that each layer adds, k; a stem of 2k channels follows it"),
    .integer("stemChannels", \.stemChannels, in: 1...65_536, "channels of the first convolution"),
    .flag("bottleneck", \.bottleneck, "whether a 1×1 to 4k channels precedes each 3×3 (B)"),
    .number("compression", \.compression, in: 0.01...1, "share of channels that a transition keeps, θ (C)"),
    .number("dropout", \.dropout, in: 0...1, "share of values dropped after each convolution of a layer"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let features = net["features"]
    var x: Value
    switch stem {
    case .imageNet:
      x = try features.conv("conv0", image, to: stemChannels, kernel: 7, stride: 2, padding: 3)  // 112×112
      x = try features.batchNormReLU("norm0", x)
      x = try features["pool0"].maxPool(x, kernel: 3, stride: 2, padding: 1)  // 56×56
    case .cifar:
      x = try features.conv("conv0", image, to: stemChannels, kernel: 3, padding: 1)  // 32×32
    }
    for (i, layers) in blocks.enumerated() {
      x = try denseBlock(x, layers: layers, in: features["denseblock\(i + 1)"])
      if i + 1 < blocks.count { x = try transition(x, in: features["transition\(i + 1)"]) }
    }
    x = try features.batchNormReLU("norm5", x)
    return try net.linear("classifier", net.globalAveragePool(x), to: classes)
  }

  /// Layers that append k channels each, in the order that checkpoints expect.
  private func denseBlock(_ x: Value, layers: Int, in net: Scope) throws(GraphError) -> Value {
    var x = x
    for i in 1...layers {
      let layer = net["denselayer\(i)"]
      x = try layer.concat([x, denseLayer(x, in: layer)])
    }
    return x
  }

  /// BN–ReLU–3×3 to k channels, with bottlenecks after a BN–ReLU–1×1 to 4k.
  private func denseLayer(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    var y = try net.batchNormReLU("norm1", x)
    if bottleneck {
      y = try dropped(net.conv("conv1", y, to: 4 * growthRate, kernel: 1), in: net)
      y = try net.batchNormReLU("norm2", y)
    }
    y = try net.conv(bottleneck ? "conv2" : "conv1", y, to: growthRate, kernel: 3, padding: 1)
    return try dropped(y, in: net)
  }

  /// BN–ReLU–1×1 from m to ⌊θ m⌋ channels, average pool 2×2.
  private func transition(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    var y = try net.batchNormReLU("norm", x)
    y = try net.conv("conv", y, to: compressed(x.shape.channels), kernel: 1)
    y = try dropped(y, in: net)
    return try net["pool"].averagePool(y, kernel: 2, stride: 2)
  }

  private func compressed(_ maps: Int) -> Int {
    max(1, Int(Double(maps) * compression + 1e-9))  // 0.7 · 10 is 6.999… in binary
  }

  private func dropped(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    dropout > 0 ? try net.dropout(x, rate: dropout) : x
  }
}

extension DenseNet {
  /// k as `--set` changes it: a stem of 2k channels follows it.
  fileprivate var growth: Int {
    get { growthRate }
    set {
      if stemChannels == 2 * growthRate { stemChannels = 2 * newValue }
      growthRate = newValue
    }
  }

  /// Layers of the first block, for networks whose blocks are alike.
  fileprivate var layersPerBlock: Int {
    get { blocks[0] }
    set { blocks = blocks.map { _ in newValue } }
  }

  /// Layers with weights: two per bottleneck layer or one per plain layer, one per transition, the stem, the classifier.
  ///
  /// The paper's own depth where it gives one: by this count its DenseNet-264 would have 265.
  fileprivate var layers: Int {
    let row = Self.table.first { stem == .imageNet && bottleneck && $0.blocks == blocks }
    return row?.depth ?? blocks.reduce(0, +) * (bottleneck ? 2 : 1) + blocks.count + 1
  }

  /// Table 1's depths on ImageNet; three equal blocks on CIFAR.
  private static var depth: Setting<DenseNet> {
    let imageNet = Setting<DenseNet>.depth(
      oneOf: table.map(\.depth), read: \.layers,
      choose: { densenet, depth in
        for row in table where row.depth == depth { densenet.blocks = row.blocks }
      })
    let cifar = Setting<DenseNet>.depth(\.layersPerBlock, upTo: 512) {
      DepthFormula($0.bottleneck ? 6 : 3, plus: 4)
    }
    return Setting("depth", "layers with weights", read: { String($0.layers) }) {
      (densenet, text) throws(SettingError) in
      try (densenet.stem == .imageNet ? imageNet : cifar).apply(&densenet, text)
    }
  }

  /// Layers of the four dense blocks, table 1.
  private static let table: [(depth: Int, blocks: [Int])] = [
    (121, [6, 12, 24, 16]), (161, [6, 12, 36, 24]), (169, [6, 12, 32, 32]), (201, [6, 12, 48, 32]),
    (264, [6, 12, 64, 48]),
  ]
}

/// torchvision writes the last ReLU and the average after it as functions.
extension DenseNet {
  package var frameworkSource: FrameworkSource {
    FrameworkSource { nodes in
      Set(nodes.indices.drop { nodes[$0].name != "features.norm5" })
    }
  }
}
