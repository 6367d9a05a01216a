import Files
import Inputs
import Recipes
import Support
import TensorCore
import Testing
import Training

/// What torchvision does; recorded by `scripts/golden/make_augmentations.py`.
private struct Golden: Decodable {
  struct Case: Decodable {
    let operation: String
    let magnitude: Double
    let sha256: String
  }
  struct LearnedStep: Decodable {
    let operation: String
    let chance: Double
    let bin: Int

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      operation = try values.decode(String.self)
      chance = try values.decode(Double.self)
      bin = try values.decode(Int.self)
    }
  }
  struct Box: Decodable {
    let height, width, x, y: Int
    let share, adjusted: Double
    let rows, columns: [Int]
  }
  let operations: [String: [Case]]
  let magnitudes: [String: [String: [Double]]]
  let pairs: [[LearnedStep]]
  let boxes: [Box]

  static func read() throws -> Golden { try Fixtures.json(Golden.self, "augmentations.json") }
}

@Suite struct AugmentationPolicyTests {
  private func photo() throws -> Raster {
    try ImageSource.file(FilePath(Repository.path("Models/Samples/cat.jpg"))).decoded()
  }

  /// The images that the script makes of the photograph.
  private func image(_ name: String) throws -> Raster {
    let photo = try photo()
    if name == "photo" { return photo }
    if name == "gray" { return photo.withChannels(1) }
    var square = photo.cropped(top: 50, left: 100, height: 224, width: 224)
    for i in square.pixels.indices { square.pixels[i] = 40 + square.pixels[i] / 2 }
    return square
  }

  @Test(arguments: ["photo", "gray", "square"]) func operationsHaveTorchvisionsBits(name: String) throws {
    let image = try image(name)
    let cases = try #require(Golden.read().operations[name])
    #expect(Set(cases.map(\.operation)) == Set(ImageOperation.allCases.map(\.rawValue)))
    for recorded in cases {
      let operation = try #require(ImageOperation(rawValue: recorded.operation))
      let result = operation.applied(to: image, magnitude: recorded.magnitude)
      let digest = result.pixels.withUnsafeBytes { SHA256.digest(of: $0) }
      #expect(digest == recorded.sha256, "\(recorded.operation) \(recorded.magnitude) of \(name)")
    }
  }

  @Test(arguments: ["auto-augment", "rand-augment=9", "trivial-augment"])
  func magnitudesAreTorchvisions(text: String) throws {
    let policy = try #require(try Augmentation(parsing: text).policy)
    let recorded = try #require(Golden.read().magnitudes[text])
    #expect(recorded.count >= 14)
    for (name, magnitudes) in recorded {
      let operation = try #require(ImageOperation(rawValue: name))
      for (bin, expected) in magnitudes.enumerated() {
        let found = policy.magnitude(of: operation, bin: bin, height: 224, width: 176)
        #expect(abs(found - expected) <= 1e-6 * abs(expected), "\(name) \(bin)")
      }
    }
  }

  @Test func learnedPairsAreTorchvisions() throws {
    let recorded = try Golden.read().pairs
    #expect(recorded.count == AugmentationPolicy.learnedPairs.count)
    for (pair, recorded) in zip(AugmentationPolicy.learnedPairs, recorded) {
      for (step, recorded) in zip([pair.0, pair.1], recorded) {
        #expect(step.operation.rawValue == recorded.operation)
        #expect(step.chance == recorded.chance && step.bin == recorded.bin)
      }
    }
  }

  /// Over many draws every operation comes up about as often as it should, in both directions.
  @Test func policiesDrawEveryOperation() throws {
    for policy in [AugmentationPolicy.autoAugment, .randAugment(magnitude: 30), .trivialAugment] {
      var (counts, negative, signed) = ([ImageOperation: Int](), 0, 0)
      for image in 0..<4000 {
        var generator = CounterGenerator(seed: 3, UInt64(image))
        let steps = policy.draw(height: 224, width: 224, &generator)
        #expect(steps.count == (policy == .trivialAugment ? 1 : 2) || policy == .autoAugment)
        for step in steps {
          counts[step.operation, default: 0] += 1
          if step.magnitude != 0 && step.operation.isSigned {
            signed += 1
            negative += step.magnitude < 0 ? 1 : 0
          }
        }
      }
      #expect(abs(Double(negative) / Double(signed) - 0.5) < 0.05)
      if policy == .autoAugment {
        // The expected number is the sum of the chances, 25 pairs being drawn equally often.
        for operation in Set(counts.keys) {
          let chance = AugmentationPolicy.learnedPairs.flatMap { [$0.0, $0.1] }
            .reduce(0.0) { $0 + ($1.operation == operation ? $1.chance : 0) }
          let expected = 4000 * chance / 25
          #expect(abs(Double(counts[operation, default: 0]) - expected) < 5 * expected.squareRoot() + 5)
        }
      } else {
        #expect(Set(counts.keys) == Set(ImageOperation.allCases).subtracting([.invert]))
        let expected = Double(counts.values.reduce(0, +)) / 14
        for (operation, count) in counts {
          #expect(abs(Double(count) - expected) < 5 * expected.squareRoot(), "\(operation)")
        }
      }
    }
  }

  @Test func cutMixBoxesAreTorchvisions() throws {
    for recorded in try Golden.read().boxes {
      let box = CutMixBox(
        height: recorded.height, width: recorded.width, share: recorded.share, x: recorded.x, y: recorded.y)
      #expect([box.rows.lowerBound, box.rows.upperBound] == recorded.rows)
      #expect([box.columns.lowerBound, box.columns.upperBound] == recorded.columns)
      #expect(box.share == recorded.adjusted)
    }
  }
}
