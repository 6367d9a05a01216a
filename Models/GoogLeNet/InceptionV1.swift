import GraphIR
import Ops
import TensorCore

/// GoogLeNet as published, "Inception V1": Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke,
/// Rabinovich, "Going deeper with convolutions", CVPR 2015, arXiv:1409.4842.
///
/// - Inception module, figure 2 b:   ``inception(_:_:in:)``, with the widths of ``InceptionModule``
/// - Table 1, figure 3:              ``logits(_:classes:in:)``
/// - Auxiliary classifiers, §5:      ``auxiliaryHead(_:classes:in:)``, loss weight 0.3
///
/// The paper leaves open response normalization, the rounding of the pools, and names: they follow Caffe
/// (`bvlc_googlenet`), with `.` for `/` in names.
///
/// Deviation: none known at 224×224. At other sizes the last pool is global, and the auxiliary heads pool to 4×4.
package struct InceptionV1: Architecture {
  var dropout = 0.4
  var headDropout = 0.7

  package static let settings: [Setting<InceptionV1>] = [
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
    .number("headDropout", \.headDropout, in: 0...1, "share of features dropped in the auxiliary heads"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try conv("7x7_s2", image, to: 64, kernel: 7, stride: 2, in: net["conv1"])  // 112×112
    x = try normalized("norm1", pool("pool1", x, in: net), in: net)  // 56×56
    x = try conv("3x3_reduce", x, to: 64, kernel: 1, in: net["conv2"])
    x = try conv("3x3", x, to: 192, kernel: 3, in: net["conv2"])
    x = try pool("pool2", normalized("norm2", x, in: net), in: net)  // 28×28
    x = try inception(.inception3a, x, in: net["inception_3a"])
    x = try inception(.inception3b, x, in: net["inception_3b"])
    x = try pool("pool3", x, in: net)  // 14×14
    x = try inception(.inception4a, x, in: net["inception_4a"])
    try net.auxiliary("loss1", lossWeight: 0.3) { head throws(GraphError) in
      try auxiliaryHead(x, classes: classes, in: head)
    }
    x = try inception(.inception4b, x, in: net["inception_4b"])
    x = try inception(.inception4c, x, in: net["inception_4c"])
    x = try inception(.inception4d, x, in: net["inception_4d"])
    try net.auxiliary("loss2", lossWeight: 0.3) { head throws(GraphError) in
      try auxiliaryHead(x, classes: classes, in: head)
    }
    x = try inception(.inception4e, x, in: net["inception_4e"])
    x = try pool("pool4", x, in: net)  // 7×7
    x = try inception(.inception5a, x, in: net["inception_5a"])
    x = try inception(.inception5b, x, in: net["inception_5b"])
    x = try net.dropout(net.globalAveragePool(x), rate: dropout)
    return try net["loss3"].linear("classifier", x, to: classes)
  }

  /// 1×1; 1×1 and 3×3; 1×1 and 5×5; pool and 1×1: side by side.
  private func inception(
    _ maps: InceptionModule, _ x: Value, in net: Scope
  ) throws(GraphError) -> Value {
    let one = try conv("1x1", x, to: maps.one, kernel: 1, in: net)
    var three = try conv("3x3_reduce", x, to: maps.threeReduce, kernel: 1, in: net)
    three = try conv("3x3", three, to: maps.three, kernel: 3, in: net)
    var five = try conv("5x5_reduce", x, to: maps.fiveReduce, kernel: 1, in: net)
    five = try conv("5x5", five, to: maps.five, kernel: 5, in: net)
    let pooled = try net.maxPool(x, kernel: 3, stride: 1, padding: 1)
    let projection = try conv("pool_proj", pooled, to: maps.projection, kernel: 1, in: net)
    return try net.concat([one, three, five, projection])
  }

  /// Average pool 5×5, 1×1 to 128 channels, two fully connected layers.
  private func auxiliaryHead(_ x: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var y = try net.averagePool(net.atLeast(5, x), kernel: 5, stride: 3, ceilMode: true)  // 4×4
    y = try conv("conv", net.fitted(y, to: 4), to: 128, kernel: 1, in: net)
    y = try net.relu(net.linear("fc", net.flatten(y), to: 1024))
    return try net.linear("classifier", net.dropout(y, rate: headDropout), to: classes)
  }

  /// Convolution that keeps the size but for its stride, bias, ReLU.
  private func conv(
    _ name: String, _ x: Value, to channels: Int, kernel: Int, stride: Int = 1, in net: Scope
  ) throws(GraphError) -> Value {
    try net.relu(
      net.conv(
        name, x, to: channels, kernel: kernel, stride: stride, padding: kernel / 2, bias: true))
  }

  /// 3×3, stride 2, rounding up.
  private func pool(_ name: String, _ x: Value, in net: Scope) throws(GraphError) -> Value {
    try net[name].maxPool(x, kernel: 3, stride: 2, ceilMode: true)
  }

  private func normalized(_ name: String, _ x: Value, in net: Scope) throws(GraphError) -> Value {
    try net.localResponseNorm(name, x, size: 5, alpha: 1e-4, beta: 0.75, bias: 1)
  }
}
