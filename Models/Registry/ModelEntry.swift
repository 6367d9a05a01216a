import GraphIR
import TensorCore

/// A named network: an architecture with all its numbers, and what is known about it.
package struct ModelEntry: Sendable {
  /// The field's name: `resnext50_32x4d`.
  package let name: String
  /// The network.
  package let architecture: any Architecture
  /// Its own input, and how a picture is made into it.
  package let input: ModelInput
  /// Outputs of the published head.
  package let classes: Int
  /// Published counts that the built network is held to.
  package let expect: PublishedCounts
  /// Where the network was published.
  package let paper: Paper
  /// Weights that others publish, best known first.
  package let weights: [PublishedWeights]
  /// Published accuracies, each with its source.
  package let accuracy: [PublishedAccuracy]

  /// An entry from its parts.
  package init(
    _ name: String, _ architecture: any Architecture, input: ModelInput, classes: Int = 1000,
    expect: PublishedCounts, paper: Paper, weights: [PublishedWeights] = [],
    accuracy: [PublishedAccuracy] = []
  ) {
    self.name = name
    self.architecture = architecture
    self.input = input
    self.classes = classes
    self.expect = expect
    self.paper = paper
    self.weights = weights
    self.accuracy = accuracy
  }

  /// The network at its own size, or at another batch, input or number of classes.
  package func graph(
    batch: Int = 1, input: Shape? = nil, classes: Int? = nil
  ) throws(GraphError) -> Graph {
    let picture = input ?? self.input.shape
    return try architecture.graph(
      input: [batch, picture[0], picture[1], picture[2]], classes: classes ?? self.classes)
  }
}

/// What a network expects to be fed.
package struct ModelInput: Hashable, Sendable {
  /// `[C, H, W]`.
  package let shape: Shape
  /// How a picture becomes that.
  package let preprocessing: ImagePreprocessing

  /// ImageNet as torchvision prepares it: shorter side to `resize`, centre crop of `crop`.
  package static func imageNet(
    _ crop: Int, resize: Int = 256, interpolation: ImagePreprocessing.Interpolation = .bilinear
  ) -> ModelInput {
    ModelInput(
      shape: [3, crop, crop],
      preprocessing: ImagePreprocessing(
        resize: resize, cropHeight: crop, cropWidth: crop, interpolation: interpolation,
        mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225]))
  }

  /// CIFAR: 32 × 32 colour pictures.
  package static let cifar = ModelInput(
    shape: [3, 32, 32],
    preprocessing: ImagePreprocessing(
      resize: 32, cropHeight: 32, cropWidth: 32, interpolation: .bilinear,
      mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616]))

  /// MNIST digits on 32 × 32 gray pixels, as LeNet-5 reads them.
  package static let digits = ModelInput(
    shape: [1, 32, 32],
    preprocessing: ImagePreprocessing(
      resize: 32, cropHeight: 32, cropWidth: 32, interpolation: .bilinear, mean: [0.1307],
      deviation: [0.3081]))
}

/// Figures from a paper, a reference framework or a count of the original code; never our own output.
package struct PublishedCounts: Hashable, Sendable {
  /// Trainable values outside auxiliary heads.
  package let parameters: Int
  /// Multiply-accumulates of convolutions and linear layers at the model's own input, batch 1.
  package let macs: Int
  /// Trainable values of auxiliary heads.
  package let auxiliary: Int

  /// Published figures.
  package init(parameters: Int, macs: Int, auxiliary: Int = 0) {
    self.parameters = parameters
    self.macs = macs
    self.auxiliary = auxiliary
  }
}

/// Where a network was published.
package struct Paper: Hashable, Sendable {
  /// Names of the authors.
  package let authors: String
  /// Title of the paper.
  package let title: String
  /// Conference or journal and year.
  package let venue: String
  /// arXiv number, where there is one.
  package let arXiv: String?

  /// A citation.
  package init(authors: String, title: String, venue: String, arXiv: String? = nil) {
    self.authors = authors
    self.title = title
    self.venue = venue
    self.arXiv = arXiv
  }
}

/// A weight file that others publish.
package struct PublishedWeights: Hashable, Sendable {
  /// Who publishes it and under which name: `torchvision ResNet50_Weights.IMAGENET1K_V2`.
  package let source: String
  /// Name of the file; torchvision's ends in the first digits of its SHA-256.
  package let file: String
  /// Bytes of the file in units of 2^20.
  package let mebibytes: Double
  /// How pictures are prepared for these weights.
  package let preprocessing: ImagePreprocessing

  /// Facts about a weight file.
  package init(
    source: String, file: String, mebibytes: Double, preprocessing: ImagePreprocessing
  ) {
    self.source = source
    self.file = file
    self.mebibytes = mebibytes
    self.preprocessing = preprocessing
  }
}

/// An accuracy that somebody has published.
package struct PublishedAccuracy: Hashable, Sendable {
  /// What was measured, on what: `ImageNet top-1`.
  package let metric: String
  /// Percent.
  package let percent: Double
  /// Who says so.
  package let source: String

  /// A published accuracy.
  package init(_ metric: String, _ percent: Double, source: String) {
    self.metric = metric
    self.percent = percent
    self.source = source
  }
}
