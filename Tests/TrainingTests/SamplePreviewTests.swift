import Datasets
import Inputs
import Recipes
import Session
import Support
import TensorCore
import Testing
import Training
import TrainingSession
import Zoo

@Suite struct SamplePreviewTests {
  private let data: Dataset

  /// 50 images of noise for training and 10 for tests.
  init() throws {
    let folder = try TemporaryFolder()
    let noise = FormulaNoise(name: "preview")
    for (name, count) in [("train", 50), ("t10k", 10)] {
      let pixels = (0..<count * 784).map { UInt8((noise[$0] + 1) * 127) }
      try folder.write(IDX.images(pixels, height: 28, width: 28), to: "\(name)-images-idx3-ubyte")
      try folder.write(IDX.labels((0..<count).map { UInt8($0 % 10) }), to: "\(name)-labels-idx1-ubyte")
    }
    data = try Dataset.open(folder.path)
  }

  /// What the preview shows is what the loader of a training run with the same settings hands out.
  @Test(arguments: [
    "none", "flip,pad-crop=2,cutout=5", "resized-crop=0.3,erasing=0.5", "flip,mixup=0.4", "cutmix=1",
  ])
  func samplesAreThoseOfTheLoader(text: String) throws {
    var settings = TrainingSettings()
    settings.augmentation = try Augmentation(parsing: text)
    (settings.batch, settings.seed) = (16, 9)
    let network = try Network(NetworkRequest("lenet5_modern"), trainedOn: data)
    let preview = try SamplePreview(
      of: network, on: data, augmentation: settings.augmentation, seed: 9, batch: 16, images: 20,
      epochs: 3)
    #expect(preview.rows.count == 20)
    let training = try PlannedTraining(network, on: data, settings, PlannedTraining.Options())
    #expect(training.preprocessing == preview.preprocessing)

    let pipeline = SamplePipeline(training.preprocessing, augmentation: settings.augmentation)
    let source = BatchLoader.Source(
      images: try data.images(of: .train), pipeline: pipeline, batch: 16, seed: 9)
    let loader = try BatchLoader(source, from: 0, to: 9)
    defer { loader.stop() }
    var compared = 0
    for epoch in 0..<3 {
      let order = source.order(ofEpoch: epoch)
      var left = Set(preview.rows.indices)
      for step in 0..<3 {
        let batch = try loader.next()
        for position in 0..<16 {
          guard let row = preview.rows.firstIndex(where: { $0.index == order[16 * step + position] }) else {
            continue
          }
          let sample = try #require(preview.rows[row].samples[epoch])
          let size = pipeline.elementCount
          #expect(sample.values == (0..<size).map { batch.images[position * size + $0] })
          #expect(sample.target == batch.targets[position])
          left.remove(row)
          compared += 1
        }
      }
      // Those that do not fill a batch are left out where batches matter.
      let isMixed = settings.augmentation.mixup > 0 || settings.augmentation.cutmix > 0
      for row in left { #expect((preview.rows[row].samples[epoch] == nil) == isMixed) }
    }
    #expect(compared > 50)
    if text == "none" {
      for row in preview.rows { #expect(row.samples.allSatisfy { $0?.values == row.original }) }
    }
    let sheet = preview.sheet
    let side = preview.preprocessing.cropWidth
    #expect(sheet.width == 4 * (side * (112 / side) + 8) + 8 && sheet.channels == 3)
  }

  @Test func captionsNameBothClassesOfAMixture() throws {
    let network = try Network(NetworkRequest("lenet5_modern"), trainedOn: data)
    let preview = try SamplePreview(
      of: network, on: data, augmentation: Augmentation(), seed: 0, batch: 1, images: 1, epochs: 1)
    #expect(preview.captions(of: Target(3)) == ["3"])
    #expect(preview.captions(of: Target(3, other: 4, share: 0.75)) == ["0.75 3", "0.25 4"])
  }
}
