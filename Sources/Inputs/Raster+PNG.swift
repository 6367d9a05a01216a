import CImage
import Files
import Glibc

extension Raster {
  /// The image as a PNG file.
  ///
  /// Throws ``FileError/cannotCreate(path:errno:)`` for `path` where it has more pixels than a PNG may have.
  package func png(for path: String) throws(FileError) -> [UInt8] {
    guard let width = UInt32(exactly: width), let height = UInt32(exactly: height) else {
      throw .cannotCreate(path: path, errno: EFBIG)
    }
    var bytes = [UInt8](repeating: 0, count: cimage_png_bound(width, height, channels))
    var count = bytes.count
    var message = cimage_message()
    let status = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
      unsafe pixels.withUnsafeBufferPointer { pixels in
        unsafe cimage_encode_png(
          pixels.baseAddress, width, height, channels, bytes.baseAddress, &count, &message)
      }
    }
    guard status == CIMAGE_OK else { throw .cannotCreate(path: path, errno: EFBIG) }
    return Array(bytes[..<count])
  }
}
