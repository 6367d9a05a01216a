import TensorCore

/// The size of an input as somebody asks for it.
package struct InputSize: Hashable, Sendable {
  /// Channels; `nil` for the network's own number.
  package let channels: Int?
  /// Rows.
  package let height: Int
  /// Columns.
  package let width: Int

  /// Reads `224`, `224x224` (height, width) or `1x28x28` (channels, height, width); `nil` for anything else.
  package init?(_ text: String) {
    let extents = text.split(separator: "x", omittingEmptySubsequences: false).map {
      $0.allSatisfy { ("0"..."9").contains($0) } ? Int($0) ?? 0 : 0
    }
    guard (1...3).contains(extents.count), extents.allSatisfy(Limits.side.contains) else { return nil }
    channels = extents.count == 3 ? extents[0] : nil
    width = extents[extents.count - 1]
    height = extents.count == 1 ? width : extents[extents.count - 2]
  }

  /// `[C, H, W]` for a network whose own input has `channels`.
  func shape(channels own: Int) -> Shape { [channels ?? own, height, width] }
}
