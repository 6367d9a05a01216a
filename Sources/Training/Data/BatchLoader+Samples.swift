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

  /// Writes the images of a step that this process loads, `[N, C, H, W]`.
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
    let indices = order[position * batch..<(position + 1) * batch]
    var targets: [Target] = []
    targets.reserveCapacity(rows.count)
    for row in rows {
      let index = indices[indices.startIndex + row]
      try prepare(index, epoch: epoch, into: destination + (row - rows.lowerBound) * pipeline.elementCount)
      targets.append(Target(images.label(index)))
    }
    try mix(destination, &targets, indices, step: step)
    return targets
  }

  private func prepare(
    _ index: Int, epoch: Int, into image: UnsafeMutablePointer<Float>
  ) throws(InputError) {
    try pipeline.train(
      images.source(index), CounterGenerator(seed: seed, Stream.sample, UInt64(epoch), UInt64(index)),
      into: image)
  }

  /// Mixes each image with another of the batch, all in the same way, if the augmentation says so.
  ///
  /// A partner that another process loads is prepared here as well.
  private func mix(
    _ values: UnsafeMutablePointer<Float>, _ targets: inout [Target], _ indices: ArraySlice<Int>, step: Int
  ) throws(InputError) {
    var generator = CounterGenerator(seed: seed, Stream.mixup, UInt64(step))
    let (shape, size, rows) = (pipeline.shape, pipeline.elementCount, rows)
    guard let mix = BatchMix(pipeline.augmentation, height: shape[1], width: shape[2], &generator) else {
      return
    }
    let partners = generator.permutation(batch)
    let originals = Array(UnsafeBufferPointer(start: values, count: rows.count * size))
    let other = Buffer(repeating: 0, count: rows.count < batch ? size : 0)
    for row in rows {
      let partner = partners[row]
      let image = UnsafeMutableBufferPointer(start: values + (row - rows.lowerBound) * size, count: size)
      let index = indices[indices.startIndex + partner]
      if rows.contains(partner) {
        let offset = (partner - rows.lowerBound) * size
        mix.apply(to: image, with: originals[offset..<offset + size])
      } else {
        try prepare(index, epoch: step / stepsPerEpoch, into: other.pointer)
        mix.apply(to: image, with: Array(UnsafeBufferPointer(start: other.pointer, count: size))[...])
      }
      targets[row - rows.lowerBound] = Target(
        targets[row - rows.lowerBound].label, other: images.label(index), share: mix.share)
    }
  }
}
