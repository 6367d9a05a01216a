import Glibc
import Inputs
import Recipes
import TensorCore

/// From a stored image to the floats that a network reads in training: what ``Preprocessor`` does to every image, and
/// between its crop and its normalization what is random.
package struct SamplePipeline: Sendable {
  /// `[C, H, W]` of the network.
  package let shape: Shape
  /// How training images are augmented.
  package let augmentation: Augmentation
  /// What is done to every image.
  package let preprocessor: Preprocessor
  private let principalColors: PrincipalColors?

  /// Floats of one image.
  package var elementCount: Int { shape.count }

  /// A pipeline into a network's input.
  ///
  /// - Parameters:
  ///   - preprocessing: What is done to every image.
  ///   - augmentation: What is done to training images.
  ///   - principalColors: Of the training images, where the augmentation needs them.
  package init(
    _ preprocessing: ImagePreprocessing, augmentation: Augmentation, principalColors: PrincipalColors? = nil
  ) {
    preprocessor = Preprocessor(preprocessing)
    self.augmentation = augmentation
    self.principalColors = principalColors
    shape = [preprocessing.mean.count, preprocessing.cropHeight, preprocessing.cropWidth]
  }

  /// Writes a training image, `[C, H, W]`.
  package func train(
    _ source: ImageSource, _ generator: CounterGenerator, into destination: UnsafeMutablePointer<Float>
  ) throws(InputError) {
    var generator = generator
    let (height, width) = (shape[1], shape[2])
    var image: Raster
    if let share = augmentation.resizedCrop {
      image = try randomResizedCrop(source, leastShare: share, &generator)
    } else {
      image = try preprocessor.pixels(of: source).0
    }
    if augmentation.padCrop > 0 {
      let reach = augmentation.padCrop
      image = image.cropped(
        top: generator.below(2 * reach + 1) - reach, left: generator.below(2 * reach + 1) - reach,
        height: height, width: width)
    }
    if augmentation.flips, generator.next() >> 63 == 1 { image = image.mirrored }
    if let policy = augmentation.policy { image = policy.augmented(image, &generator) }
    if augmentation.jitter > 0 { jitter(&image, &generator) }
    preprocessor.normalize(
      image, into: UnsafeMutableBufferPointer(start: destination, count: elementCount))
    if augmentation.lighting > 0 { light(destination, &generator) }
    if augmentation.cutout > 0 {
      let (side, y, x) = (augmentation.cutout, generator.below(height), generator.below(width))
      blank(
        destination, rows: y - side / 2..<y - side / 2 + side, columns: x - side / 2..<x - side / 2 + side)
    }
    if augmentation.erasing > 0 { erase(destination, &generator) }
  }

  /// Writes a test image, `[C, H, W]`: nothing random.
  package func test(
    _ source: ImageSource, into destination: UnsafeMutablePointer<Float>
  ) throws(InputError) {
    try preprocessor.prepare(
      source, into: UnsafeMutableBufferPointer(start: destination, count: elementCount))
  }

  // MARK: Geometry

  /// A part of random area and shape, at the network's size; ten attempts, then the middle.
  private func randomResizedCrop(
    _ source: ImageSource, leastShare: Double, _ generator: inout CounterGenerator
  ) throws(InputError) -> Raster {
    let image = try source.decoded().withChannels(shape[0])
    let area = Double(image.height * image.width)
    for _ in 0..<10 {
      let part = area * generator.uniform(leastShare, 1)
      let ratio = exp(generator.uniform(log(3.0 / 4), log(4.0 / 3)))
      let width = Int((part * ratio).squareRoot().rounded())
      let height = Int((part / ratio).squareRoot().rounded())
      guard width > 0, height > 0, width <= image.width, height <= image.height else { continue }
      let (top, left) = (
        generator.below(image.height - height + 1), generator.below(image.width - width + 1)
      )
      return image.cropped(top: top, left: left, height: height, width: width)
        .resized(
          height: shape[1], width: shape[2], interpolation: preprocessor.description.interpolation)
    }
    return try preprocessor.pixels(of: .raster(image)).0
  }

  // MARK: Color

  /// Brightness, contrast, saturation, in this order, each by a factor in 1 ± ``Augmentation/jitter``.
  private func jitter(_ image: inout Raster, _ generator: inout CounterGenerator) {
    let factors = (0..<3).map { _ in
      Float(generator.uniform(1 - augmentation.jitter, 1 + augmentation.jitter))
    }
    func blend(_ value: UInt8, with other: Float, _ factor: Float) -> UInt8 {
      UInt8(max(0, min(255, (other + (Float(value) - other) * factor).rounded())))
    }
    let isColor = image.channels == 3
    let count = image.height * image.width
    func gray() -> [UInt8] { image.withChannels(1).pixels }
    for i in image.pixels.indices { image.pixels[i] = blend(image.pixels[i], with: 0, factors[0]) }
    let mean = gray().reduce(0) { $0 + Int($1) }
    let middle = (Float(mean) / Float(count)).rounded()
    for i in image.pixels.indices { image.pixels[i] = blend(image.pixels[i], with: middle, factors[1]) }
    guard isColor else { return }
    for (pixel, luma) in gray().enumerated() {
      let own = Float(luma)
      for i in 3 * pixel..<3 * pixel + 3 {
        image.pixels[i] = blend(image.pixels[i], with: own, factors[2])
      }
    }
  }

  private func light(_ values: UnsafeMutablePointer<Float>, _ generator: inout CounterGenerator) {
    guard let principalColors else { return }
    let plane = shape[1] * shape[2]
    let shift = principalColors.shift(
      (0..<3).map { _ in Float(generator.normal() * augmentation.lighting) })
    for channel in 0..<3 {
      let step = shift[channel] / preprocessor.description.deviation[channel]
      for i in 0..<plane { values[channel * plane + i] += step }
    }
  }

  // MARK: Erasing

  /// Sets a rectangle, clipped to the image, to the mean.
  private func blank(_ values: UnsafeMutablePointer<Float>, rows: Range<Int>, columns: Range<Int>) {
    let (height, width) = (shape[1], shape[2])
    let (rows, columns) = (rows.clamped(to: 0..<height), columns.clamped(to: 0..<width))
    for channel in 0..<shape[0] {
      for row in rows {
        for column in columns { values[(channel * height + row) * width + column] = 0 }
      }
    }
  }

  /// A rectangle of 2 to 33 % of the area, with an aspect ratio of up to 3.3.
  private func erase(_ values: UnsafeMutablePointer<Float>, _ generator: inout CounterGenerator) {
    guard generator.unit() < augmentation.erasing else { return }
    for _ in 0..<10 {
      let area = Double(shape[1] * shape[2]) * generator.uniform(0.02, 0.33)
      let ratio = exp(generator.uniform(log(0.3), log(3.3)))
      let (height, width) = (
        Int((area * ratio).squareRoot().rounded()), Int((area / ratio).squareRoot().rounded())
      )
      guard height > 0, width > 0, height < shape[1], width < shape[2] else { continue }
      let (top, left) = (generator.below(shape[1] - height + 1), generator.below(shape[2] - width + 1))
      return blank(values, rows: top..<top + height, columns: left..<left + width)
    }
  }
}
