import Datasets
import Foundation
import GraphIR
import Recipes
import Support
import TensorCore
import Testing
import Training
import Weights

@Suite struct RunTests {
  /// Two linearly separable classes with noise: images of 3 × 3.
  static let images: ImagesInMemory = {
    let noise = FormulaNoise(name: "images")
    let pixels = (0..<90 * 9).map { at -> UInt8 in
      let isBright = at / 9 % 2 == 0 && at % 9 < 4
      return UInt8(max(0, min(255, 100 + (isBright ? 60 : 0) + noise[at] * 40)))
    }
    return ImagesInMemory(
      height: 3, width: 3, channels: 1, pixels: pixels, labels: (0..<90).map { UInt8($0 % 2) })
  }()

  static func settings() throws -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = 3
    settings.batch = 8
    settings.averageDecay = 0.9
    settings.gradientLimit = 1
    settings.augmentation = try Augmentation(parsing: "flip,pad-crop=1,mixup=0.2")
    settings.seed = 5
    return settings
  }

  static func parts(
    _ network: ToyNetwork, _ settings: TrainingSettings, workers: Int = 1
  ) -> Trainer.Parts {
    let pipeline = SamplePipeline(
      ImagePreprocessing(
        resize: 3, cropHeight: 3, cropWidth: 3, interpolation: .bilinear, mean: [0.4], deviation: [0.2]),
      augmentation: settings.augmentation)
    var parts = Trainer.Parts(
      network: network,
      source: BatchLoader.Source(
        images: images, pipeline: pipeline, batch: settings.batch, seed: settings.seed),
      test: images.prefix(30), settings: settings)
    parts.workers = workers
    parts.saveInterval = 4
    parts.logInterval = 5
    return parts
  }

  @discardableResult
  private static func run(
    in path: String, resumes: Bool = false, workers: Int = 1, _ settings: TrainingSettings? = nil,
    network: ToyNetwork = ToyNetwork(batch: 8, inputs: 9, classes: 2)
  ) throws -> ToyNetwork {
    let trainer = try Trainer(
      parts(network, settings ?? Self.settings(), workers: workers), folder: RunFolder(path: path))
    _ = try trainer.run(resumes: resumes)
    return network
  }

  static func bytes(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

  static func bits(_ network: ToyNetwork) -> [UInt32] { network.values.map(\.bitPattern) }

  /// A kill leaves the folder as it is at that moment, so a copy is made before each step.
  ///
  /// Resumed from any copy, the training run must end with the same bits.
  @Test func resumesBitForBitFromEveryStep() throws {
    let folder = try TemporaryFolder()
    let network = ToyNetwork(batch: 8, inputs: 9, classes: 2)
    var copies = 0
    network.beforeForward = {
      copies += 1
      try? FileManager.default.copyItem(atPath: folder.path + "/run", toPath: folder.path + "/copy\(copies)")
    }
    try Self.run(in: folder.path + "/run", network: network)
    #expect(copies == 33)
    for copy in 1...copies {
      let resumed = try Self.run(in: folder.path + "/copy\(copy)", resumes: true, workers: copy % 3 + 1)
      #expect(Self.bits(resumed) == Self.bits(network), "killed before step \(copy)")
      for file in ["last.safetensors", "best.safetensors"] {
        #expect(Self.bytes("\(folder.path)/copy\(copy)/\(file)") == Self.bytes("\(folder.path)/run/\(file)"))
      }
    }
  }

  /// Except for times, a resumed run writes the lines of an uninterrupted one.
  @Test func metricsHaveNoGapAndNothingTwice() throws {
    let folder = try TemporaryFolder()
    let network = ToyNetwork(batch: 8, inputs: 9, classes: 2)
    var step = 0
    network.beforeForward = {
      step += 1
      if step == 20 {
        try? FileManager.default.copyItem(atPath: folder.path + "/a", toPath: folder.path + "/b")
      }
    }
    try Self.run(in: folder.path + "/a", network: network)
    try Self.run(in: folder.path + "/b", resumes: true)
    func lines(_ name: String) throws -> [Substring] {
      let text = try String(contentsOfFile: "\(folder.path)/\(name)/metrics.jsonl", encoding: .utf8)
      return text.replacing(/"(images_per_second|seconds)":[^,}]*/, with: "").split(separator: "\n")
    }
    #expect(try lines("a") == lines("b"))
    #expect(try lines("a").count == 3 * 3 + 3)
  }

  @Test func learnsToTellTheClassesApart() throws {
    let folder = try TemporaryFolder()
    var settings = try Self.settings()
    settings.augmentation = Augmentation()
    settings.epochs = 20
    let network = ToyNetwork(batch: 8, inputs: 9, classes: 2)
    let trainer = try Trainer(
      Self.parts(network, settings), folder: RunFolder(path: folder.path + "/deep/run"))
    let test = try trainer.run(resumes: false)
    #expect(test.topOne == 1)
    #expect(test.topFive == 1)
    #expect(test.confusion == [15, 0, 0, 15])
    let saved = try StateDict(Checkpoint.open(path: folder.path + "/deep/run/best.safetensors"))
    #expect(saved.names == ["fc.weight", "fc.bias", "norm.running_mean"])
  }

  @Test func refusesASecondRunAndOtherSettings() throws {
    let folder = try TemporaryFolder()
    try Self.run(in: folder.path)
    #expect(throws: TrainingError.holdsRun(folder: folder.path)) { try Self.run(in: folder.path) }
    var settings = try Self.settings()
    settings.learningRate.base = 0.06
    #expect(
      throws: TrainingError.otherSettings(
        folder: folder.path, differences: ["learning_rate was 0.05, is 0.06"])
    ) { try Self.run(in: folder.path, resumes: true, settings) }
  }

  @Test func refusesAFolderThatIsTrainedInto() throws {
    let folder = try TemporaryFolder()
    let first = try RunFolder(path: folder.path)
    #expect(throws: TrainingError.locked(folder: folder.path)) { try RunFolder(path: folder.path) }
    withExtendedLifetime(first) {}
  }

  @Test func namesStepAndLayerOfALossThatIsNoNumber() throws {
    let folder = try TemporaryFolder()
    let network = ToyNetwork(batch: 8, inputs: 9, classes: 2)
    var step = 0
    network.beforeForward = {
      step += 1
      if step == 14 { network.values[3] = .nan }
    }
    #expect(throws: TrainingError.notFinite(step: 3, epoch: 2, layer: "fc")) {
      try Self.run(in: folder.path, network: network)
    }
    // Step 12 was saved; resumed from there, the run completes.
    try Self.run(in: folder.path, resumes: true)
  }

  @Test func frozenTensorsKeepTheirBits() throws {
    let folder = try TemporaryFolder()
    let network = ToyNetwork(batch: 8, inputs: 9, classes: 2)
    let before = Self.bits(network)
    var parts = Self.parts(network, try Self.settings())
    parts.frozen = ["fc.bias", "norm.running_mean"]
    _ = try Trainer(parts, folder: RunFolder(path: folder.path)).run(resumes: false)
    #expect(Self.bits(network)[18...] == before[18...])
    #expect(Self.bits(network)[..<18] != before[..<18])
  }

  @Test func refusesADamagedState() throws {
    let folder = try TemporaryFolder()
    try Self.run(in: folder.path)
    let path = folder.path + "/state.safetensors"
    let whole = try #require(Self.bytes(path))
    for cut in [whole.prefix(20), whole.prefix(whole.count - 1), Data()] {
      try cut.write(to: URL(fileURLWithPath: path))
      #expect(throws: TrainingError.self) { try Self.run(in: folder.path, resumes: true) }
    }
    try #require(Self.bytes(folder.path + "/last.safetensors")).write(to: URL(fileURLWithPath: path))
    #expect(throws: TrainingError.self, "weights are no state") {
      try Self.run(in: folder.path, resumes: true)
    }
  }

  @Test func aBatchLargerThanTheDataIsRefused() throws {
    let folder = try TemporaryFolder()
    var settings = try Self.settings()
    settings.batch = 91
    #expect(throws: TrainingError.batchTooLarge(batch: 91, images: 90)) {
      try Self.run(in: folder.path, settings, network: ToyNetwork(batch: 91, inputs: 9, classes: 2))
    }
  }
}
