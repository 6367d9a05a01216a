import Engine
import Foundation
import GraphIR
import Support
import TensorCore
import Testing
import Weights
import Zoo

/// Compares every registered network with its reference, on the same formula weights and input, with batch-norm
/// statistics that are not the defaults.
@Suite(.serialized) struct GoldenTests {
  /// How far float32 may be from the exact result, relative to the largest logit or the largest value of a stage; the
  /// reference frameworks in float32 differ by up to 2e-6.
  private let tolerance: Float = 2e-5

  /// All networks but those whose weights take gigabytes; all of the registry where `CNNZOO_LONG` is set.
  static let names = Registry.standard.all.filter {
    $0.expect.parameters < 300_000_000 || ProcessInfo.processInfo.environment["CNNZOO_LONG"] != nil
  }.map(\.name)

  /// As it runs by default, and with every convolution through im2col and OpenBLAS.
  @Test(arguments: names, [ConvolutionChoice.automatic, .openBLAS])
  func equalsReference(model: String, convolution: ConvolutionChoice) throws {
    let entry = try Registry.standard.entry(model)
    let golden = try #require(try Golden.load(model), "no golden file for \(model)")
    #expect(golden.classes == entry.classes)
    for example in golden.cases {
      let shape = Shape(example.input)
      let graph = try entry.graph(
        batch: shape.batch, input: [shape.channels, shape.height, shape.width], classes: golden.classes)
      let stages = example.stages ?? []
      let plan = Plan(graph, convolution: convolution, keeping: stages.map(\.name))
      let executor = try Executor(
        plan, parameters: FormulaWeights(normGain: golden.normGain), threads: 2)
      let noise = FormulaNoise(name: "input")
      let input = (0..<shape.count).map { noise[$0] * golden.inputScale }
      var logits = [Float](repeating: .nan, count: shape.batch * golden.classes)
      executor.run(input, into: &logits)

      for stage in stages {
        let found = try #require(executor.value(of: stage.name), "\(model) has no part \(stage.name)")
        #expect(found.count == Shape(stage.shape).count, "\(model), \(stage.name)")
        guard found.count == Shape(stage.shape).count else { continue }
        for (index, expected) in zip(stage.indices, stage.values) {
          #expect(
            abs(found[index] - expected) <= tolerance * stage.maximum,
            "\(model), \(example), \(stage.name)[\(index)]: \(found[index]), reference \(expected)")
        }
        let sum = weightedSum(found)
        #expect(
          abs(sum - stage.weightedSum) <= Double(tolerance) * max(1, abs(stage.weightedSum)),
          "\(model), \(example), \(stage.name): weighted sum \(sum), reference \(stage.weightedSum)")
      }
      let expected = example.logitValues
      #expect(expected.count == shape.batch * example.logitsColumns)
      for (index, value) in expected.enumerated() {
        let (row, column) = (index / example.logitsColumns, index % example.logitsColumns)
        let found = logits[row * golden.classes + column]
        #expect(
          abs(found - value) <= tolerance * example.logitsMaximum,
          "\(model), \(example), logit [\(row), \(column)]: \(found), reference \(value)")
      }
    }
  }

  /// Σ xᵢ · probeᵢ / √Σ xᵢ².
  private func weightedSum(_ values: [Float]) -> Double {
    let probe = FormulaNoise(name: "probe")
    var sum = 0.0
    var squares = 0.0
    for (index, value) in values.enumerated() {
      sum += Double(value) * Double(probe[index])
      squares += Double(value) * Double(value)
    }
    return sum / squares.squareRoot()
  }
}
