import Engine
import Foundation
import GraphIR
import Ops
import Support
import TensorCore
import Testing

/// Ten steps of SGD from the same weights and batches as PyTorch; recorded by
/// `scripts/golden/train_parity.py`, whose numbers stand here again.
@Suite struct TrainingParityTests {
  struct Record: Decodable {
    let losses: [Double]
    let checksums: [String: Double]
  }

  static let batch = 8
  static let classes = 5
  static let size = 12

  static func network() throws -> Graph {
    try Graph.build(input: [batch, 3, size, size]) { (image, net) throws(GraphError) in
      var x = try net.conv("stem", image, to: 16, kernel: 3, padding: 1)
      x = try net.batchNormReLU("norm", x)
      let y = try net.batchNorm("left_norm", net.conv("left", x, to: 16, kernel: 3, padding: 1))
      x = try net.relu(net.sum(x, y))
      let trunk = x
      try net.auxiliary("aux", lossWeight: 0.3) { head throws(GraphError) in
        try head.linear("", head.globalAveragePool(trunk), to: classes)
      }
      x = try net.relu(net.conv("down", x, to: 24, kernel: 3, stride: 2, padding: 1, bias: true))
      x = try net.maxPool(x, kernel: 2, stride: 2)
      return try net.linear("fc", net.flatten(x), to: classes)
    }
  }

  @Test func tenStepsEqualPyTorch() throws {
    let file = try #require(
      Bundle.module.url(forResource: "train_parity", withExtension: "json", subdirectory: "Fixtures"))
    let record = try JSONDecoder().decode(Record.self, from: Data(contentsOf: file))
    let training = try SmallTraining(
      TrainingParityTests.network(), parameters: FormulaParameters(), threads: 2)
    for (step, expected) in record.losses.enumerated() {
      let noise = FormulaNoise(name: "batch \(step)")
      let images = (0..<TrainingParityTests.batch * 3 * 144).map { noise[$0] }
      let labels = (0..<TrainingParityTests.batch).map { (step + 3 * $0) % TrainingParityTests.classes }
      let loss = training.step(images, labels, rate: 0.05, momentum: 0.9, decay: 5e-4)
      #expect(abs(loss - expected) < 1e-4, "step \(step)")
    }
    let found = training.executor.parametersByName
    #expect(found.count == record.checksums.count)
    let noise = FormulaNoise(name: "checksum")
    for (name, expected) in record.checksums.sorted(by: { $0.key < $1.key }) {
      let values = try #require(found[name], "\(name)")
      let sum = values.enumerated().reduce(0.0) { $0 + $1.element * Double(noise[$1.offset]) }
      let scale = values.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(sum - expected) < 1e-4 * max(scale, 1), "\(name): \(sum), PyTorch \(expected)")
    }
  }
}

/// The twin of `formula_tensor` in `scripts/golden/formula.py`.
struct FormulaParameters: ParameterSource {
  func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
    let noise = FormulaNoise(name: parameter.name)
    let inputs = parameter.shape.dimensions.dropFirst().reduce(1, *)
    for index in destination.indices {
      let u = Double(noise[index])
      destination[index] = Float(
        parameter.shape.rank >= 2
          ? u * (6 / Double(inputs)).squareRoot()
          : parameter.name.hasSuffix("running_var")
            ? 1 + 0.5 * u
            : parameter.name.hasSuffix("running_mean") || parameter.name.hasSuffix("bias")
              ? 0.1 * u : 1 + 0.2 * u)
    }
  }
}
