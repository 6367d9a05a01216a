import GraphIR
import Recipes
import TensorCore

extension OptimizerKind {
  /// Names of the values that it keeps for each parameter.
  package var memoryNames: [String] {
    switch self {
    case .sgd(let momentum, _): momentum == 0 ? [] : ["momentum"]
    case .adamW: ["first_moment", "second_moment"]
    case .rmsProp(_, _, _, let momentum): momentum == 0 ? ["mean_square"] : ["mean_square", "momentum"]
    }
  }

  /// What the values of a name start from.
  fileprivate func initialValue(of name: String) -> Float {
    if case .rmsProp(.tensorFlow, _, _, _) = self, name == "mean_square" { return 1 }
    return 0
  }
}

/// A range of the flat parameter buffer that the optimizer treats alike.
package struct ParameterRun: Hashable, Sendable {
  /// Floats from the start of the buffer.
  package let offset: Int
  /// Number of floats.
  package let count: Int
  /// Weight decay of these parameters.
  package let weightDecay: Float

  /// A range from its parts.
  package init(offset: Int, count: Int, weightDecay: Float) {
    self.offset = offset
    self.count = count
    self.weightDecay = weightDecay
  }
}

/// An optimizer and its state, over parameters in one flat buffer.
///
/// Each parameter is updated from its own gradient and state alone, so the result does not depend on any order.
package final class Optimizer {
  /// Which optimizer it is.
  package let kind: OptimizerKind
  /// Its state: as many floats as the parameter buffer for each of ``OptimizerKind/memoryNames``.
  package let memory: [UnsafeMutableBufferPointer<Float>]
  /// Steps taken; Adam's bias correction needs it.
  package var steps = 0
  /// The ranges, long ones cut so that threads can share them.
  private let pieces: [ParameterRun]

  /// An optimizer over `count` parameters that updates those in `runs`.
  package init(_ kind: OptimizerKind, runs: [ParameterRun], count: Int) {
    self.kind = kind
    pieces = runs.flatMap { run in
      (run.offset..<run.offset + run.count).pieces.map {
        ParameterRun(offset: $0.lowerBound, count: $0.count, weightDecay: run.weightDecay)
      }
    }
    memory = kind.memoryNames.map { name in
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
      buffer.initialize(repeating: kind.initialValue(of: name))
      return buffer
    }
  }

  deinit { for buffer in memory { buffer.deallocate() } }

  /// Updates `values` by `gradients`.
  ///
  /// `share` does a number of independent pieces of work.
  package func step(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, learningRate: Float,
    share: (Int, (Int) -> Void) -> Void
  ) {
    steps += 1
    share(pieces.count) { change(pieces[$0], of: values, by: gradients, learningRate: learningRate) }
  }

  private func change(
    _ run: ParameterRun, of values: UnsafeMutablePointer<Float>, by gradients: UnsafePointer<Float>,
    learningRate: Float
  ) {
    switch kind {
    case .sgd(let momentum, let nesterov):
      let buffer = memory.first.flatMap(\.baseAddress).map { $0 + run.offset }
      descend(
        values + run.offset, gradients + run.offset, buffer, run, rate: learningRate, momentum: momentum,
        nesterov: nesterov)
    case .adamW(let beta1, let beta2, let epsilon):
      guard let first = memory[0].baseAddress, let second = memory[1].baseAddress else { return }
      adapt(
        values + run.offset, gradients + run.offset, first + run.offset, second + run.offset, run,
        rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon)
    case .rmsProp(let form, let alpha, let epsilon, let momentum):
      guard let square = memory[0].baseAddress else { return }
      let buffer = memory.count > 1 ? memory[1].baseAddress.map { $0 + run.offset } : nil
      normalize(
        values + run.offset, gradients + run.offset, square + run.offset, buffer, run, form,
        rate: learningRate, alpha: alpha, epsilon: epsilon, momentum: momentum)
    }
  }

  private func descend(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    _ buffer: UnsafeMutablePointer<Float>?, _ run: ParameterRun, rate: Float, momentum: Float,
    nesterov: Bool
  ) {
    let decay = run.weightDecay
    guard let buffer else {
      for i in 0..<run.count { values[i] -= rate * (gradients[i] + decay * values[i]) }
      return
    }
    if nesterov {
      for i in 0..<run.count {
        let gradient = gradients[i] + decay * values[i]
        buffer[i] = momentum * buffer[i] + gradient
        values[i] -= rate * (gradient + momentum * buffer[i])
      }
    } else {
      for i in 0..<run.count {
        buffer[i] = momentum * buffer[i] + (gradients[i] + decay * values[i])
        values[i] -= rate * buffer[i]
      }
    }
  }

  private func adapt(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    _ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>, _ run: ParameterRun,
    rate: Float, beta1: Float, beta2: Float, epsilon: Float
  ) {
    // Bias corrections in double, as in PyTorch.
    let correction1 = 1 - power(Double(beta1), steps)
    let correction2 = 1 - power(Double(beta2), steps)
    let size = Float(Double(rate) / correction1)
    let root = Float(correction2.squareRoot())
    let shrink = 1 - rate * run.weightDecay
    for i in 0..<run.count {
      let gradient = gradients[i]
      first[i] += (1 - beta1) * (gradient - first[i])
      second[i] = beta2 * second[i] + (1 - beta2) * gradient * gradient
      values[i] = values[i] * shrink - size * (first[i] / (second[i].squareRoot() / root + epsilon))
    }
  }

  private func normalize(
    _ values: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    _ square: UnsafeMutablePointer<Float>, _ buffer: UnsafeMutablePointer<Float>?, _ run: ParameterRun,
    _ form: RMSPropForm, rate: Float, alpha: Float, epsilon: Float, momentum: Float
  ) {
    let isTensorFlow = form == .tensorFlow
    for i in 0..<run.count {
      let gradient = gradients[i] + run.weightDecay * values[i]
      square[i] = alpha * square[i] + (1 - alpha) * (gradient * gradient)
      let root =
        isTensorFlow ? (square[i] + epsilon).squareRoot() : square[i].squareRoot() + epsilon
      var change = gradient / root
      if let buffer {
        buffer[i] = momentum * buffer[i] + (isTensorFlow ? rate * change : change)
        change = buffer[i]
      }
      values[i] -= isTensorFlow && buffer != nil ? change : rate * change
    }
  }

  /// `base` to a whole power: the same bits with any math library.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}

extension ParameterRun {
  /// The ranges of the parameters that are trained and not frozen.
  ///
  /// Weight decay applies to weights of convolutions and linear layers, and only with `decaysVectors` to tensors of one
  /// axis: biases and the scales of normalization.
  package static func runs(
    of slots: [ParameterSlot], weightDecay: Float, decaysVectors: Bool, frozen: Set<String> = []
  ) -> [ParameterRun] {
    slots.filter { $0.parameter.role == .trainable && !frozen.contains($0.parameter.name) }.map { slot in
      let decays = decaysVectors || slot.parameter.shape.rank > 1
      return ParameterRun(offset: slot.offset, count: slot.count, weightDecay: decays ? weightDecay : 0)
    }
  }
}
