import ArgumentParser
import Inputs
import Recipes
import TensorCore
import Training
import Weights
import Zoo

/// Which images a network learns from or is tested on.
struct DataOptions: ParsableArguments {
  @Option(
    help: .init(
      "fashion-mnist, or a folder: IDX files, CIFAR batches, or train/CLASS and val/CLASS.", valueName: "dir")
  )
  var data: String

  @Option(help: .init("Threads that decode and vary images.", valueName: "n"))
  var workers: Int?

  func validate() throws {
    if let workers, !Limits.threads.contains(workers) {
      throw ValidationError("--workers takes a number from 1 to \(Limits.threads.upperBound)")
    }
  }

  /// Threads for a data set: images in memory need no more than one.
  func workerCount(for data: Dataset, threads: Int) -> Int {
    workers ?? (data.fixedSize == nil ? threads : 1)
  }
}

extension NetworkOptions {
  /// The network for a data set: the one that `weights` describe, or else one with as many outputs as classes, and
  /// for small images of one size with an input that takes them.
  ///
  /// The network's own input stays where the images fit into it with a margin of a few pixels, as digits
  /// of 28 pixels fit into LeNet's 32.
  func model(named name: String, for data: Dataset, weights: WeightChoice? = nil) throws -> Model {
    var model = try model(named: name, for: weights)
    let isDescribed = weights?.description != nil
    if classes == nil, !isDescribed { model.classes = data.classNames.count }
    guard model.classes >= data.classNames.count else {
      throw TrainingError.tooFewOutputs(classes: data.classNames.count, outputs: model.classes)
    }
    if inputSize == nil, !isDescribed, let size = data.fixedSize {
      let own = model.image
      let isMargin = [own[1] - size.height, own[2] - size.width].allSatisfy((0...4).contains)
      if own[0] != size.channels || !isMargin { model.image = [size.channels, size.height, size.width] }
    }
    return model
  }
}

extension WeightDescription {
  /// Whether the weights were trained on images of the kind that `data` has, into its classes.
  func suits(_ data: Dataset) -> Bool {
    classNames == data.classNames && (data.fixedSize.map { $0.channels == inputShape[0] } ?? true)
  }
}

extension Model {
  /// How the images of a data set become input: as the weights' own description says; else small ones with their
  /// own statistics, others as for the published weights.
  func pipeline(
    for data: Dataset, weights: WeightChoice = .formula(seed: 0), augmentation: Augmentation = Augmentation()
  ) throws -> SamplePipeline {
    guard image[0] == 1 || image[0] == 3 else {
      throw UsageError("\(name) with \(image[0]) channels cannot look at images")
    }
    var preprocessing = try preprocessing(for: weights)
    if weights.description == nil, let size = data.fixedSize, size.channels == image[0] {
      preprocessing.mean = size.mean
      preprocessing.deviation = size.deviation
    }
    var colors: PrincipalColors?
    if augmentation.lighting > 0, image[0] == 3 { colors = try PrincipalColors(of: data.train) }
    return SamplePipeline(
      preprocessing, isFixedSize: data.fixedSize != nil, augmentation: augmentation, principalColors: colors
    )
  }
}
