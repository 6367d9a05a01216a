/// Limits on the resources that an image file can claim; messages that refuse a file name the limit.
package enum ImageLimits {
  /// Most pixels of an image, the same as in Pillow: twice 2^30 / 4 / 3.
  package static let pixels = 178_956_970
  /// Most pixels of an image that has to be in memory as a whole; larger images must be decodable row by row.
  package static let pixelsAtOnce = 64_000_000
  /// Most bytes of an encoded image: uncompressed 16-bit RGB.
  package static let fileBytes = 6 * pixels
  /// Bytes of RGB that a codec buffers if it cannot decode row by row: 16 megapixels.
  package static let bandBytes = 3 * pixelsAtOnce / 4
}
