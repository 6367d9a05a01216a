import CRendering
import Files
import Graphics
import Inputs
import TensorCore

/// Why a drawing cannot become a PNG.
package enum RenderingError: Error, Hashable, CustomStringConvertible {
  /// librsvg is not installed.
  case missingLibrary(path: String)
  /// The image would have too many pixels.
  case tooManyPixels(path: String, width: Int, height: Int)
  /// There is not enough memory for the pixels.
  case outOfMemory(path: String, bytes: Int)

  /// What is wrong, and what to do.
  package var description: String {
    switch self {
    case .missingLibrary(let path):
      "\(escaped(path)): PNG needs librsvg: apt-get install librsvg2-2, or write .svg"
    case .tooManyPixels(let path, let width, let height):
      "\(escaped(path)): \(width) × \(height) pixels, but a PNG has at most \(RenderingLimits.side) on a side and"
        + " \(RenderingLimits.pixels / 1_000_000) million: use a smaller --scale, or write .svg"
    case .outOfMemory(let path, let bytes):
      "\(escaped(path)): not enough memory for the \(bytes >> 20) MiB of its pixels: use a smaller --scale"
    }
  }
}

/// What is drawn at most.
package enum RenderingLimits {
  /// Most pixels on a side, which is cairo's limit.
  package static let side = 32_767
  /// Most pixels of an image.
  package static let pixels = 100_000_000
  /// Bytes for a pixel: cairo's four, our three, and at most as many in the file.
  static let bytesPerPixel = 11
}

extension Drawing {
  /// Throws ``RenderingError/missingLibrary(path:)`` where no PNG can be written, so that no work is lost for that.
  package static func checkPNG(for path: String) throws(RenderingError) {
    if !isLoaded { throw .missingLibrary(path: path) }
  }

  private static let isLoaded = crendering_load()

  /// The drawing as a PNG file, `scale` pixels for each point.
  ///
  /// Throws ``RenderingError`` for `path`, and ``FileError`` as ``Raster/png(for:)`` does.
  package func png(scale: Double, for path: String) throws -> [UInt8] {
    try Self.checkPNG(for: path)
    let (width, height) = (self.width * scale, self.height * scale)
    let sides = [width, height].map { Int(min($0.rounded(.up), 1e9)) }
    guard sides.allSatisfy({ 1...RenderingLimits.side ~= $0 }), sides[0] * sides[1] <= RenderingLimits.pixels
    else { throw RenderingError.tooManyPixels(path: path, width: sides[0], height: sides[1]) }
    let bytes = sides[0] * sides[1] * RenderingLimits.bytesPerPixel
    guard AvailableMemory.holds(bytes) else { throw RenderingError.outOfMemory(path: path, bytes: bytes) }
    var raster = Raster(height: sides[1], width: sides[0], channels: 3, filledWith: 255)
    let document = Array(svg.utf8)
    let isDrawn = unsafe document.withUnsafeBufferPointer { document in
      unsafe raster.pixels.withUnsafeMutableBufferPointer { pixels in
        unsafe crendering_draw(
          document.baseAddress, document.count, Int32(sides[0]), Int32(sides[1]), pixels.baseAddress)
      }
    }
    guard isDrawn else { throw RenderingError.outOfMemory(path: path, bytes: bytes) }
    return try raster.png(for: path)
  }
}
