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

  private static let all = "resized-crop=0.3,pad-crop=2,flip,jitter=0.4,lighting=0.1,cutout=4,erasing=0.5"

  @Test(arguments: [all, "flip", "pad-crop=4", "cutout=8", "none"])
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
    let augmentation = try Augmentation(parsing: Self.all + ",mixup=0.2")
    #expect(try Augmentation(parsing: augmentation.description) == augmentation)
    for wrong in ["pad-crop=0", "turn", "cutout", "jitter=nan", "erasing=2", "mixup=-1", "flip=1"] {
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
  @Test(arguments: [0, 3, 7])
  func batchesDoNotDependOnWorkers(first: Int) throws {
    let images = ImagesInMemory(
      height: 4, width: 4, channels: 1, pixels: (0..<20 * 16).map { UInt8($0 % 251) },
      labels: (0..<20).map { UInt8($0 % 3) })
    var augmentation = try Augmentation(parsing: "pad-crop=1,flip,mixup=0.4")
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
}
