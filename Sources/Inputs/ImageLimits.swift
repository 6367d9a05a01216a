/// Limits on what an image file may make this program do; each is named in the message that refuses.
package enum ImageLimits {
  /// Pixels that are decoded at all: where Pillow refuses, 2^30 bytes / 4 / 3 times two.
  package static let pixels = 178_956_970
  /// Pixels of an image that has to be held as a whole; above, rows are decoded and let go.
  package static let pixelsAtOnce = 64_000_000
  /// Bytes of an encoded image: every pixel as 16-bit RGB without any compression.
  package static let fileBytes = 6 * pixels
  /// Bytes of RGB that a codec holds when it cannot hand out rows one by one: 16 megapixels.
  package static let bandBytes = 3 * pixelsAtOnce / 4
}
