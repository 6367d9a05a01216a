import CImage
import Files
import Glibc
import TensorCore

/// Makes an image of a garment into what the images of Fashion-MNIST are: 28×28 gray pixels, light on black.
///
/// Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
/// 2017, arXiv:1708.07747, section 2:
///
/// - Steps 1 and 7, decoding and gray:          `cimage_luma`, first of all
/// - Step 2, edges near the corners' color go: ``Ground``
/// - Step 3, the longer side becomes 28:        ``fitted(_:)``
/// - Step 4, sharpened by a Gaussian:           ``sharpened(_:)``
/// - Step 5, in the middle of 28×28:            ``convert(_:inverting:)``
/// - Step 6, negated:                           where the ground is lighter than the object
///
/// Deviation: the resize is antialiased, where the paper skips rows and columns of what were thumbnails; the ground
/// becomes quite white or black before, as the shop's was; and it is not taken for granted that it is white.
package enum GarmentImage {
  /// Rows and columns of the result.
  package static let side = 28

  /// Converts an image, and says whether it was negated.
  ///
  /// A gray image of 28×28 stays as it is, and the answer is then `nil`, unless it is to be negated.
  /// `inverting` stands in place of the comparison of ground and object.
  package static func convert(
    _ image: Raster, inverting: Bool? = nil
  ) -> (image: Raster, isInverted: Bool?) {
    var gray = image.withChannels(1)
    if image.width == side, image.height == side, image.isGray {
      return inverting == true ? (gray.negated, true) : (gray, nil)
    }
    let ground = Ground(of: image.withChannels(3), gray: gray)
    for pixel in gray.pixels.indices where ground.holds[pixel] {
      gray.pixels[pixel] = ground.isLight ? 255 : 0
    }
    let object = sharpened(
      fitted(
        gray.cropped(
          top: ground.rows.lowerBound, left: ground.columns.lowerBound, height: ground.rows.count,
          width: ground.columns.count)))
    let canvas = object.cropped(
      top: -((side - object.height) / 2), left: -((side - object.width) / 2), height: side, width: side,
      background: ground.isLight ? 255 : 0)
    let isInverted = inverting ?? ground.isLight
    return (isInverted ? canvas.negated : canvas, isInverted)
  }

  /// The whole image with the longer side ``side`` pixels long.
  private static func fitted(_ image: Raster) -> Raster {
    let long = max(image.height, image.width)
    func scaled(_ length: Int) -> Int {
      max(1, Int((Double(side * length) / Double(long)).rounded()))
    }
    return image.resized(height: scaled(image.height), width: scaled(image.width))
  }

  /// Step 4, as ImageMagick sharpens by 1x1.
  ///
  /// Twice the sum of a Gaussian's 3×3 values in its middle, less that
  /// Gaussian; normalized. Beyond the border the image's last pixels go on.
  private static func sharpened(_ image: Raster) -> Raster {
    let beside = exp(-0.5)
    let across = exp(-1.0)
    let sum = 1 + 4 * beside + 4 * across
    var result = image
    for row in 0..<image.height {
      for column in 0..<image.width {
        func value(_ down: Int, _ right: Int) -> Double {
          let y = min(max(row + down, 0), image.height - 1)
          let x = min(max(column + right, 0), image.width - 1)
          return Double(image.pixels[y * image.width + x])
        }
        let edges = value(-1, 0) + value(0, -1) + value(0, 1) + value(1, 0)
        let corners = value(-1, -1) + value(-1, 1) + value(1, -1) + value(1, 1)
        let sharp = (2 * sum * value(0, 0) - beside * edges - across * corners) / (2 * sum - (sum - 1))
        result.pixels[row * image.width + column] = UInt8(max(0, min(255, (sharp + 0.5).rounded(.down))))
      }
    }
    return result
  }
}

/// What lies around an object: the pixels whose color is that of a corner.
private struct Ground {
  /// For every pixel, whether it is ground.
  let holds: [Bool]
  /// Rows that hold the object; all where there is none.
  let rows: Range<Int>
  /// Columns that hold the object; all where there is none.
  let columns: Range<Int>
  /// Whether the ground is lighter than the object.
  let isLight: Bool

  /// Square of the distance up to which colors are near: 5 % of the largest there is between two, black and white.
  private static let nearness = 3 * 255 * 255 / 400

  init(of image: Raster, gray: Raster) {
    let (width, height) = (image.width, image.height)
    func color(_ pixel: Int) -> SIMD4<Int32> {
      [
        Int32(image.pixels[3 * pixel]), Int32(image.pixels[3 * pixel + 1]),
        Int32(image.pixels[3 * pixel + 2]), 0,
      ]
    }
    let corners = [0, width - 1, (height - 1) * width, height * width - 1].map(color)
    var holds = [Bool](repeating: false, count: width * height)
    var (top, bottom, left, right) = (height, -1, width, -1)
    var sums = (ground: 0, object: 0)
    var count = 0
    for row in 0..<height {
      for column in 0..<width {
        let pixel = row * width + column
        let own = color(pixel)
        holds[pixel] = corners.contains { corner in
          let difference = own &- corner
          return (difference &* difference).wrappedSum() <= Ground.nearness
        }
        if holds[pixel] {
          count += 1
          sums.ground += Int(gray.pixels[pixel])
        } else {
          sums.object += Int(gray.pixels[pixel])
          (top, bottom) = (min(top, row), max(bottom, row))
          (left, right) = (min(left, column), max(right, column))
        }
      }
    }
    self.holds = holds
    let isEmpty = count == width * height
    rows = isEmpty ? 0..<height : top..<bottom + 1
    columns = isEmpty ? 0..<width : left..<right + 1
    // The corners are ground, so there is some. Without an object, the middle of the scale is the measure.
    let objectCount = width * height - count
    let threshold = isEmpty ? 127.5 : Double(sums.object) / Double(objectCount)
    isLight = Double(sums.ground) / Double(count) > threshold
  }
}

extension Raster {
  /// Whether red, green and blue are the same everywhere.
  fileprivate var isGray: Bool {
    channels == 1
      || (0..<width * height).allSatisfy { pixel in
        let red = pixels[3 * pixel]
        return red == pixels[3 * pixel + 1] && red == pixels[3 * pixel + 2]
      }
  }
}

extension Raster {
  /// Light and dark exchanged.
  fileprivate var negated: Raster {
    var result = self
    for place in pixels.indices { result.pixels[place] = 255 - pixels[place] }
    return result
  }
}
