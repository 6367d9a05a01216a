import TensorCore

/// Figures from a paper, a reference framework or a count of the original code; never our own output.
package struct PublishedCounts: Hashable, Sendable {
  /// Trainable values outside auxiliary heads.
  package let parameters: Int
  /// Multiply-accumulates of convolutions and linear layers at the model's own input, batch 1.
  package let macs: Int
  /// Trainable values of auxiliary heads.
  package let auxiliary: Int
  /// Who counted, and what.
  package let source: String

  /// Published figures.
  package init(parameters: Int, macs: Int, auxiliary: Int = 0, source: String) {
    self.parameters = parameters
    self.macs = macs
    self.auxiliary = auxiliary
    self.source = source
  }

  /// Figures of a torchvision model, counted on shape-only tensors.
  package static func torchvision(
    parameters: Int, macs: Int, auxiliary: Int = 0
  ) -> PublishedCounts {
    PublishedCounts(
      parameters: parameters, macs: macs, auxiliary: auxiliary, source: "torchvision 0.28.0")
  }

  /// Figures of a timm model, counted on shape-only tensors.
  package static func timm(parameters: Int, macs: Int) -> PublishedCounts {
    PublishedCounts(parameters: parameters, macs: macs, source: "timm 1.0.31")
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
  /// Name of the file, as its publisher has it.
  package let file: String
  /// Where it is published; `nil` if only as a part of something larger.
  package let address: String?
  /// Size of the file in MiB, where it is known.
  package let mebibytes: Double?
  /// How images are prepared for these weights.
  package let preprocessing: ImagePreprocessing
  /// Accuracies of these weights; empty where none is known.
  package let accuracy: [PublishedAccuracy]
  /// Settings that the network must have for these weights, as `--set` would give them.
  package let settings: [SettingValue]

  /// The input that they were measured at, `[C, H, W]`.
  package var image: Shape { ModelInput(preprocessing).shape }

  /// Facts about a weight file.
  package init(
    source: String, file: String, address: String? = nil, mebibytes: Double? = nil,
    preprocessing: ImagePreprocessing, accuracy: [PublishedAccuracy] = [], settings: [SettingValue] = []
  ) {
    self.source = source
    self.file = file
    self.address = address
    self.mebibytes = mebibytes
    self.preprocessing = preprocessing
    self.accuracy = accuracy
    self.settings = settings
  }

  /// Facts about a weight file that has the last part of its address for a name.
  package init(
    source: String, address: String, preprocessing: ImagePreprocessing, accuracy: [PublishedAccuracy] = [],
    settings: [SettingValue] = []
  ) {
    self.init(
      source: source, file: address.split(separator: "/").last.map(String.init) ?? address, address: address,
      preprocessing: preprocessing, accuracy: accuracy, settings: settings)
  }

  /// One of torchvision's files, with the accuracies that its metadata state.
  package static func torchvision(
    _ name: String, _ file: String, mebibytes: Double, top1: Double, top5: Double, crop: Int = 224,
    resize: Int = 256, interpolation: ImagePreprocessing.Interpolation = .bilinear,
    settings: [SettingValue] = []
  ) -> PublishedWeights {
    .torchvision(
      name, file, mebibytes: mebibytes, top1: top1, top5: top5,
      preprocessing: .imageNet(crop, resize: resize, interpolation: interpolation), settings: settings)
  }

  /// The same with any preprocessing.
  package static func torchvision(
    _ name: String, _ file: String, mebibytes: Double, top1: Double, top5: Double,
    preprocessing: ImagePreprocessing, settings: [SettingValue] = []
  ) -> PublishedWeights {
    let source = "torchvision \(name)"
    return PublishedWeights(
      source: source, file: file, address: "https://download.pytorch.org/models/\(file)",
      mebibytes: mebibytes,
      preprocessing: preprocessing, accuracy: .imageNet(top1: top1, top5: top5, source: source),
      settings: settings)
  }

  /// One of timm's files, with the accuracies in its `results-imagenet.csv`; files without an address of their own are
  /// those of its repository on the hub.
  package static func timm(
    _ name: String, _ address: String? = nil, top1: Double, top5: Double, preprocessing: ImagePreprocessing
  ) -> PublishedWeights {
    let source = "timm \(name)"
    return PublishedWeights(
      source: source,
      address: address ?? "https://huggingface.co/timm/\(name)/resolve/main/model.safetensors",
      preprocessing: preprocessing, accuracy: .imageNet(top1: top1, top5: top5, source: source))
  }

  /// The name that the file has among those of others: its own, or that of the weights where it is any file's, such as
  /// `dpn68.mx_in1k.safetensors` for a `model.safetensors`.
  package var storedName: String {
    guard file.hasPrefix("model."), let name = source.split(separator: " ").last else { return file }
    return String(name) + file.dropFirst("model".count)
  }

  /// The hexadecimal digits, eight or more, that the file's SHA-256 begins with, where its name ends in them:
  /// `11ad3fa6` of `resnet50-11ad3fa6.pth`.
  package var hashPrefix: String? {
    let stem = file.lastIndex(of: ".").map { file[..<$0] } ?? file[...]
    guard let last = stem.split(separator: "-").last, 8...64 ~= last.count, last != stem,
      last.allSatisfy(\.isHexDigit)
    else { return nil }
    return String(last)
  }
}

/// A setting with its value: `transformInput=true`.
package struct SettingValue: Hashable, Sendable {
  /// Name of the setting.
  package let name: String
  /// Its value as text.
  package let value: String

  /// A setting with its value.
  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A published accuracy.
package struct PublishedAccuracy: Hashable, Sendable {
  /// What was measured, on what: `ImageNet top-1`.
  package let metric: String
  /// Percent.
  package let percent: Double
  /// Who reports it.
  package let source: String

  /// A published accuracy.
  package init(_ metric: String, _ percent: Double, source: String) {
    self.metric = metric
    self.percent = percent
    self.source = source
  }
}

extension [PublishedAccuracy] {
  /// Top-1 and top-5 on ImageNet.
  package static func imageNet(top1: Double, top5: Double, source: String) -> [PublishedAccuracy] {
    [
      PublishedAccuracy("ImageNet top-1", top1, source: source),
      PublishedAccuracy("ImageNet top-5", top5, source: source),
    ]
  }
}
