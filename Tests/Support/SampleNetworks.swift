import TensorCore
import GraphIR
import Ops
import TensorCore

/// Networks that several suites share.
package enum SampleNetworks {
  /// A network for training, 6 images of 12 × 12 in 4 classes: dense layers in one buffer, a residual with a
  /// stride, an auxiliary head, dropout.
  package static func denseAndResidual(dropout: Double = 0.2) throws -> Graph {
    try Graph.build(input: [6, 3, 12, 12]) { (image, net) throws(GraphError) in
      var x = try net.batchNormReLU("norm", net.conv("stem", image, to: 12, kernel: 3, padding: 1))
      for layer in 0..<3 {
        let dense = net["dense"][layer]
        var y = try dense.conv("conv1", dense.batchNormReLU("norm1", x), to: 16, kernel: 1)
        y = try dense.conv("conv2", dense.batchNormReLU("norm2", y), to: 6, kernel: 3, padding: 1)
        x = try dense.concat([x, dense.dropout(y, rate: dropout)])
      }
      let trunk = x
      try net.auxiliary("aux", lossWeight: 0.4) { head throws(GraphError) in
        try head.linear("fc", head.globalAveragePool(trunk), to: 4)
      }
      let shortcut = try net.conv("shortcut", x, to: 20, kernel: 1, stride: 2)
      var y = try net.batchNormReLU("bn1", net.conv("conv1", x, to: 20, kernel: 3, stride: 2, padding: 1))
      y = try net.batchNorm("bn2", net.conv("conv2", y, to: 20, kernel: 3, padding: 1))
      x = try net.relu(net.sum(y, shortcut))
      x = try net.maxPool(x, kernel: 3, stride: 2, padding: 1)
      return try net.linear("fc", net.dropout(net.flatten(x), rate: 2 * dropout), to: 4)
    }
  }
}
