import GraphIR
import TensorCore

/// A named network: an architecture with all its numbers, and what is known about it.
package struct ModelEntry: Sendable {
  /// The field's name: `resnext50_32x4d`.
  package let name: String
  /// The network.
  package let architecture: any Architecture
  /// Its input, and how an image becomes it.
  package let input: ModelInput
  /// Outputs of the published head.
  package let classes: Int
  /// Published counts that the network must match.
  package let expect: PublishedCounts
  /// Where the network was published.
  package let paper: Paper
  /// Weights that others publish, best known first.
  package let weights: [PublishedWeights]
  /// Accuracies that the paper or its authors' code report; those of weight files are with the files.
  package let accuracy: [PublishedAccuracy]
  /// What is known about this network in particular: deviations, known errors, wrong claims.
  package let remarks: [String]
  /// Other networks of the family whose tensors have the same names and shapes, but not the same arithmetic: a weight file
  /// does not tell them apart.
  package let twins: [String]

  /// An entry from its parts.
  package init(
    _ name: String, _ architecture: any Architecture, input: ModelInput, classes: Int = 1000,
    expect: PublishedCounts, paper: Paper, weights: [PublishedWeights] = [],
    accuracy: [PublishedAccuracy] = [], remarks: [String] = [], twins: [String] = []
  ) {
    self.name = name
    self.architecture = architecture
    self.input = input
    self.classes = classes
    self.expect = expect
    self.paper = paper
    self.weights = weights
    self.accuracy = accuracy
    self.remarks = remarks
    self.twins = twins
  }

  /// The weights to fetch where only the network is named: the best known that have an address of their own, and if
  /// possible a published accuracy.
  package var weightsToFetch: PublishedWeights? {
    let addressed = weights.filter { $0.address != nil }
    return addressed.first { !$0.accuracy.isEmpty } ?? addressed.first
  }

  /// The network at its own size, or for another batch size, input or number of classes.
  package func graph(
    batch: Int = 1, input: Shape? = nil, classes: Int? = nil
  ) throws(GraphError) -> Graph {
    let image = input ?? self.input.shape
    return try architecture.graph(
      input: [batch, image[0], image[1], image[2]], classes: classes ?? self.classes)
  }
}

/// What a network expects as input.
package struct ModelInput: Hashable, Sendable {
  /// `[C, H, W]`.
  package let shape: Shape
  /// How an image becomes that, for weights that nothing is known about: as for the network's first published
  /// weights.
  package let preprocessing: ImagePreprocessing

  /// ImageNet as torchvision prepares it: shorter side to `resize`, center crop of `crop`.
  package static func imageNet(_ crop: Int, resize: Int = 256) -> ModelInput {
    ModelInput(.imageNet(crop, resize: resize))
  }

  /// Any preprocessing; its crop is the input.
  package init(_ preprocessing: ImagePreprocessing) {
    shape = [preprocessing.mean.count, preprocessing.cropHeight, preprocessing.cropWidth]
    self.preprocessing = preprocessing
  }

  /// CIFAR: 32 × 32 color images.
  package static let cifar = ModelInput(
    ImagePreprocessing(
      resize: 32, cropHeight: 32, cropWidth: 32, interpolation: .bilinear,
      mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616]))

  /// MNIST digits on 32 × 32 gray pixels, as LeNet-5 reads them.
  package static let digits = ModelInput(
    ImagePreprocessing(
      resize: 32, cropHeight: 32, cropWidth: 32, interpolation: .bilinear, mean: [0.1307],
      deviation: [0.3081]))
}

extension ImagePreprocessing {
  /// ImageNet's mean and deviation, as torchvision has them.
  package static func imageNet(
    _ crop: Int, resize: Int, interpolation: Interpolation = .bilinear
  ) -> ImagePreprocessing {
    ImagePreprocessing(
      resize: resize, cropHeight: crop, cropWidth: crop, interpolation: interpolation,
      mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
  }

  /// Values from -1 to 1, as the Inceptions and other networks from TensorFlow expect them.
  package static func inception(
    _ crop: Int, resize: Int, interpolation: Interpolation = .bicubic
  ) -> ImagePreprocessing {
    ImagePreprocessing(
      resize: resize, cropHeight: crop, cropWidth: crop, interpolation: interpolation,
      mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])
  }
}
