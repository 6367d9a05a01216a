import Glibc
import Inputs

/// Where the pixels of a result come from: (x, y) is from (x₀ x + x₁ y + x₂, y₀ x + y₁ y + y₂).
struct AffineMap {
  /// Factors of x and y and the constant of the source's x.
  let x: (Double, Double, Double)
  /// Factors of x and y and the constant of the source's y.
  let y: (Double, Double, Double)

  /// A map from its coefficients.
  init(x: (Double, Double, Double), y: (Double, Double, Double)) {
    self.x = x
    self.y = y
  }

  /// Rotates an image about its center, counterclockwise; rounded like Pillow's `rotate`.
  init(rotating degrees: Double, height: Int, width: Int) {
    func rounded(_ value: Double) -> Double { (value * 1e15).rounded(.toNearestOrEven) / 1e15 }
    let remainder = fmod(degrees, 360)
    let angle = -(remainder < 0 ? remainder + 360 : remainder) * (.pi / 180)
    let (cosine, sine) = (rounded(cos(angle)), rounded(Glibc.sin(angle)))
    let (middleX, middleY) = (Double(width) / 2, Double(height) / 2)
    x = (cosine, sine, cosine * -middleX + sine * -middleY + middleX)
    y = (-sine, cosine, -sine * -middleX + cosine * -middleY + middleY)
  }
}

extension Raster {
  /// The image through a map: the nearest pixel for each, black outside.
  ///
  /// Coordinates are fixed-point numbers with 16 fractional bits, as Pillow computes them.
  func sampled(at map: AffineMap) -> Raster {
    func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
    var result = Raster(height: height, width: width, channels: channels, filledWith: 0)
    let step = (x: fixed(map.x.0), y: fixed(map.y.0))
    let line = (x: fixed(map.x.1), y: fixed(map.y.1))
    // The centers of pixels are at halves.
    var start = (
      x: fixed(map.x.2 + map.x.0 * 0.5 + map.x.1 * 0.5), y: fixed(map.y.2 + map.y.0 * 0.5 + map.y.1 * 0.5)
    )
    for row in 0..<height {
      var (x, y) = start
      for column in 0..<width {
        let (sourceX, sourceY) = (x >> 16, y >> 16)
        if 0..<width ~= sourceX && 0..<height ~= sourceY {
          for channel in 0..<channels {
            result.pixels[(row * width + column) * channels + channel] =
              pixels[(sourceY * width + sourceX) * channels + channel]
          }
        }
        x += step.x
        y += step.y
      }
      start.x += line.x
      start.y += line.y
    }
    return result
  }
}
