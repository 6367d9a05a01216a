import TensorCore

/// The size of an input as somebody asks for it.
package struct InputSize: Hashable, Sendable {
  /// Channels; `nil` for the network's own number.
  package let channels: Int?
  /// Rows.
  package let height: Int
  /// Columns.
  package let width: Int

  /// Reads `224`, `224x224` (height, width) or `1x28x28` (channels, height, width).
  ///
  /// Throws ``InputSizeError``, also where the channels seem to come last.
  package init(parsing text: String) throws(InputSizeError) {
    let extents = text.split(separator: "x", omittingEmptySubsequences: false).map {
      $0.allSatisfy { ("0"..."9").contains($0) } ? Int($0) ?? 0 : 0
    }
    guard (1...3).contains(extents.count), extents.allSatisfy(Limits.side.contains) else {
      throw .notASize
    }
    if extents.count == 3, extents[0] > 4, extents[1] > 4, extents[2] <= 4 {
      throw .channelsLast("\(extents[2])x\(extents[0])x\(extents[1])")
    }
    channels = extents.count == 3 ? extents[0] : nil
    width = extents[extents.count - 1]
    height = extents.count == 1 ? width : extents[extents.count - 2]
  }

  /// `[C, H, W]` for a network whose own input has `channels`.
  func shape(channels own: Int) -> Shape { [channels ?? own, height, width] }
}

/// Why a text is no input size.
package enum InputSizeError: Error, Hashable, Sendable {
  /// Not of one of the forms, or out of bounds.
  case notASize
  /// Height, width, channels, as in `224x224x3`; what was meant is `3x224x224`.
  case channelsLast(String)
}

extension InputSizeError: CustomStringConvertible {
  /// What is expected.
  package var description: String {
    switch self {
    case .notASize:
      "expected 224, 224x224 (height, width) or 1x28x28 (channels first), each from \(Limits.side.lowerBound) to"
        + " \(Limits.side.upperBound)"
    case .channelsLast(let meant): "channels come first: \(meant)"
    }
  }
}
