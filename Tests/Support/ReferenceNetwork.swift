import Glibc
import GraphIR
import Kernels
import Ops
import TensorCore

/// A network in training, in plain loops and double, `[N, C, H, W]`: the reference for backward passes.
package struct ReferenceNetwork {
  private let graph: Graph
  private let images: [Double]
  private let seed: UInt64
  private let normsAreFrozen: Bool

  /// What the forward pass of a step computes.
  package struct Result {
    /// Logits of the main classifier, then of the auxiliary heads.
    package var logits: [[Double]] = []
    /// Mean and unbiased variance of the batch, by path of the norm.
    package var statistics: [String: (mean: [Double], variance: [Double])] = [:]
  }

  /// A network as the architecture builds it, for one batch.
  ///
  /// Its batch norms go by the statistics of the batch, or if they are `frozen` by the stored ones.
  package init(_ graph: Graph, images: [Float], seed: UInt64, normsAreFrozen: Bool = false) {
    self.graph = graph
    self.normsAreFrozen = normsAreFrozen
    self.images = images.map(Double.init)
    self.seed = seed
  }

  /// The forward pass with `parameters` by name.
  package func forward(_ parameters: [String: [Double]]) -> Result {
    var result = Result()
    var values = [graph.input.id: images]
    for node in graph.nodes {
      let inputs = node.inputs.map { Tensor(shape: $0.shape, values: values[$0.id] ?? []) }
      let tensors = node.parameters.flatMap(\.tensors).map { parameters[$0.name] ?? [] }
      values[node.output.id] = evaluate(node, inputs, tensors, &result)
    }
    result.logits = ([graph.output] + graph.auxiliaries.map(\.logits)).map { values[$0.id] ?? [] }
    return result
  }

  private struct Tensor {
    let shape: Shape
    var values: [Double]

    subscript(n: Int, c: Int, y: Int, x: Int) -> Double {
      guard y >= 0, y < shape.height, x >= 0, x < shape.width else { return 0 }
      return values[((n * shape.channels + c) * shape.height + y) * shape.width + x]
    }
  }

  private func evaluate(
    _ node: Node, _ inputs: [Tensor], _ tensors: [[Double]], _ result: inout Result
  ) -> [Double] {
    let x = inputs[0]
    let output = node.output.shape
    switch node.operation {
    case let operation as Activate: return x.values.map(operation.activation.reference)
    case is Add: return zip(x.values, inputs[1].values).map(+)
    case is Flatten: return x.values
    case let operation as Convolution:
      return convolve(
        x, tensors[0], bias: operation.hasBias ? tensors[1] : nil, operation.window,
        groups: operation.groups, output)
    case let operation as MappedConvolution:
      let taps = operation.window.taps
      var dense = [Double](repeating: 0, count: output.channels * x.shape.channels * taps)
      var kernel = 0
      for (map, sources) in operation.sources.enumerated() {
        for source in sources {
          for tap in 0..<taps {
            dense[(map * x.shape.channels + source) * taps + tap] = tensors[0][kernel * taps + tap]
          }
          kernel += 1
        }
      }
      return convolve(x, dense, bias: tensors[1], operation.window, groups: 1, output)
    case let operation as Linear:
      let count = x.shape.channels
      return each(output) { n, o, _, _ in
        (0..<count).reduce(operation.hasBias ? tensors[1][o] : 0) {
          $0 + x.values[n * count + $1] * tensors[0][o * count + $1]
        }
      }
    case is RadialBasis:
      let count = x.shape.channels
      return each(output) { n, o, _, _ in
        -(0..<count).reduce(0.0) {
          let difference = x.values[n * count + $1] - tensors[0][o * count + $1]
          return $0 + difference * difference
        }
      }
    case let operation as BatchNorm:
      return normalize(node, operation, x, tensors, &result)
    case let operation as Pool:
      return pool(operation, x, output)
    case let operation as AdaptiveAveragePool:
      return each(output) { n, c, y, column in
        let rows = y * x.shape.height / operation.height
        let lastRow = ((y + 1) * x.shape.height + operation.height - 1) / operation.height
        let columns = column * x.shape.width / operation.width
        let lastColumn = ((column + 1) * x.shape.width + operation.width - 1) / operation.width
        var sum = 0.0
        for row in rows..<lastRow { for at in columns..<lastColumn { sum += x[n, c, row, at] } }
        return sum / Double((lastRow - rows) * (lastColumn - columns))
      }
    case is Concat:
      return each(output) { n, c, y, column in
        var channel = c
        for input in inputs {
          if channel < input.shape.channels { return input[n, channel, y, column] }
          channel -= input.shape.channels
        }
        return .nan
      }
    case let operation as Dropout:
      let noise = FormulaNoise(name: node.name, seed: seed)
      return each(output) { n, c, y, column in
        let index = ((n * output.height + y) * output.width + column) * output.channels + c
        return noise[index] >= Float(2 * operation.rate - 1) ? x[n, c, y, column] / (1 - operation.rate) : 0
      }
    case let operation as Slice:
      return each(output) { n, c, y, column in x[n, operation.first + c, y, column] }
    case let operation as ChannelShuffle:
      let width = output.channels / operation.groups
      return each(output) { n, c, y, column in
        x[n, c % operation.groups * width + c / operation.groups, y, column]
      }
    case is Multiply:
      return each(output) { n, c, y, column in x[n, c, y, column] * inputs[1][n, c, 0, 0] }
    case let operation as Scale:
      return x.values.map { $0 * operation.factor }
    case is ChannelScale:
      return each(output) { n, c, y, column in x[n, c, y, column] * tensors[0][c] }
    case let operation as StochasticDepth:
      return each(output) { n, c, y, column in
        x[n, c, y, column] * Double(operation.factor(image: n, node: node.name, seed: seed))
      }
    case let operation as LayerNorm:
      let count = Double(output.channels)
      return each(output) { n, c, y, column in
        let pixel = (0..<output.channels).map { x[n, $0, y, column] }
        let mean = pixel.reduce(0, +) / count
        let variance = pixel.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        return (pixel[c] - mean) / (variance + operation.epsilon).squareRoot() * tensors[0][c] + tensors[1][c]
      }
    case let operation as LocalResponseNorm:
      return each(output) { n, c, y, column in
        let first = c - operation.norm.size / 2
        let squares = (max(first, 0)..<min(first + operation.norm.size, output.channels)).reduce(0.0) {
          $0 + x[n, $1, y, column] * x[n, $1, y, column]
        }
        let base =
          Double(operation.norm.bias) + Double(operation.norm.alpha) / Double(operation.norm.size) * squares
        return x[n, c, y, column] * pow(base, -Double(operation.norm.beta))
      }
    case let operation as ChannelAffine:
      return each(output) { n, c, y, column in
        x[n, c, y, column] * Double(operation.scale[c]) + Double(operation.shift[c])
      }
    case let operation as Subsample:
      return each(output) { n, c, y, column in
        var sum = 0.0
        for dy in 0..<operation.size {
          for dx in 0..<operation.size {
            sum += x[n, c, y * operation.size + dy, column * operation.size + dx]
          }
        }
        return tensors[0][c] * sum + tensors[1][c]
      }
    case let operation as PaddedSubsample:
      let before = operation.zeros == .behind ? 0 : (output.channels - x.shape.channels) / 2
      return each(output) { n, c, y, column in
        let channel = c - before
        return channel < 0 || channel >= x.shape.channels
          ? 0 : x[n, channel, y * operation.stride, column * operation.stride]
      }
    default:
      return [Double](repeating: .nan, count: output.count)  // an operator without a reference
    }
  }

  private func each(_ shape: Shape, _ body: (Int, Int, Int, Int) -> Double) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(shape.count)
    for n in 0..<shape.batch {
      for c in 0..<shape.channels {
        for y in 0..<shape.height { for x in 0..<shape.width { values.append(body(n, c, y, x)) } }
      }
    }
    return values
  }

  private func convolve(
    _ x: Tensor, _ weight: [Double], bias: [Double]?, _ window: Window, groups: Int, _ output: Shape
  ) -> [Double] {
    // Written for debug builds: one pass over each kernel's element, rows by pointer.
    let inputs = x.shape.channels / groups
    let (rows, columns) = (x.shape.height, x.shape.width)
    let (height, width) = (window.height, window.width)
    let taps = window.taps
    var result = each(output) { _, o, _, _ in bias?[o] ?? 0 }
    result.withUnsafeMutableBufferPointer { result in
      x.values.withUnsafeBufferPointer { x in
        for plane in 0..<output.batch * output.channels {
          let (n, o) = plane.quotientAndRemainder(dividingBy: output.channels)
          let first = n * inputs * groups + o / (output.channels / groups) * inputs
          for c in 0..<inputs {
            for tap in 0..<taps {
              let w = weight[(o * inputs + c) * taps + tap]
              let (ky, kx) = tap.quotientAndRemainder(dividingBy: width.kernel)
              for y in 0..<output.height {
                let row = y * height.stride - height.leadingPadding + ky * height.dilation
                guard row >= 0 && row < rows else { continue }
                let source = ((first + c) * rows + row) * columns
                var at = kx * width.dilation - width.leadingPadding
                var target = (plane * output.height + y) * output.width
                for _ in 0..<output.width {
                  if at >= 0 && at < columns { result[target] += w * x[source + at] }
                  at += width.stride
                  target += 1
                }
              }
            }
          }
        }
      }
    }
    return result
  }

  private func normalize(
    _ node: Node, _ operation: BatchNorm, _ x: Tensor, _ tensors: [[Double]], _ result: inout Result
  ) -> [Double] {
    let shape = x.shape
    let area = shape.height * shape.width
    let count = Double(shape.batch * area)
    func sum(_ channel: Int, _ term: (Double) -> Double) -> Double {
      (0..<shape.batch).reduce(0.0) { total, n in
        let first = (n * shape.channels + channel) * area
        return x.values[first..<first + area].reduce(total) { $0 + term($1) }
      }
    }
    if normsAreFrozen {
      return each(shape) { n, c, y, column in
        (x[n, c, y, column] - tensors[2][c]) / (tensors[3][c] + operation.epsilon).squareRoot()
          * tensors[0][c]
          + tensors[1][c]
      }
    }
    let mean = (0..<shape.channels).map { sum($0) { $0 } / count }
    let squares = (0..<shape.channels).map { c in sum(c) { ($0 - mean[c]) * ($0 - mean[c]) } }
    result.statistics[node.name] = (mean, squares.map { $0 / max(count - 1, 1) })
    return each(shape) { n, c, y, column in
      (x[n, c, y, column] - mean[c]) / (squares[c] / count + operation.epsilon).squareRoot()
        * tensors[0][c] + tensors[1][c]
    }
  }

  private func pool(_ operation: Pool, _ x: Tensor, _ output: Shape) -> [Double] {
    let window = operation.window
    return each(output) { n, c, y, column in
      let top = y * window.height.stride - window.height.leadingPadding
      let left = column * window.width.stride - window.width.leadingPadding
      var best = -Double.infinity
      var sum = 0.0
      var inside = 0
      var padded = 0
      for row in top..<top + window.height.kernel {
        for at in left..<left + window.width.kernel {
          if row < x.shape.height + window.height.trailingPadding
            && at < x.shape.width + window.width.trailingPadding
          {
            padded += 1
          }
          guard row >= 0, row < x.shape.height, at >= 0, at < x.shape.width else { continue }
          best = max(best, x[n, c, row, at])
          sum += x[n, c, row, at]
          inside += 1
        }
      }
      return switch operation.reduction {
      case .maximum: best
      case .average(countsPadding: true): sum / Double(padded)
      case .average(countsPadding: false): sum / Double(inside)
      }
    }
  }
}
