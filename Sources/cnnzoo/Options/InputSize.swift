import ArgumentParser
import TensorCore

/// An image's size as `--input-size` takes it: `224`, `224x224` or `1x28x28`.
struct InputSize: ExpressibleByArgument {
  /// Channels; `nil` leaves the network its own.
  let channels: Int?
  let height: Int
  let width: Int

  init?(argument: String) {
    let extents = argument.split(separator: "x", omittingEmptySubsequences: false).map {
      $0.allSatisfy { ("0"..."9").contains($0) } ? Int($0) ?? 0 : 0
    }
    guard (1...3).contains(extents.count), extents.allSatisfy(Limits.side.contains) else { return nil }
    channels = extents.count == 3 ? extents[0] : nil
    width = extents[extents.count - 1]
    height = extents.count == 1 ? width : extents[extents.count - 2]
  }

  var defaultValueDescription: String { [height, width].map(String.init).joined(separator: "x") }

  /// `[C, H, W]` for a network whose own images have `channels`.
  func shape(channels own: Int) -> Shape { [channels ?? own, height, width] }
}

/// How large the numbers of a command line may be.
///
/// Far beyond what a machine can run, and small enough that no product of them overflows.
enum Limits {
  /// Rows, columns or channels of an image.
  static let side = 1...65_536
  /// Images in a batch.
  static let batch = 1...65_536
  /// Threads of a run.
  static let threads = 1...1024
  /// Outputs of the head.
  static let classes = 1...16_777_216
  /// Values of an input batch.
  static let inputValues = 1 << 31
}
