import Datasets
import Inputs
import Recipes
import TensorCore

/// What the batches of a training run hold: pure functions of seed, epoch and position.
extension BatchLoader.Source {
  /// The order of an epoch, counted from 0; images that do not fill a batch at its end are left out.
  package func order(ofEpoch epoch: Int) -> [Int] {
    var generator = CounterGenerator(seed: seed, Stream.order, UInt64(epoch))
    return generator.permutation(images.count)
  }

  /// Writes the batch of a step, `[N, C, H, W]`.
  ///
  /// - Parameters:
  ///   - step: The step, counted from 0 over all epochs.
  ///   - order: The order of its epoch.
  ///   - destination: Where the images go.
  /// - Returns: Their targets.
  /// - Throws: The error of an image that cannot be read.
  package func fill(
    step: Int, _ order: [Int], into destination: UnsafeMutablePointer<Float>
  ) throws(InputError) -> [Target] {
    let (epoch, position) = step.quotientAndRemainder(dividingBy: stepsPerEpoch)
    var targets: [Target] = []
    targets.reserveCapacity(batch)
    for row in 0..<batch {
      let index = order[position * batch + row]
      try pipeline.train(
        images.source(index), CounterGenerator(seed: seed, Stream.sample, UInt64(epoch), UInt64(index)),
        into: destination + row * pipeline.elementCount)
      targets.append(Target(images.label(index)))
    }
    mix(destination, &targets, step: step)
    return targets
  }

  /// Mixes each image with another of the batch, all in the same way, if the augmentation says so.
  private func mix(_ images: UnsafeMutablePointer<Float>, _ targets: inout [Target], step: Int) {
    var generator = CounterGenerator(seed: seed, Stream.mixup, UInt64(step))
    let (shape, size) = (pipeline.shape, pipeline.elementCount)
    guard let mix = BatchMix(pipeline.augmentation, height: shape[1], width: shape[2], &generator) else {
      return
    }
    let partners = generator.permutation(batch)
    let originals = Array(UnsafeBufferPointer(start: images, count: batch * size))
    let labels = targets.map(\.label)
    for (row, partner) in partners.enumerated() {
      let image = UnsafeMutableBufferPointer(start: images + row * size, count: size)
      mix.apply(to: image, with: originals[partner * size..<(partner + 1) * size])
      targets[row] = Target(labels[row], other: labels[partner], share: mix.share)
    }
  }
}
