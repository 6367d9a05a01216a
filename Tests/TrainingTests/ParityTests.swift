import GraphIR
import Ops
import Recipes
import Support
import TensorCore
import Testing
import Training
import Weights

/// Ten steps of SGD from the same weights and batches as PyTorch, through the network and the step that `train`
/// uses.
///
/// Recorded by `scripts/golden/train_parity.py`, which repeats the numbers here.
@Suite struct ParityTests {
  private struct Record: Decodable {
    let losses: [Double]
    let checksums: [String: Double]
  }

  private let batch = 8
  private let classes = 5
  private let size = 12

  /// Batch norm, a residual, a stride, a pooling and an auxiliary head.
  private func graph() throws -> Graph {
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

  @Test func tenStepsMatchPyTorch() throws {
    let record = try Fixtures.json(Record.self, "train_parity.json")
    let network = try EngineNetwork(graph(), parameters: FormulaWeights(), threads: 2)
    var settings = TrainingSettings()
    settings.optimizer = .sgd(momentum: 0.9, nesterov: false)
    settings.weightDecay = 5e-4
    settings.decaysVectors = true  // PyTorch decays every parameter
    let step = TrainingStep(network, settings)
    for (index, expected) in record.losses.enumerated() {
      let noise = FormulaNoise(name: "batch \(index)")
      let images = (0..<batch * 3 * size * size).map { noise[$0] }
      let targets = (0..<batch).map { Target((index + 3 * $0) % classes) }
      let result = try #require(step.run(images, targets, rate: 0.05, seed: UInt64(index)))
      #expect(abs(result.lossSum / Double(batch) - expected) < 1e-4, "step \(index)")
    }
    let expected = record.checksums.filter { !$0.key.hasSuffix("num_batches_tracked") }
    #expect(Set(network.slots.map(\.parameter.name)) == Set(expected.keys))
    let noise = FormulaNoise(name: "checksum")
    for slot in network.slots {
      let name = slot.parameter.name
      let values = (0..<slot.count).map { Double(network.values[slot.offset + $0]) }
      let sum = values.enumerated().reduce(0.0) { $0 + $1.element * Double(noise[$1.offset]) }
      let scale = values.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
      let reference = try #require(expected[name])
      #expect(abs(sum - reference) < 1e-4 * max(scale, 1), "\(name): \(sum), PyTorch \(reference)")
    }
  }
}
