import Datasets
import Inputs
import Recipes
import TensorCore
import Testing
import Training

@Suite struct PipelineTests {
  private func preprocessing(_ channels: Int, _ side: Int, resize: Int? = nil) -> ImagePreprocessing {
    ImagePreprocessing(
      resize: resize ?? side, cropHeight: side, cropWidth: side, interpolation: .bilinear,
      mean: [Float](repeating: 0.5, count: channels), deviation: [Float](repeating: 0.25, count: channels))
  }

  private func image(_ channels: Int, _ height: Int, _ width: Int) -> Raster {
    let noise = FormulaNoise(name: "image")
    return Raster(
      height: height, width: width, channels: channels,
      pixels: (0..<height * width * channels).map { UInt8((noise[$0] + 1) * 127) })
  }

  private func train(
    _ pipeline: SamplePipeline, _ raster: Raster, seed: UInt64 = 1, epoch: UInt64 = 0
  ) throws -> [Float] {
    var result = [Float](repeating: .nan, count: pipeline.elementCount)
    try pipeline.train(.raster(raster), CounterGenerator(seed: seed, 2, epoch, 5), into: &result)
    return result
  }

  private static let all =
    "resized-crop=0.3,pad-crop=2,flip,rand-augment=9,jitter=0.4,lighting=0.1,cutout=4,erasing=0.5"

  @Test(arguments: [all, "flip", "pad-crop=4", "cutout=8", "auto-augment", "trivial-augment", "none"])
  func sameSeedSameImageOtherEpochAnother(text: String) throws {
    let colors = PrincipalColors(covariance: [0.3, 0.1, 0, 0.1, 0.2, 0.05, 0, 0.05, 0.1])
    let pipeline = SamplePipeline(
      preprocessing(3, 16), augmentation: try Augmentation(parsing: text),
      principalColors: colors)
    let raster = image(3, 16, 16)
    let first = try train(pipeline, raster)
    #expect(!first.contains { !$0.isFinite })
    #expect(try first == train(pipeline, raster))
    let others = try (1..<20).map { try train(pipeline, raster, epoch: $0) }
    #expect(others.contains { $0 != first } == (text != "none"))
  }

  @Test func augmentationReadsItsOwnText() throws {
    let augmentation = try Augmentation(parsing: Self.all + ",mixup=0.2,cutmix=1")
    #expect(try Augmentation(parsing: augmentation.description) == augmentation)
    for wrong in [
      "pad-crop=0", "turn", "cutout", "jitter=nan", "erasing=2", "mixup=-1", "flip=1", "rand-augment=31",
      "rand-augment=1.5", "auto-augment=2", "auto-augment,trivial-augment", "cutmix",
    ] {
      #expect(throws: RecipeError.self, "\(wrong)") { try Augmentation(parsing: wrong) }
    }
  }

  @Test func smallImagesStandInTheMiddleOfBackground() throws {
    let pipeline = SamplePipeline(preprocessing(1, 6, resize: 4), augmentation: Augmentation())
    let raster = Raster(height: 4, width: 4, channels: 1, filledWith: 255)
    var result = [Float](repeating: .nan, count: 36)
    try pipeline.test(.raster(raster), into: &result)
    for y in 0..<6 {
      for x in 0..<6 {
        let isInside = (1...4).contains(y) && (1...4).contains(x)
        #expect(result[y * 6 + x] == (isInside ? 2 : -2))
      }
    }
  }

  @Test func croppingTakesBackgroundFromOutside() {
    let raster = image(1, 3, 4)
    #expect(raster.cropped(top: 0, left: 0, height: 3, width: 4) == raster)
    let part = raster.cropped(top: -1, left: 2, height: 3, width: 4)
    #expect(part.pixels[0..<4].allSatisfy { $0 == 0 })
    #expect(Array(part.pixels[4..<8]) == [raster.pixels[2], raster.pixels[3], 0, 0])
    #expect(raster.cropped(top: 9, left: -9, height: 2, width: 2).pixels == [0, 0, 0, 0])
  }

  @Test func mirroringTwiceIsNothing() {
    let raster = image(3, 3, 4)
    #expect(raster.mirrored != raster)
    #expect(raster.mirrored.mirrored == raster)
  }

  /// A known covariance: one eigenvector along an axis, two rotated by 45 degrees.
  @Test func principalColorsAreEigenvectors() {
    let colors = PrincipalColors(covariance: [2, 1, 0, 1, 2, 0, 0, 0, 5])
    for (found, expected) in zip(colors.values, [Float(1), 3, 5]) { #expect(abs(found - expected) < 1e-5) }
    let shift = colors.shift([0, 0, 2])
    #expect(abs(shift[0]) < 1e-5 && abs(shift[1]) < 1e-5 && abs(shift[2] - 10) < 1e-4)
    let along = colors.shift([0, 1, 0])
    #expect(abs(along[0] - 3 / Float(2).squareRoot()) < 1e-4 && abs(along[0] - along[1]) < 1e-4)
  }

  /// Order and bits of the batches, for any number of workers and from any step on.
  @Test(arguments: [0, 3, 7], ["mixup=0.4", "cutmix=1", "mixup=0.4,cutmix=1"])
  func batchesDoNotDependOnWorkers(first: Int, mix: String) throws {
    let images = ImagesInMemory(
      height: 4, width: 4, channels: 1, pixels: (0..<20 * 16).map { UInt8($0 % 251) },
      labels: (0..<20).map { UInt8($0 % 3) })
    var augmentation = try Augmentation(parsing: "pad-crop=1,flip,\(mix)")
    augmentation.cutout = 2
    let source = BatchLoader.Source(
      images: images,
      pipeline: SamplePipeline(preprocessing(1, 4), augmentation: augmentation), batch: 6,
      seed: 9)
    func batches(workers: Int, from step: Int) throws -> [(images: [Float], targets: [Target])] {
      let loader = try BatchLoader(source, from: step, to: 12, workers: workers)
      defer { loader.stop() }
      return try (step..<12).map { _ in
        let batch = try loader.next()
        return (Array(UnsafeBufferPointer(start: batch.images, count: 6 * 16)), batch.targets)
      }
    }
    #expect(source.stepsPerEpoch == 3)
    let reference = try batches(workers: 1, from: 0)
    for workers in [1, 2, 4] {
      for (found, expected) in zip(try batches(workers: workers, from: first), reference[first...]) {
        #expect(found.images == expected.images)
        #expect(found.targets == expected.targets)
      }
    }
  }
  /// A batch of images of one color each: what every pixel comes from can be seen.
  private func batch(_ mix: String, seed: UInt64) throws -> (rows: [[Float]], targets: [Target]) {
    let images = ImagesInMemory(
      height: 16, width: 16, channels: 1, pixels: (0..<8 * 256).map { UInt8(10 * ($0 / 256)) },
      labels: (0..<8).map(UInt8.init))
    let source = BatchLoader.Source(
      images: images,
      pipeline: SamplePipeline(
        ImagePreprocessing(
          resize: 16, cropHeight: 16, cropWidth: 16, interpolation: .bilinear, mean: [0], deviation: [1]),
        augmentation: try Augmentation(parsing: mix)), batch: 8, seed: seed)
    let loader = try BatchLoader(source, from: 0, to: 1)
    defer { loader.stop() }
    let batch = try loader.next()
    return ((0..<8).map { row in (0..<256).map { batch.images[row * 256 + $0] * 25.5 } }, batch.targets)
  }

  /// Every pixel is the image's or its partner's, in the proportion that the target has.
  @Test func cutMixReplacesABox() throws {
    var shares: Set<Float> = []
    for seed in 0..<20 as Range<UInt64> {
      let (rows, targets) = try batch("cutmix=1", seed: seed)
      #expect(Set(targets.map(\.share)).count == 1)
      for (row, target) in zip(rows, targets) {
        let labels = row.map { Int($0.rounded()) }
        #expect(labels.allSatisfy { $0 == target.label || $0 == target.other })
        let own = labels.filter { $0 == target.label }.count
        let expected = target.label == target.other ? 256 : Int((256 * target.share).rounded())
        #expect(own == expected)
      }
      shares.insert(targets[0].share)
    }
    #expect(shares.count > 10)
  }

  /// With both, some batches are blended and some are cut.
  @Test func mixupAndCutMixTakeTurns() throws {
    var cuts = 0
    for seed in 0..<40 as Range<UInt64> {
      let (rows, targets) = try batch("mixup=1,cutmix=1", seed: seed)
      for (row, target) in zip(rows, targets) where target.label != target.other {
        let mean = row.reduce(0, +) / 256
        let expected = target.share * Float(target.label) + (1 - target.share) * Float(target.other)
        #expect(abs(mean - expected) < 1e-3)
      }
      cuts += rows.contains { Set($0).count > 1 } ? 1 : 0
    }
    #expect((8...32).contains(cuts))
  }
}
