import Engine
import GraphIR
import Ops
import Session
import Support
import TensorCore
import Testing
import Weights
import Zoo

/// Features against the reference frameworks, and against the logits that follow from them.
@Suite(.serialized) struct FeatureTests {
  /// The smallest network of each family.
  static let names = Registry.standard.families.compactMap { family in
    family.entries.min { $0.expect.macs < $1.expect.macs }?.name
  }

  private func input(_ shape: Shape, scale: Float = 1) -> [Float] {
    let noise = FormulaNoise(name: "input")
    return (0..<shape.count).map { noise[$0] * scale }
  }

  /// What torch's hooks give, recorded by `scripts/golden/record.py`.
  @Test(arguments: names) func layersAreThoseOfTheReference(model: String) throws {
    let golden = try #require(try Golden.load(model))
    let example = golden.cases[0]
    let shape = Shape(example.input)
    let graph = try Registry.standard.entry(model).graph(
      input: [shape.channels, shape.height, shape.width], classes: golden.classes)
    let x = input(shape, scale: golden.inputScale)
    func features(_ value: Value, _ pooling: FeaturePooling) throws -> [Float] {
      let part = graph.ending(at: value, pooling: pooling)
      let executor = try Executor(
        Plan(part), parameters: FormulaWeights(normGain: golden.normGain), threads: 2)
      var features = [Float](repeating: .nan, count: part.output.shape.count)
      executor.run(x, into: &features)
      return features
    }
    for stage in example.stages ?? [] {
      let value = try #require(graph.value(ofLayer: stage.name))
      #expect(stage.shape == value.shape.dimensions)
      let (maps, means) = (try features(value, .none), try features(value, .average))
      for (index, expected) in zip(stage.indices, stage.values) {
        #expect(
          abs(maps[index] - expected) <= 2e-5 * stage.maximum,
          "\(model), \(stage.name)[\(index)]: \(maps[index]), reference \(expected)")
      }
      let pixels = value.shape.height * value.shape.width
      for channel in 0..<value.shape.channels {
        let mean = maps[channel * pixels..<(channel + 1) * pixels].reduce(0, +) / Float(pixels)
        #expect(abs(means[channel] - mean) <= 1e-4 * stage.maximum)
      }
    }
  }

  /// W x + b of the penultimate features is the logits, where the classifier is a linear layer.
  @Test(arguments: names) func theClassifierReadsThePenultimateFeatures(model: String) throws {
    let bound = try BoundNetwork(NetworkRequest(model), weights: .formula(seed: 2))
    let x = input(bound.network.image)
    let logits = try Classifier(bound, threads: 2).run(x)
    let layer = try bound.layer(Graph.penultimate)
    let features = try Classifier(bound.features(of: layer, pooling: .average), threads: 2).run(x)
    #expect(features.count == layer.shape[0] && features.contains { $0 != 0 })
    let tensors = try #require(bound.graph.nodes.last { !$0.isAuxiliary && !$0.parameters.isEmpty })
      .parameters
      .flatMap(\.tensors)
    guard tensors.count == 2, tensors[0].shape == [logits.count, features.count] else { return }
    let state = try StateDict(tensors, from: bound.parameters)
    let (weight, bias) = (try #require(state[tensors[0].name]), try #require(state[tensors[1].name]))
    for (row, logit) in logits.enumerated() {
      let terms = zip(weight.values[row * features.count..<(row + 1) * features.count], features).map {
        $0 * $1
      }
      let largest = logits.map(\.magnitude).max() ?? 0
      #expect(abs(terms.reduce(bias.values[row], +) - logit) <= 1e-4 * largest)
    }
  }

  @Test func maximaArePooled() throws {
    let bound = try BoundNetwork(NetworkRequest("resnet20_cifar"), weights: .formula(seed: 1))
    let layer = try bound.layer("layer2")
    let x = input(bound.network.image)
    let maps = try Classifier(bound.features(of: layer, pooling: .none), threads: 1).run(x)
    let maxima = try Classifier(bound.features(of: layer, pooling: .max), threads: 1).run(x)
    #expect(layer.shape == [32, 16, 16])
    #expect(maxima == (0..<32).map { channel in maps[channel * 256..<(channel + 1) * 256].max() })
  }

  @Test func anUnknownLayerNamesTheNearest() throws {
    let bound = try BoundNetwork(NetworkRequest("resnet18"), weights: .formula(seed: 1))
    #expect(
      throws: SessionError.noSuchLayer(
        network: "resnet18", layer: "layr4", nearest: ["layer4", "layer1", "layer2"])
    ) { try bound.layer("layr4") }
  }
}
