import GraphIR
import TensorCore
import Testing
import Zoo

/// Any number of classes, and any size of image that the strides allow.
struct InputTests {
  /// Neither even nor square, with a batch.
  @Test(arguments: Registry.all.map(\.name))
  func oddSizesAndOtherClasses(_ name: String) throws {
    let entry = try Registry.entry(name)
    let image: Shape = entry.input.shape[1] > 100 ? [3, 225, 193] : [3, 33, 37]
    let graph = try entry.graph(batch: 3, input: image, classes: 7)
    #expect(graph.output.shape == [3, 7])
    for auxiliary in graph.auxiliaries { #expect(auxiliary.logits.shape == [3, 7]) }
  }

  @Test(arguments: Registry.all.map(\.name))
  func grayImages(_ name: String) throws {
    let entry = try Registry.entry(name)
    let side = entry.input.shape[1] > 100 ? entry.input.shape[1] : 28
    #expect(try entry.graph(input: [1, side, side]).output.shape == [1, entry.classes])
  }

  /// The tensors of a network do not depend on the size of its images, so that its weights fit any.
  @Test(arguments: Registry.all.map(\.name))
  func stateDictDoesNotDependOnTheSize(_ name: String) throws {
    let entry = try Registry.entry(name)
    let shape = entry.input.shape
    let own = try entry.graph().parameters
    for side in shape[1] > 100 ? [97, 129, 320] : [28, 40] {
      #expect(try entry.graph(input: [shape[0], side, side + 3]).parameters == own)
    }
  }

  /// torchvision's own minimum for Inception V3; its auxiliary head alone would need more.
  @Test func inceptionV3TakesImagesOf75Pixels() throws {
    let entry = try Registry.entry("inception_v3")
    let graph = try entry.graph(input: [3, 75, 75])
    #expect(graph.output.shape == [1, 1000])
    #expect(graph.totals.auxiliary == entry.expect.auxiliary)
    #expect(throws: GraphError.self) { try entry.graph(input: [3, 74, 74]) }
  }

  @Test func imagesThatAreTooSmallNameTheLayer() throws {
    let error = #expect(throws: GraphError.self) {
      try Registry.entry("vgg16").graph(input: [3, 31, 31])
    }
    #expect(try #require(error).node == "features.30.maxpool")
  }

  @Test(arguments: Registry.all.map(\.name))
  func onePixelBuildsOrThrows(_ name: String) throws {
    let entry = try Registry.entry(name)
    for image: Shape in [[1, 1, 1], [3, 1, 500], [3, 2, 2], [3, 0, 0], [0, 32, 32]] {
      _ = try? entry.graph(input: image)
    }
  }

  /// The DenseNet of the command line contract's example: one channel less in the first convolution.
  @Test func densenetOnGrayImagesOf28Pixels() throws {
    let entry = try Registry.entry("densenet_bc100_k12_cifar")
    let graph = try entry.graph(input: [1, 28, 28])
    #expect(graph.totals.parameters == entry.expect.parameters - 2 * 24 * 9)
    #expect(graph.output.shape == [1, 10])
  }

  /// The inner normalization is made for three channels.
  @Test func transformedInputNeedsColor() throws {
    let googlenet = try Registry.entry("googlenet").architecture.setting("transformInput", to: "true")
    #expect(try googlenet.graph(input: [1, 3, 224, 224], classes: 10).output.shape == [1, 10])
    #expect(throws: GraphError(node: "transform_input", reason: .wrongChannels(expected: 3, found: 1))) {
      try googlenet.graph(input: [1, 1, 224, 224], classes: 10)
    }
  }
}
