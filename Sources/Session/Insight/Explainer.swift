import Engine
import GraphIR
import TensorCore

/// Which places of an image speak for a class, asked of one network.
package final class Explainer {
  /// The layer whose feature maps Grad-CAM looks at.
  package let layer: BoundNetwork.Layer
  private let bound: BoundNetwork
  private let executor: TrainingExecutor
  private let threads: Int

  /// Plans a backward pass from the logits to a layer, and reads the weights.
  ///
  /// - Parameters:
  ///   - bound: The network with its weights.
  ///   - layer: The layer whose feature maps are weighed, by default the last that are larger than a pixel.
  ///   - threads: Threads that compute.
  /// - Throws: ``SessionError``, and what is wrong with the weights.
  package init(_ bound: BoundNetwork, layer: String? = nil, threads: Int) throws {
    guard let name = layer ?? bound.graph.lastFeatureMaps else {
      throw SessionError.noFeatureMaps(network: bound.network.name, layer: nil)
    }
    let layer = try bound.layer(name)
    guard layer.shape.rank == 3 else {
      throw SessionError.noFeatureMaps(network: bound.network.name, layer: name)
    }
    let plan = TrainingPlan(observing: layer.value, in: bound.graph)
    try Memory.check(
      plan.memory.peakBytes(threads: threads), for: bound.network.name, newThreads: threads - 1,
      callers: threads)
    self.bound = bound
    self.layer = layer
    self.threads = threads
    executor = try TrainingExecutor(plan, parameters: bound.parameters, threads: threads)
  }

  /// The logits for an input of the network's shape; `path` stands in messages.
  ///
  /// Throws ``ClassificationError/notFinite(path:output:)``.
  package func logits(_ input: [Float], of path: String) throws(ClassificationError) -> [Float] {
    unsafe executor.forward(input, seed: 0)
    let logits = unsafe UnsafeBufferPointer(start: executor.logits(output: 0), count: bound.network.classes)
    return try unsafe Array(logits).checked(for: path)
  }

  /// Grad-CAM of a class for the input whose logits were asked for last: ReLU of the sum of the layer's channels, each
  /// times the mean of the gradient of the class's logit with respect to it.
  ///
  /// Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra, "Grad-CAM", ICCV 2017, equations 1 and 2.
  package func gradCAM(ofClass index: Int) -> HeatMap {
    var gradient = [Float](repeating: 0, count: bound.network.classes)
    gradient[index] = 1
    unsafe gradient.withUnsafeBufferPointer { gradient in
      if let base = gradient.baseAddress { unsafe executor.backward([base]) }
    }
    let (values, gradients) = executor.observation
    let (channels, height, width) = (layer.shape[0], layer.shape[1], layer.shape[2])
    // Gradients of either sign nearly cancel over the thousands of pixels of an early layer: the mean needs the digits.
    var sums = [Double](repeating: 0, count: height * width)
    for channel in 0..<channels {
      let pixels = channel * height * width..<(channel + 1) * height * width
      let weight = gradients[pixels].reduce(0) { $0 + Double($1) } / Double(height * width)
      for (place, value) in values[pixels].enumerated() { sums[place] += weight * Double(value) }
    }
    return HeatMap(height: height, width: width, values: sums.map { Float(max($0, 0)) })
  }

  /// How much of a class's probability is lost where a square of the input is covered with zeros, the mean image: for each
  /// pixel, the mean over all squares that cover it.
  ///
  /// Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, section 4.2. The side of a square is
  /// a seventh of the shorter side of the input, and squares begin at every half of it.
  ///
  /// Throws what is wrong with the weights or the memory.
  package func occlusion(_ input: [Float], ofClass index: Int) throws -> HeatMap {
    let (channels, height, width) = (bound.network.image[0], bound.network.image[1], bound.network.image[2])
    let side = max(min(height, width) / 7, 1)
    let step = max(side / 2, 1)
    func starts(_ extent: Int) -> [Int] {
      Array(stride(from: 0, to: extent - side, by: step)) + [extent - side]
    }
    let squares = starts(height).flatMap { top in starts(width).map { (top: top, left: $0) } }
    let classifier = Classifier(bound, threads: threads)
    func probability(_ logits: [Float]) -> Float {
      Prediction.top(logits.count, of: logits, labels: .none).first { $0.classIndex == index }?.probability
        ?? 0
    }
    let whole = probability(try classifier.run(input))
    var sums = [Float](repeating: 0, count: height * width)
    var counts = sums
    for (top, left) in squares {
      var covered = input
      for channel in 0..<channels {
        for row in top..<top + side {
          let start = (channel * height + row) * width + left
          for place in start..<start + side { covered[place] = 0 }
        }
      }
      let loss = whole - probability(try classifier.run(covered))
      for row in top..<top + side {
        for place in row * width + left..<row * width + left + side {
          sums[place] += loss
          counts[place] += 1
        }
      }
    }
    return HeatMap(height: height, width: width, values: zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 })
  }
}
