import GraphIR
import TensorCore
import Training

/// Softmax regression with a running mean as a buffer, in plain loops: the smallest network that can be trained.
final class ToyNetwork: TrainableNetwork {
  let batch: Int
  let classes: Int
  let inputs: Int
  let outputWeights: [Float] = [1]
  let slots: [ParameterSlot]
  let values: UnsafeMutableBufferPointer<Float>
  let gradients: UnsafeMutableBufferPointer<Float>
  /// Called before each forward pass.
  var beforeForward: () -> Void = {}

  private let scoreStart: UnsafeMutablePointer<Float>
  private let scores: UnsafeMutableBufferPointer<Float>
  private var images: UnsafePointer<Float>?

  init(batch: Int, inputs: Int, classes: Int) {
    self.batch = batch
    self.inputs = inputs
    self.classes = classes
    let weight = Parameter(name: "fc.weight", shape: [classes, inputs], role: .trainable, isAuxiliary: false)
    let bias = Parameter(name: "fc.bias", shape: [classes], role: .trainable, isAuxiliary: false)
    let mean = Parameter(name: "norm.running_mean", shape: [1], role: .buffer, isAuxiliary: false)
    slots = [
      ParameterSlot(weight, offset: 0), ParameterSlot(bias, offset: classes * inputs),
      ParameterSlot(mean, offset: classes * (inputs + 1)),
    ]
    let count = classes * (inputs + 1) + 1
    values = .allocate(capacity: count)
    gradients = .allocate(capacity: count)
    scoreStart = .allocate(capacity: batch * classes)
    scores = UnsafeMutableBufferPointer(start: scoreStart, count: batch * classes)
    let noise = FormulaNoise(name: "toy")
    for i in 0..<count { values.initializeElement(at: i, to: noise[i] * 0.1) }
    gradients.initialize(repeating: 0)
    scores.initialize(repeating: 0)
  }

  deinit {
    values.deallocate()
    gradients.deallocate()
    scores.deallocate()
  }

  func share(_ count: Int, _ work: (Int) -> Void) { for piece in 0..<count { work(piece) } }

  func forward(_ images: UnsafePointer<Float>, seed: UInt64) {
    beforeForward()
    self.images = images
    compute(images, count: batch, values, into: scores)
    let mean = (0..<batch * inputs).reduce(Float(0)) { $0 + images[$1] } / Float(batch * inputs)
    values[values.count - 1] += 0.1 * (mean - values[values.count - 1])
  }

  private func compute(
    _ images: UnsafePointer<Float>, count: Int, _ values: UnsafeMutableBufferPointer<Float>,
    into scores: UnsafeMutableBufferPointer<Float>
  ) {
    for row in 0..<count {
      for k in 0..<classes {
        var sum = values[classes * inputs + k]
        for i in 0..<inputs { sum += values[k * inputs + i] * images[row * inputs + i] }
        scores[row * classes + k] = sum
      }
    }
  }

  func logits(_ output: Int) -> UnsafePointer<Float> { UnsafePointer(scoreStart) }

  func backward(_ logitGradients: [UnsafePointer<Float>], ready: (Range<Int>) -> Void) {
    gradients.update(repeating: 0)
    guard let images else { return }
    for row in 0..<batch {
      for k in 0..<classes {
        let slope = logitGradients[0][row * classes + k]
        for i in 0..<inputs { gradients[k * inputs + i] += slope * images[row * inputs + i] }
        gradients[classes * inputs + k] += slope
      }
    }
    ready(0..<gradients.count)
  }

  func predictor(_ values: UnsafeBufferPointer<Float>) -> any Predictor {
    let twin = ToyNetwork(batch: batch, inputs: inputs, classes: classes)
    _ = twin.values.update(fromContentsOf: values)
    return twin
  }

  func firstNonFiniteLayer() -> String? { scores.contains { !$0.isFinite } ? "fc" : nil }
}

extension ToyNetwork: Predictor {
  func predict(_ images: UnsafePointer<Float>, count: Int, into logits: UnsafeMutablePointer<Float>) {
    compute(
      images, count: count, values, into: UnsafeMutableBufferPointer(start: logits, count: batch * classes))
  }
}
