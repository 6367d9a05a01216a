import Engine
import GraphIR
import Support
import TensorCore
import Testing
import Zoo

/// Networks of the registry compute in float32 what they did before channels were equalized.
@Suite struct EqualizationTests {
  /// ReLU and ReLU6 with depthwise convolutions, residuals, concatenations, norms in front of convolutions.
  @Test(arguments: [
    ("mnasnet0_5", 64), ("mobilenet_v2", 64), ("efficientnet_lite0", 64), ("shufflenet_v2_x0_5", 64),
    ("resnet18", 64), ("resnet20_cifar", 32), ("densenet_bc40_k12_cifar", 32), ("squeezenet1_1", 64),
  ])
  func logitsStay(name: String, size: Int) throws {
    let graph = try Registry.standard.entry(name).graph(input: [3, size, size])
    var generator = Generator("equalized \(name)")
    let images = (0..<2).map { _ in generator.floats(3 * size * size) }
    let pairs = graph.equalizablePairs(ByteCandidates(graph))
    let calibration = try Calibration(
      of: graph, parameters: ScaledNoise(), images: images, peaksOf: Set(pairs.map(\.value)), threads: 2)
    let equalized = try EqualizedParameters(ScaledNoise(), pairs: pairs, peaks: calibration.channelPeaks)
    func logits(_ parameters: any ParameterSource) throws -> [Float] {
      let network = try ObservedNetwork(graph, parameters: parameters, keeping: [], threads: 2)
      return images.flatMap { network.run($0) }
    }
    let comparison = Comparison(try logits(equalized), try logits(ScaledNoise()))
    #expect(comparison.error < 1e-5, "\(comparison)")
    // All but SqueezeNet, whose values are concatenated or read twice.
    #expect(equalized.pairs.isEmpty == (name == "squeezenet1_1"))
  }

  /// A value that ReLU6 cuts off at 6 cannot be rescaled.
  @Test func valuesBehindReLU6AreLeftAlone() throws {
    let graph = try Registry.standard.entry("mobilenet_v2").graph()
    let readers = Set(graph.equalizablePairs(ByteCandidates(graph)).map(\.reader))
    let nodes = graph.nodes.filter { readers.contains($0.name) }
    #expect(!nodes.isEmpty)
    // The convolutions that expand; those that are depthwise or project read what ReLU6 leaves.
    for node in nodes { #expect(node.inputs[0].shape.channels < node.output.shape.channels, "\(node.name)") }
  }
}
