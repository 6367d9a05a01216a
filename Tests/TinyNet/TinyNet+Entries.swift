import TensorCore
import Zoo

extension TinyNet {
  private static let paper = Paper(authors: "Nobody", title: "Tiny Networks", venue: "Nowhere 2000")

  private static let input = ModelInput(
    ImagePreprocessing(
      resize: 8, cropHeight: 8, cropWidth: 8, interpolation: .bilinear, mean: [0.5], deviation: [0.25]))

  package static let entries: [ModelEntry] = [
    .init(
      "tinynet", TinyNet(width: 4), input: input, classes: 2,
      expect: .init(parameters: 434, macs: 2_688, source: "layer arithmetic"), paper: paper,
      weights: [
        PublishedWeights(
          source: "tests", address: "http://127.0.0.1:9/tinynet-52d996de.safetensors",
          preprocessing: input.preprocessing)
      ]),
    .init(
      "tinynet_wide", TinyNet(width: 8), input: input, classes: 2,
      expect: .init(parameters: 862, macs: 5_376, source: "layer arithmetic"), paper: paper),
  ]
}
