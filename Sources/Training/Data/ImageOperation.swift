import Inputs

/// An operation of an augmentation policy, on an image of 8 bits per value.
///
/// Results have the same bits as those of torchvision's `_apply_op` on a Pillow image, with nearest neighbors and black
/// outside.
package enum ImageOperation: String, CaseIterable, Sendable {
  case identity = "Identity"
  case shearX = "ShearX"
  case shearY = "ShearY"
  case translateX = "TranslateX"
  case translateY = "TranslateY"
  case rotate = "Rotate"
  case brightness = "Brightness"
  case color = "Color"
  case contrast = "Contrast"
  case sharpness = "Sharpness"
  case posterize = "Posterize"
  case solarize = "Solarize"
  case autoContrast = "AutoContrast"
  case equalize = "Equalize"
  case invert = "Invert"

  /// Whether a magnitude has a direction, which is drawn.
  package var isSigned: Bool {
    switch self {
    case .shearX, .shearY, .translateX, .translateY, .rotate, .brightness, .color, .contrast, .sharpness: true
    case .identity, .posterize, .solarize, .autoContrast, .equalize, .invert: false
    }
  }

  /// An image after the operation.
  ///
  /// - Parameters:
  ///   - image: An image of one or three channels.
  ///   - magnitude: A slope, pixels, degrees, the change of a factor, bits or a threshold; unused where an operation has
  ///     only one strength.
  /// - Returns: An image of the same size.
  package func applied(to image: Raster, magnitude: Double) -> Raster {
    let (height, width) = (image.height, image.width)
    switch self {
    case .identity: return image
    case .shearX: return image.sampled(at: AffineMap(x: (1, magnitude, 0), y: (0, 1, 0)))
    case .shearY: return image.sampled(at: AffineMap(x: (1, 0, 0), y: (magnitude, 1, 0)))
    case .translateX: return image.cropped(top: 0, left: -Int(magnitude), height: height, width: width)
    case .translateY: return image.cropped(top: -Int(magnitude), left: 0, height: height, width: width)
    case .rotate: return image.sampled(at: AffineMap(rotating: magnitude, height: height, width: width))
    case .brightness:
      return image.extrapolated(
        from: Raster(height: height, width: width, channels: 1, filledWith: 0), 1 + magnitude)
    case .color: return image.extrapolated(from: image.withChannels(1), 1 + magnitude)
    case .contrast:
      let gray = image.withChannels(1).pixels
      let mean = Double(gray.reduce(0) { $0 + Int($1) }) / Double(gray.count)
      return image.extrapolated(
        from: Raster(height: height, width: width, channels: 1, filledWith: UInt8(mean + 0.5)), 1 + magnitude)
    case .sharpness: return image.extrapolated(from: image.smoothed, 1 + magnitude)
    case .posterize:
      let mask = UInt8(truncatingIfNeeded: 0xff << (8 - Int(magnitude)))
      return image.withTones { _ in { $0 & mask } }
    case .solarize: return image.withTones { _ in { Double($0) < magnitude ? $0 : 255 - $0 } }
    case .autoContrast: return image.withTones(Self.fullContrast)
    case .equalize: return image.withTones(Self.equalized)
    case .invert: return image.withTones { _ in { 255 - $0 } }
    }
  }

  /// Stretches the tones that occur to 0...255.
  private static func fullContrast(_ histogram: [Int]) -> (UInt8) -> UInt8 {
    guard let low = histogram.firstIndex(where: { $0 > 0 }),
      let high = histogram.lastIndex(where: { $0 > 0 }),
      low < high
    else { return { $0 } }
    let scale = 255 / Double(high - low)
    let offset = -Double(low) * scale
    return { UInt8(min(max(Double($0) * scale + offset, 0), 255)) }
  }

  /// Gives each tone the rank of its pixels, so that all tones are about equally frequent.
  private static func equalized(_ histogram: [Int]) -> (UInt8) -> UInt8 {
    let last = histogram.last { $0 > 0 } ?? 0
    let step = (histogram.reduce(0, +) - last) / 255
    if step == 0 { return { $0 } }
    var (tones, sum) = ([UInt8](), step / 2)
    for count in histogram {
      tones.append(UInt8(min(sum / step, 255)))
      sum += count
    }
    return { tones[Int($0)] }
  }
}

extension Raster {
  /// The image with the tones of each channel replaced, by a function that knows how often each of the 256 occurs.
  fileprivate func withTones(_ tones: (_ histogram: [Int]) -> (UInt8) -> UInt8) -> Raster {
    var result = self
    for channel in 0..<channels {
      let values = stride(from: channel, to: pixels.count, by: channels)
      var histogram = [Int](repeating: 0, count: 256)
      for i in values { histogram[Int(pixels[i])] += 1 }
      let table = (0...UInt8.max).map(tones(histogram))
      for i in values { result.pixels[i] = table[Int(pixels[i])] }
    }
    return result
  }

  /// `other` + `factor` · (image - `other`), in single precision and truncated, as Pillow blends; `other` may have one
  /// channel.
  fileprivate func extrapolated(from other: Raster, _ factor: Double) -> Raster {
    let (factor, ratio) = (Float(factor), channels / other.channels)
    var result = self
    for i in pixels.indices {
      let start = Float(other.pixels[i / ratio])
      result.pixels[i] = UInt8(min(max(start + factor * (Float(pixels[i]) - start), 0), 255))
    }
    return result
  }

  /// The image averaged over 3×3 pixels, the middle one counted five times; pixels at the border stay.
  fileprivate var smoothed: Raster {
    var result = self
    let row = width * channels
    for y in 1..<max(height - 1, 1) {
      for x in channels..<max(row - channels, channels) {
        let middle = y * row + x
        var sum = 4 * Int(pixels[middle])
        for line in [middle - row, middle, middle + row] {
          sum += Int(pixels[line - channels]) + Int(pixels[line]) + Int(pixels[line + channels])
        }
        result.pixels[middle] = UInt8((2 * sum + 13) / 26)
      }
    }
    return result
  }
}
