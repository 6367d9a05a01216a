import GraphIR
import Ops
import TensorCore

/// What a backward pass needs of the forward pass, counted while walking through a network.
///
/// A value that several layers need is kept once. ReLU and max pooling write over nothing that the
/// layer before them needs, so their own output and the index of the maximum are enough.
struct KeptValues {
  private var kept: Set<Value> = []

  /// Bytes that `node` adds.
  mutating func add(_ node: Node) -> Int {
    let output = node.output.shape.count
    let float = MemoryLayout<Float>.stride
    switch node.operation {
    case is Convolution, is Linear, is LocalResponseNorm:
      return keep(node.inputs)  // the gradient of the weights is a product with the input
    case is BatchNorm:
      return keep(node.inputs) + 2 * node.output.shape.channels * float  // mean and deviation of the batch
    case is Activate:
      return keep([node.output])  // the derivative is a function of the result
    case let pool as Pool where pool.isMaximum:
      return output * MemoryLayout<Int32>.stride  // where each maximum was
    case is Dropout:
      return output  // one byte an element: dropped or not
    case is Pool, is AdaptiveAveragePool, is Add, is Concat, is Flatten:
      return 0  // linear with known coefficients
    default:
      return keep(node.inputs)
    }
  }

  private mutating func keep(_ values: [Value]) -> Int {
    values.reduce(0) { bytes, value in
      kept.insert(value).inserted ? bytes + value.shape.count * MemoryLayout<Float>.stride : bytes
    }
  }
}
