import Glibc
import Inputs
import Recipes
import TensorCore

/// Turns a stored image into the floats that a network reads.
package struct SamplePipeline: Sendable {
  /// `[C, H, W]` of the network.
  package let shape: Shape
  /// How training images are augmented.
  package let augmentation: Augmentation
  /// How test images of any size become the network's size.
  package let preprocessing: ImagePreprocessing
  private let isFixedSize: Bool
  private let principalColors: PrincipalColors?
  /// For each channel, the normalized form of each of the 256 pixel values.
  private let normalized: [Float]

  /// Floats of one image.
  package var elementCount: Int { shape.count }

  /// A pipeline into a network's input.
  ///
  /// - Parameters:
  ///   - preprocessing: Size, mean and deviation.
  ///   - isFixedSize: Whether all images are small and of one size: they are then padded, not resized.
  ///   - augmentation: How training images are augmented.
  ///   - principalColors: Those of the training images, where the augmentation needs them.
  package init(
    _ preprocessing: ImagePreprocessing, isFixedSize: Bool, augmentation: Augmentation,
    principalColors: PrincipalColors? = nil
  ) {
    self.preprocessing = preprocessing
    self.isFixedSize = isFixedSize
    self.augmentation = augmentation
    self.principalColors = principalColors
    shape = [preprocessing.mean.count, preprocessing.cropHeight, preprocessing.cropWidth]
    normalized = zip(preprocessing.mean, preprocessing.deviation).flatMap { mean, deviation in
      (0..<256).map { (Float($0) / 255 - mean) / deviation }
    }
  }

  /// Writes a training image, `[C, H, W]`.
  package func train(
    _ stored: Raster, _ generator: CounterGenerator, into destination: UnsafeMutablePointer<Float>
  ) {
    var generator = generator
    let (height, width) = (shape[1], shape[2])
    var image = matchingChannels(stored)
    if let share = augmentation.resizedCrop {
      image = randomResizedCrop(image, leastShare: share, &generator)
    } else {
      image = isFixedSize ? centered(image) : fitted(image)
    }
    if augmentation.padCrop > 0 {
      let reach = augmentation.padCrop
      image = image.cropped(
        top: generator.below(2 * reach + 1) - reach, left: generator.below(2 * reach + 1) - reach,
        height: height, width: width)
    }
    if augmentation.flips, generator.next() >> 63 == 1 { image = image.mirrored }
    if augmentation.jitter > 0 { jitter(&image, &generator) }
    normalize(image, into: destination)
    if augmentation.lighting > 0 { light(destination, &generator) }
    if augmentation.cutout > 0 {
      let (side, y, x) = (augmentation.cutout, generator.below(height), generator.below(width))
      blank(
        destination, rows: y - side / 2..<y - side / 2 + side, columns: x - side / 2..<x - side / 2 + side)
    }
    if augmentation.erasing > 0 { erase(destination, &generator) }
  }

  /// Writes a test image, `[C, H, W]`, without any randomness.
  package func test(_ stored: Raster, into destination: UnsafeMutablePointer<Float>) {
    let image = matchingChannels(stored)
    normalize(isFixedSize ? centered(image) : resizedCenterCrop(image), into: destination)
  }

  // MARK: Geometry

  /// A small image centered in the network's input; the padding is 0.
  private func centered(_ image: Raster) -> Raster {
    if image.height == shape[1], image.width == shape[2] { return image }
    return image.cropped(
      top: -floorHalf(shape[1] - image.height), left: -floorHalf(shape[2] - image.width),
      height: shape[1], width: shape[2])
  }

  private func floorHalf(_ value: Int) -> Int { value >> 1 }

  private func fitted(_ image: Raster) -> Raster { resizedCenterCrop(image) }

  /// Resizes the shorter side, then crops the center.
  private func resizedCenterCrop(_ image: Raster) -> Raster {
    let scale = Double(preprocessing.resize) / Double(min(image.height, image.width))
    let resized = image.resized(
      height: max(1, Int((Double(image.height) * scale).rounded())),
      width: max(1, Int((Double(image.width) * scale).rounded())))
    return resized.cropped(
      top: floorHalf(resized.height - shape[1]), left: floorHalf(resized.width - shape[2]), height: shape[1],
      width: shape[2])
  }

  /// A crop of random area and aspect ratio, resized to the network's size; the center after ten failed attempts.
  private func randomResizedCrop(
    _ image: Raster, leastShare: Double, _ generator: inout CounterGenerator
  ) -> Raster {
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
        .resized(height: shape[1], width: shape[2])
    }
    return resizedCenterCrop(image)
  }

  // MARK: Color

  private func matchingChannels(_ image: Raster) -> Raster {
    if image.channels == shape[0] { return image }
    var result = Raster(height: image.height, width: image.width, channels: shape[0], filledWith: 0)
    for pixel in 0..<image.height * image.width {
      if shape[0] == 1 {
        result.pixels[pixel] = Self.luma(image.pixels, pixel)
      } else {
        for channel in 0..<shape[0] { result.pixels[pixel * shape[0] + channel] = image.pixels[pixel] }
      }
    }
    return result
  }

  /// ITU-R 601-2 luma in 16-bit fixed point, as in Pillow.
  private static func luma(_ pixels: [UInt8], _ pixel: Int) -> UInt8 {
    let sum =
      Int(pixels[3 * pixel]) * 19595 + Int(pixels[3 * pixel + 1]) * 38470 + Int(pixels[3 * pixel + 2]) * 7471
    return UInt8((sum + 0x8000) >> 16)
  }

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
    func gray(_ pixel: Int) -> UInt8 { isColor ? Self.luma(image.pixels, pixel) : image.pixels[pixel] }
    for i in image.pixels.indices { image.pixels[i] = blend(image.pixels[i], with: 0, factors[0]) }
    let mean = (0..<count).reduce(0) { $0 + Int(gray($1)) }
    let middle = (Float(mean) / Float(count)).rounded()
    for i in image.pixels.indices { image.pixels[i] = blend(image.pixels[i], with: middle, factors[1]) }
    guard isColor else { return }
    for pixel in 0..<count {
      let own = Float(gray(pixel))
      for i in 3 * pixel..<3 * pixel + 3 {
        image.pixels[i] = blend(image.pixels[i], with: own, factors[2])
      }
    }
  }

  private func normalize(_ image: Raster, into destination: UnsafeMutablePointer<Float>) {
    let (channels, plane) = (shape[0], shape[1] * shape[2])
    image.pixels.withUnsafeBufferPointer { pixels in
      normalized.withUnsafeBufferPointer { table in
        for channel in 0..<channels {
          for i in 0..<plane {
            destination[channel * plane + i] = table[256 * channel + Int(pixels[channels * i + channel])]
          }
        }
      }
    }
  }

  private func light(_ values: UnsafeMutablePointer<Float>, _ generator: inout CounterGenerator) {
    guard let principalColors else { return }
    let plane = shape[1] * shape[2]
    let shift = principalColors.shift(
      (0..<3).map { _ in Float(generator.normal() * augmentation.lighting) })
    for channel in 0..<3 {
      let step = shift[channel] / preprocessing.deviation[channel]
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
