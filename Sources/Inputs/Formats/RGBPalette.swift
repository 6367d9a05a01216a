/// 256 colors.
struct RGBPalette {
  /// Red, green and blue.
  typealias Color = (UInt8, UInt8, UInt8)

  private var bytes: [UInt8]

  /// Black only.
  static let black = RGBPalette(bytes: [UInt8](repeating: 0, count: 768))
  /// The gray of each index.
  static let gray = RGBPalette(bytes: (0..<768).map { UInt8($0 / 3) })

  /// The color at an index below 256.
  subscript(index: Int) -> Color {
    get { (bytes[3 * index], bytes[3 * index + 1], bytes[3 * index + 2]) }
    set { (bytes[3 * index], bytes[3 * index + 1], bytes[3 * index + 2]) = newValue }
  }
}
