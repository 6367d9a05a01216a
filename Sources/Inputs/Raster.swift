import CImage
import TensorCore

/// A small image in memory: 8 bits per value, `[H, W, C]`.
package struct Raster: Hashable, Sendable {
  /// Rows.
  package let height: Int
  /// Columns.
  package let width: Int
  /// Values per pixel: 1 or 3.
  package let channels: Int
  /// The values, row by row, with the channels of a pixel together.
  package var pixels: [UInt8]

  /// An image from its extents and values.
  package init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(pixels.count == height * width * channels, "as many values as the extents say")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }

  /// An image in which all values are the same.
  package init(height: Int, width: Int, channels: Int, filledWith value: UInt8) {
    self.init(
      height: height, width: width, channels: channels,
      pixels: [UInt8](repeating: value, count: height * width * channels))
  }
}

extension Raster {
  /// A part of the image from a row and column on, which may be outside; everything outside is `background`.
  package func cropped(
    top: Int, left: Int, height rows: Int, width columns: Int, background: UInt8 = 0
  ) -> Raster {
    var part = Raster(height: rows, width: columns, channels: channels, filledWith: background)
    let (first, end) = (max(0, -left), min(columns, width - left))
    guard first < end else { return part }
    for row in max(0, -top)..<max(0, -top, min(rows, height - top)) {
      let source = ((row + top) * width + first + left) * channels
      let target = (row * columns + first) * channels
      for i in 0..<(end - first) * channels { part.pixels[target + i] = pixels[source + i] }
    }
    return part
  }

  /// The image mirrored left to right.
  package var mirrored: Raster {
    var result = self
    for row in 0..<height {
      for column in 0..<width {
        for channel in 0..<channels {
          result.pixels[(row * width + column) * channels + channel] =
            pixels[(row * width + width - 1 - column) * channels + channel]
        }
      }
    }
    return result
  }

  /// The image through a resize and a crop, each of `channels` being one, its luma, or three.
  func resampled(_ geometry: CropGeometry) -> Raster {
    if geometry.keepsPixels {
      return cropped(
        top: geometry.y.origin, left: geometry.x.origin, height: geometry.height, width: geometry.width)
    }
    var crop = ResizedCrop(geometry, channels: channels)
    unsafe pixels.withUnsafeBufferPointer { pixels in
      for row in 0..<height {
        let line = row * width * channels
        unsafe crop.push(
          UnsafeBufferPointer(rebasing: pixels[line..<line + width * channels]), channels: channels)
      }
    }
    return Raster(height: geometry.height, width: geometry.width, channels: channels, pixels: crop.pixels)
  }

  /// The whole image at another size, antialiased, as Pillow resizes it.
  package func resized(
    height rows: Int, width columns: Int, interpolation: ImagePreprocessing.Interpolation = .bilinear
  ) -> Raster {
    resampled(
      CropGeometry(width: width, height: height, toWidth: columns, toHeight: rows, interpolation))
  }

  /// The same image with one channel, its luma, or with three.
  ///
  /// The luma is ITU-R 601-2 in 16-bit fixed point, as Pillow has it; gray becomes three equal channels.
  package func withChannels(_ count: Int) -> Raster {
    if count == channels { return self }
    var result = Raster(height: height, width: width, channels: count, filledWith: 0)
    unsafe pixels.withUnsafeBufferPointer { source in
      unsafe result.pixels.withUnsafeMutableBufferPointer { target in
        if count == 1, let rgb = source.baseAddress {
          unsafe cimage_luma(rgb, target.baseAddress, target.count)
        } else {
          for index in target.indices { unsafe target[index] = unsafe source[index / count] }
        }
      }
    }
    return result
  }
}
