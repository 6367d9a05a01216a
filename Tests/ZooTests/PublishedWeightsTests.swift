import Foundation
import Support
import TensorCore
import Testing
import Zoo

/// What the registry says about published weights, against what torchvision and timm say, as recorded by
/// `scripts/golden/preprocessing.py`.
struct PublishedWeightsTests {
  private struct Recorded: Decodable {
    let model: String
    let source: String
    let address: String
    let resize: Int
    let crop: Int
    let interpolation: String
    let mean: [Float]
    let std: [Float]
    let top1: Double?
    let top5: Double?

    var preprocessing: ImagePreprocessing? {
      ImagePreprocessing.Interpolation(rawValue: interpolation).map {
        ImagePreprocessing(
          resize: resize, cropHeight: crop, cropWidth: crop, interpolation: $0, mean: mean, deviation: std)
      }
    }
  }

  private static func recorded() throws -> [Recorded] {
    let file = Repository.root.appending(path: "Tests/Fixtures/published_weights.json")
    return try JSONDecoder().decode([Recorded].self, from: Data(contentsOf: file))
  }

  /// Address, preprocessing and accuracy of every set of weights from one of the two.
  @Test func factsAreThoseOfTheFrameworks() throws {
    let recorded = try Dictionary(uniqueKeysWithValues: Self.recorded().map { ($0.source, $0) })
    var count = 0
    for entry in Registry.standard.all {
      for weights in entry.weights
      where weights.source.hasPrefix("torchvision ") || weights.source.hasPrefix("timm ") {
        let expected = try #require(recorded[weights.source], "\(entry.name): \(weights.source)")
        count += 1
        #expect(
          expected.model == entry.name && weights.address == expected.address
            && expected.address.hasSuffix("/" + weights.file), "\(weights.source)")
        #expect(weights.preprocessing == expected.preprocessing, "\(weights.source)")
        if let top1 = expected.top1, let top5 = expected.top5 {
          #expect(weights.accuracy.map(\.percent) == [top1, top5], "\(weights.source)")
        }
      }
    }
    #expect(count > 100)
  }

  /// Files do not share a name in a folder, and those that may be changed by their publisher have no name of their own.
  @Test func storedNamesDiffer() throws {
    var names: [String: PublishedWeights] = [:]
    for weights in Registry.standard.all.flatMap(\.weights) {
      let other = names.updateValue(weights, forKey: weights.storedName)
      #expect(other == nil || other?.address == weights.address, "\(weights.storedName)")
      #expect((weights.storedName == weights.file) == (weights.hashPrefix != nil), "\(weights.storedName)")
      #expect(!weights.storedName.contains("/") && !weights.storedName.hasPrefix("."))
    }
  }

  /// Every classifier and every set of weights of torchvision is in the registry.
  @Test func noneOfTorchvisionsIsMissing() throws {
    for recorded in try Self.recorded() where recorded.source.hasPrefix("torchvision ") {
      let entry = try Registry.standard.entry(recorded.model)
      #expect(entry.weights.contains { $0.source == recorded.source }, "\(recorded.source)")
    }
  }
}
