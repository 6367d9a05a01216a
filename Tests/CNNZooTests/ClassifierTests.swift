import CNNZoo
import Support
import Testing

/// The library as other packages see it.
@Suite struct ClassifierTests {
  private let shirt = Repository.path("Models/Samples/t-shirt.png")

  private func reason(_ body: () throws(ClassifierError) -> Void) -> ClassifierError.Reason? {
    do throws(ClassifierError) {
      try body()
      return nil
    } catch { return error.reason }
  }

  @Test func classifiesAnImage() throws {
    let classifier = try Classifier("lenet5")
    #expect(classifier.inputShape == [1, 32, 32] && classifier.classCount == 10)
    let predictions = try classifier.classify(imageAt: shirt, top: 3)
    #expect(predictions.count == 3)
    #expect(predictions.first?.label == "T-shirt/top" && predictions.first?.index == 0)
    #expect(predictions.map(\.probability) == predictions.map(\.probability).sorted(by: >))
    let all = try classifier.classify(imageAt: shirt, top: .max)
    #expect(abs(all.reduce(0) { $0 + $1.probability } - 1) < 1e-5)
  }

  @Test func theThreadsDoNotMatter() throws {
    let one = try Classifier("resnet20_cifar", threads: 1).logits(ofImageAt: shirt)
    let three = try Classifier("resnet20_cifar", threads: 3).logits(ofImageAt: shirt)
    #expect(one == three)
  }

  @Test func takesPreparedInputs() throws {
    let classifier = try Classifier("lenet5_modern", weights: .random(seed: 1))
    let count = classifier.inputShape.reduce(1, *)
    let logits = try classifier.logits(of: [Float](repeating: 0.5, count: count))
    #expect(logits.count == classifier.classCount && Set(logits).count > 1)
    #expect(classifier.predictions(logits, top: 1).first?.probability ?? 0 > 0.1)
    #expect(reason { () throws(ClassifierError) in _ = try classifier.logits(of: [1]) } == .unusableInput)
  }

  @Test func errorsHaveAReason() throws {
    func create(_ network: String, _ weights: WeightSource) -> ClassifierError.Reason? {
      reason { () throws(ClassifierError) in _ = try Classifier(network, weights: weights) }
    }
    #expect(create("resnte50", .installed) == .unknownNetwork)
    #expect(create("lenet5", .file("/no/such.pth")) == .unusableWeights)
    #expect(
      create("lenet5", .file(Repository.path("Tests/WeightsTests/Fixtures/zip.pth"))) == .unusableWeights)
    let classifier = try Classifier("lenet5")
    for path in ["/no/such.png", Repository.path("README.md")] {
      #expect(
        reason { () throws(ClassifierError) in _ = try classifier.classify(imageAt: path) } == .unusableImage)
    }
    // After an error the classifier is as good as before.
    #expect(try classifier.classify(imageAt: shirt).first?.label == "T-shirt/top")
  }

  @Test func namesEveryNetwork() {
    #expect(Classifier.networks.count > 20 && Classifier.networks.contains("resnet50"))
  }
}
