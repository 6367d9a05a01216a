import Engine
import GraphIR
import Ops
import Session
import TensorCore
import Testing
import Weights
import Zoo

/// Grad-CAM and occlusion against what they must be.
@Suite struct ExplainerTests {
  private func input(_ shape: Shape) -> [Float] {
    let noise = FormulaNoise(name: "input")
    return (0..<shape.count).map { noise[$0] }
  }

  /// Where the classifier is linear in the means of the last feature maps, the gradient is its weights: Zhou and others,
  /// "Learning deep features for discriminative localization", CVPR 2016.
  @Test(arguments: ["resnet20_cifar", "densenet_bc40_k12_cifar", "resnet18", "squeezenet1_1"])
  func itIsTheClassActivationMap(model: String) throws {
    let bound = try BoundNetwork(NetworkRequest(model), weights: .formula(seed: 4))
    let x = input(bound.network.image)
    let explainer = try Explainer(bound, threads: 2)
    let logits = try explainer.logits(x, of: "x")
    let reference = try Classifier(bound, threads: 2).run(x)
    let largest = reference.map(\.magnitude).max() ?? 0
    for (one, other) in zip(logits, reference) { #expect(abs(one - other) <= 1e-4 * largest) }
    guard let classifier = bound.graph.nodes.last(where: { !$0.parameters.isEmpty }),
      let weight = classifier.parameters.first?.tensors.first, weight.shape.rank == 2
    else { return }
    let values = try #require(try StateDict([weight], from: bound.parameters)[weight.name]).values
    let maps = try Classifier(bound.features(of: explainer.layer, pooling: .none), threads: 2).run(x)
    let (channels, pixels) = (explainer.layer.shape[0], explainer.layer.shape[1] * explainer.layer.shape[2])
    for index in [0, logits.count - 1] {
      let expected = (0..<pixels).map { pixel in
        max(
          (0..<channels).reduce(Float(0)) {
            $0 + values[index * channels + $1] / Float(pixels) * maps[$1 * pixels + pixel]
          }, 0)
      }
      let found = explainer.gradCAM(ofClass: index).values
      let most = expected.max() ?? 0
      #expect(most > 0)
      for (one, other) in zip(found, expected) { #expect(abs(one - other) <= 1e-4 * most) }
    }
  }

  /// The gradient with respect to the result of a convolution, summed over its pixels, is that of its bias, which training
  /// computes in another way: through concatenations, shortcuts and layer norms.
  @Test(arguments: ["lenet5_modern", "squeezenet1_1", "convnext_tiny"])
  func gradientsAreThoseOfTraining(model: String) throws {
    let size = model.hasPrefix("lenet") ? nil : try InputSize(parsing: "64")
    let bound = try BoundNetwork(
      NetworkRequest(model, classes: 10, inputSize: size), weights: .formula(seed: 4))
    let graph = bound.graph.simplified(foldsNorms: false)
    let x = input(bound.network.image)
    let gradient = (0..<10).map { FormulaNoise(name: "gradient")[$0] }
    let convolutions = graph.nodes.filter {
      $0.operation.kind == "conv" && $0.parameters.count == 2 && $0.output.shape.rank == 4
    }
    for node in [convolutions[0], convolutions[convolutions.count / 2], convolutions[convolutions.count - 1]]
    {
      let observer = try TrainingExecutor(
        TrainingPlan(observing: node.output, in: bound.graph), parameters: bound.parameters, threads: 2)
      let bias = try #require(node.parameters[1].tensors.first)
      let frozen = Set(graph.parameters.map(\.name)).subtracting([bias.name])
      let trainer = try TrainingExecutor(
        TrainingPlan(graph, frozen: frozen), parameters: bound.parameters, threads: 2)
      for executor in [observer, trainer] {
        executor.forward(x, seed: 0)
        gradient.withUnsafeBufferPointer { executor.backward([$0.baseAddress.unsafelyUnwrapped]) }
      }
      let gradients = observer.observation.gradient
      let pixels = gradients.count / bias.shape.count
      let slot = try #require(trainer.plan.parameters.first { $0.parameter == bias })
      let expected = (0..<bias.shape.count).map { trainer.gradients[slot.offset + $0] }
      let largest = expected.map(\.magnitude).max() ?? 0
      #expect(largest > 0)
      for (channel, value) in expected.enumerated() {
        let sum = gradients[channel * pixels..<(channel + 1) * pixels].reduce(0, +)
        #expect(abs(sum - value) <= 1e-4 * largest, "\(model), \(node.name)[\(channel)]")
      }
      let maps = try Classifier(bound.features(of: bound.layer(node.name), pooling: .none), threads: 2).run(x)
      let most = maps.map(\.magnitude).max() ?? 0
      for (one, other) in zip(observer.observation.value, maps) { #expect(abs(one - other) <= 1e-4 * most) }
    }
  }

  @Test func occlusionIsWhereTheNetworkLooks() throws {
    let bound = try BoundNetwork(NetworkRequest("lenet5_modern"), weights: .installed)
    let shape = bound.network.image
    // A bar in one corner: covering it changes the answer, covering nothing does not.
    var x = [Float](repeating: 0, count: shape.count)
    for row in 4..<12 { for column in 4..<8 { x[row * shape[2] + column] = 2 } }
    let explainer = try Explainer(bound, threads: 1)
    let best = try explainer.logits(x, of: "x").enumerated().max { $0.element < $1.element }?.offset ?? 0
    let map = try explainer.occlusion(x, ofClass: best)
    #expect(map.values[31 * 32 + 31] == 0 && map.values.contains { $0 != 0 })
  }

  @Test func vectorsHaveNoMap() throws {
    let bound = try BoundNetwork(NetworkRequest("resnet18"), weights: .formula(seed: 1))
    #expect(throws: SessionError.noFeatureMaps(network: "resnet18", layer: "fc")) {
      try Explainer(bound, layer: "fc", threads: 1)
    }
  }

  @Test func mapsAreInterpolatedBetweenCenters() {
    let map = HeatMap(height: 1, width: 2, values: [0, 4])
    #expect(map.resized(height: 2, width: 4).values == [0, 1, 3, 4, 0, 1, 3, 4])
    #expect(HeatMap(height: 1, width: 3, values: [-1, 2, 4]).normalized.values == [0, 0.5, 1])
    #expect(HeatMap(height: 1, width: 2, values: [-1, 0]).normalized.values == [0, 0])
  }
}
