import Files
import Inputs
import Session
import Support
import TensorCore
import Testing
import Weights

/// Images and tensors, batch by batch.
@Suite struct SessionClassifierTests {
  private let images = ["t-shirt.png", "trousers.png", "cat.jpg"].map {
    Repository.path("Models/Samples/\($0)")
  }
  private let bound: BoundNetwork

  init() throws { bound = try BoundNetwork(NetworkRequest("lenet5_modern"), weights: .installed) }

  private func results(
    _ paths: [String], batch: Int, atHand: Bool = false, threads: Int = 1
  ) throws -> [[Classifier.ImageResult]] {
    var list = ImageList(paths)
    var batches: [[Classifier.ImageResult]] = []
    let preprocessor = try bound.network.preprocessor(for: bound.weights)
    try Classifier(bound, batch: batch, threads: threads).classify(
      preprocessor, isNextAtHand: { atHand }, next: { () throws(InputError) in try list.next() }
    ) { batches.append($0) }
    return batches
  }

  private func logits(_ result: Classifier.ImageResult) -> [Float]? { try? result.result.get().logits }

  @Test func batchesDoNotChangeResults() throws {
    let single = try results(images, batch: 1)
    #expect(single.map(\.count) == [1, 1, 1])
    let pairs = try results(images, batch: 2)
    #expect(pairs.map(\.count) == [2, 1])
    // A batch larger than the list costs no more than the list.
    let all = try results(images, batch: 64)
    #expect(all.map(\.count) == [3])
    let expected = single.flatMap { $0.map(logits) }
    #expect(expected.allSatisfy { $0 != nil } && Set(expected).count == 3)
    #expect(pairs.flatMap { $0.map(logits) } == expected && all.flatMap { $0.map(logits) } == expected)
    let direct = try Classifier(bound, threads: 1).classify(
      FilePath(images[0]), bound.network.preprocessor(for: bound.weights))
    #expect(direct.logits == expected[0])
  }

  /// Images that are at hand are taken together, and get the logits that they get one by one.
  @Test(arguments: [1, 2, 3]) func imagesAtHandAreTakenTogether(threads: Int) throws {
    let paths = (0..<17).map { images[$0 % images.count] }
    let together = try results(paths, batch: 1, atHand: true, threads: threads)
    let most = 4 * threads
    #expect(together.map(\.count) == (0..<(17 + most - 1) / most).map { min(most, 17 - most * $0) })
    let alone = try results(paths, batch: 1, threads: threads)
    #expect(alone.map(\.count) == Array(repeating: 1, count: 17))
    #expect(together.flatMap { $0.map(logits) } == alone.flatMap { $0.map(logits) })
    #expect(together.flatMap { $0.map(\.path) } == paths)
  }

  /// A folder after a single image: the memory for one input was filled with eight.
  @Test func aClassifierOfOneImageTakesMore() throws {
    let preprocessor = try bound.network.preprocessor(for: bound.weights)
    let classifier = Classifier(bound, threads: 2)
    let first = try classifier.classify(FilePath(images[0]), preprocessor).logits
    var list = ImageList((0..<17).map { images[$0 % images.count] })
    var found: [[Float]?] = []
    try classifier.classify(preprocessor, next: { () throws(InputError) in try list.next() }) {
      found += $0.map(logits)
    }
    #expect(found.count == 17 && found[0] == first && found[15] == first && !found.contains(nil))
  }

  @Test(arguments: [(1, false), (1, true), (2, false)]) func failuresStandInTheirPlace(
    batch: Int, atHand: Bool
  ) throws {
    let readme = Repository.path("README.md")
    let paths = [images[0], readme, "/no/such.png", images[1]]
    let found = try results(paths, batch: batch, atHand: atHand).flatMap(\.self)
    #expect(found.map(\.path) == paths)
    #expect(found.map { logits($0) != nil } == [true, false, false, true])
    let alone = try results([images[1]], batch: 1)
    #expect(logits(found[3]) == logits(alone[0][0]))
  }

  @Test func stoppingEndsBetweenBatches() throws {
    var list = ImageList(images)
    var count = 0
    try Classifier(bound, threads: 1).classify(
      bound.network.preprocessor(for: bound.weights), isStopped: { count == 2 },
      isNextAtHand: { false }, next: { () throws(InputError) in try list.next() }
    ) { count += $0.count }
    #expect(count == 2)
  }

  @Test func onlyWeightsForGarmentsInvert() throws {
    let random = try BoundNetwork(NetworkRequest("lenet5_modern"), weights: .formula(seed: 1))
    #expect(throws: SessionError.nothingToInvert) {
      try random.network.preprocessor(for: random.weights, inverting: true)
    }
    _ = try bound.network.preprocessor(for: bound.weights, inverting: true)
  }
}
