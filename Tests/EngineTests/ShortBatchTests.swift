import Engine
import GraphIR
import Support
import TensorCore
import Testing

/// A short batch is computed at its own size.
@Suite struct ShortBatchTests {
  /// Images in a whole batch.
  private static let batch = 5
  /// What stands where no logits were written.
  private static let untouched: Float = 12345

  enum Kind: CaseIterable {
    /// Each image is a run of one thread.
    case images
    /// Each image is a run whose layers threads may share.
    case layers
    /// A plan of one image, repeated; its layers may be shared.
    case repeated
    /// The batch is one run.
    case weights
    /// The batch is one run, with float16 weights.
    case halfWeights

    var plan: Plan {
      get throws {
        switch self {
        case .images: Plan(try PlanTests.network(batch: batch))
        case .layers: Plan(try PlanTests.network(batch: batch, size: 61))
        case .repeated: Plan(try PlanTests.network(batch: 1, size: 61)).repeated(batch)
        case .weights: Plan(try PlanTests.Sharing.weights.network(batch: batch))
        case .halfWeights:
          Plan(try PlanTests.Sharing.weights.network(batch: batch), precision: .float16LinearWeights)
        }
      }
    }
  }

  /// Runs `count` images of a plan behind each other, in batches of the given sizes.
  private func run(_ executor: Executor, _ images: [Float], batches: [Int]) -> [Float] {
    let imageCount = images.count / Self.batch
    let classes = 11
    var logits: [Float] = []
    var first = 0
    for count in batches {
      // Images that are not there are NaN, in case they are computed.
      var input = [Float](repeating: .nan, count: images.count)
      input.replaceSubrange(
        0..<count * imageCount, with: images[first * imageCount..<(first + count) * imageCount])
      var result = [Float](repeating: Self.untouched, count: Self.batch * classes)
      executor.run(input, images: count, into: &result)
      #expect(result[(count * classes)...].allSatisfy { $0 == Self.untouched }, "more than \(count) images")
      logits += result[..<(count * classes)]
      first += count
    }
    return logits
  }

  /// A batch that is computed as a whole overwrites the logits of images that are not there.
  @Test(arguments: Kind.allCases, [1, 2, 3, 8]) func onlyTheImagesThatAreThereAreComputed(
    _ kind: Kind, threads: Int
  ) throws {
    let plan = try kind.plan
    let executor = try Executor(plan, parameters: NoiseParameters(), threads: threads)
    #expect(executor.batch == Self.batch)
    var generator = Generator("short batches")
    let images = generator.floats(Self.batch * plan.graph.input.shape.dimensions.dropFirst().reduce(1, *))
    let whole = run(executor, images, batches: [5])
    #expect(whole.allSatisfy { $0.isFinite && $0 != 0 })
    // A short batch may be followed by a whole one, or by one that is shorter still.
    for batches in [[4, 1], [1, 1, 1, 1, 1], [2, 3], [5], [3, 2]] {
      let apart = run(executor, images, batches: batches)
      if plan.division.runs == Self.batch {
        #expect(apart == whole, "\(batches)")
      } else {
        let comparison = Comparison(apart, whole)
        #expect(comparison.error < 2e-6, "\(batches): \(comparison)")
      }
    }
  }
}
