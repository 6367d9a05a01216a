import Inputs
import TensorCore

extension HeatMap {
  /// The map over an image: the image in gray where the map is 0, and colors from dark to bright where it is larger.
  ///
  /// `image` has one or three channels; the result has three.
  package func drawn(over image: Raster) -> Raster {
    let heat = normalized.resized(height: image.height, width: image.width)
    let gray = image.withChannels(1)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * gray.pixels.count)
    for (luma, heat) in zip(gray.pixels, heat.values) {
      // Up to 70 % of the color, so that the image shows through where the map is largest.
      let share = 0.7 * heat
      for color in HeatColor.inferno(0.2 + 0.8 * heat) {
        pixels.append(UInt8((Float(luma) * (1 - share) + 255 * color * share).rounded()))
      }
    }
    return Raster(height: image.height, width: image.width, channels: 3, pixels: pixels)
  }
}

/// Colors of a scale from dark to bright, which is one in gray as well.
package enum HeatColor {
  /// The scale `inferno` of Matplotlib, for a number from 0 to 1: red, green and blue from 0 to 1.
  ///
  /// A polynomial of degree 6 that was fitted to the scale by Matt Zucker; it is off by less than 0.02.
  static func inferno(_ place: Float) -> [Float] {
    terms.map { terms in
      min(max(terms.reversed().reduce(0) { $0 * place + $1 }, 0), 1)
    }
  }

  /// Coefficients of red, green and blue, from the constant on.
  private static let terms: [[Float]] = [
    [0.0002189, 0.1065134, 11.6024931, -41.7039961, 77.1629357, -71.3194282, 25.1311262],
    [0.0016510, 0.5639564, -3.9728540, 17.4363988, -33.4023589, 32.6260643, -12.2426690],
    [-0.0194809, 3.9327124, -15.9423941, 44.3541452, -81.8073093, 73.2095199, -23.0703250],
  ]
}

extension Raster {
  /// Images of one height side by side, `gap` white columns between them.
  package static func row(_ images: [Raster], gap: Int) -> Raster {
    let height = images.map(\.height).max() ?? 0
    let width = images.reduce(gap * (images.count - 1)) { $0 + $1.width }
    var row = Raster(height: height, width: width, channels: 3, filledWith: 255)
    var left = 0
    for image in images {
      row.place(image, top: 0, left: left)
      left += image.width + gap
    }
    return row
  }

  /// Copies an image of one or three channels to a place in this one, which has three and holds it.
  package mutating func place(_ image: Raster, top: Int, left: Int) {
    let image = image.withChannels(3)
    for y in 0..<image.height {
      let target = ((top + y) * width + left) * 3
      pixels.replaceSubrange(
        target..<target + 3 * image.width, with: image.pixels[y * image.width * 3..<(y + 1) * image.width * 3]
      )
    }
  }

  /// The image with each pixel `factor` times as high and as wide.
  package func enlarged(by factor: Int) -> Raster {
    var result = Raster(height: factor * height, width: factor * width, channels: channels, filledWith: 0)
    for y in 0..<result.height {
      for x in 0..<result.width {
        let source = (y / factor * width + x / factor) * channels
        let target = (y * result.width + x) * channels
        for channel in 0..<channels { result.pixels[target + channel] = pixels[source + channel] }
      }
    }
    return result
  }
}
