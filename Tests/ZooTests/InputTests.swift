import GraphIR
import TensorCore
import Testing
import Zoo

/// Any number of classes, and any image size that the strides allow.
struct InputTests {
  /// Neither even nor square, with a batch.
  @Test(arguments: Registry.standard.all.map(\.name))
  func oddSizesAndOtherClasses(_ name: String) throws {
    let entry = try Registry.standard.entry(name)
    let image: Shape = entry.input.shape[1] > 100 ? [3, 225, 193] : [3, 33, 37]
    let graph = try entry.graph(batch: 3, input: image, classes: 7)
    #expect(graph.output.shape == [3, 7])
    for auxiliary in graph.auxiliaries { #expect(auxiliary.logits.shape == [3, 7]) }
  }

  @Test(arguments: Registry.standard.all.map(\.name))
  func grayImages(_ name: String) throws {
    let entry = try Registry.standard.entry(name)
    let side = entry.input.shape[1] > 100 ? entry.input.shape[1] : 28
    #expect(try entry.graph(input: [1, side, side]).output.shape == [1, entry.classes])
  }

  /// Parameters do not depend on the image size, so weights fit any size.
  @Test(arguments: Registry.standard.all.map(\.name))
  func stateDictDoesNotDependOnTheSize(_ name: String) throws {
    let entry = try Registry.standard.entry(name)
    let shape = entry.input.shape
    let own = try entry.graph().parameters
    for side in shape[1] > 100 ? [97, 129, 320] : [28, 40] {
      #expect(try entry.graph(input: [shape[0], side, side + 3]).parameters == own)
    }
  }

  /// torchvision's minimum for Inception V3; only its auxiliary head would need more.
  @Test func inceptionV3TakesImagesOf75Pixels() throws {
    let entry = try Registry.standard.entry("inception_v3")
    let graph = try entry.graph(input: [3, 75, 75])
    #expect(graph.output.shape == [1, 1000])
    #expect(graph.totals.auxiliary == entry.expect.auxiliary)
    #expect(throws: GraphError.self) { try entry.graph(input: [3, 74, 74]) }
  }

  @Test func imagesThatAreTooSmallNameTheLayer() throws {
    let error = #expect(throws: GraphError.self) {
      try Registry.standard.entry("vgg16").graph(input: [3, 31, 31])
    }
    #expect(try #require(error).node == "features.30.maxpool")
  }

  @Test(arguments: Registry.standard.all.map(\.name))
  func tinyImagesFitOrNameTheLayer(_ name: String) throws {
    let entry = try Registry.standard.entry(name)
    for image: Shape in [[1, 1, 1], [3, 1, 500], [3, 2, 2], [3, 0, 0], [0, 32, 32]] {
      do throws(GraphError) {
        let graph = try entry.graph(input: image)
        #expect(graph.output.shape == [1, entry.classes])
        #expect(image.dimensions.allSatisfy { $0 > 0 }, "\(image)")
      } catch { #expect(!error.node.isEmpty, "\(image): \(error)") }
    }
  }

  /// Gray images: the first convolution has two input channels fewer.
  @Test func densenetOnGrayImagesOf28Pixels() throws {
    let entry = try Registry.standard.entry("densenet_bc100_k12_cifar")
    let graph = try entry.graph(input: [1, 28, 28])
    #expect(graph.totals.parameters == entry.expect.parameters - 2 * 24 * 9)
    #expect(graph.output.shape == [1, 10])
  }

  /// The inner normalization needs three channels.
  @Test func transformedInputNeedsColor() throws {
    let googlenet = try Registry.standard.entry("googlenet").architecture.setting(
      "transformInput", to: "true")
    #expect(try googlenet.graph(input: [1, 3, 224, 224], classes: 10).output.shape == [1, 10])
    #expect(throws: GraphError(node: "transform_input", reason: .wrongChannels(expected: 3, found: 1))) {
      try googlenet.graph(input: [1, 1, 224, 224], classes: 10)
    }
  }
}
