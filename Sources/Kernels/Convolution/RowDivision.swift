import TensorCore

/// Divides a convolution that goes row by row into work items.
///
/// Rows are divided where an image has many, so that the channels of a pixel, which follow each other in memory, are read
/// together. Channels are divided where it has few, since neighboring rows read the same input, and where their weights
/// should meet many pixels once they are in cache.
struct RowDivision: Sendable {
  private let layout: ActivationLayout
  private let rowsPerItem: Int
  /// Channels that stay in one work item.
  private let unit: Int
  private let channelParts: Int

  /// Size of a work item: long compared with the cost of handing it out, short compared with a layer.
  private static let macsPerItem = 500_000
  private static let fewestMACsPerItem = 60_000
  /// A layer is divided into about this many work items, if each is long enough.
  private static let fewestItems = 8
  /// An image has few rows if they are fewer than this.
  private static let manyRows = 16
  /// Channels of a cache line, of which no two threads write the same one.
  private static let lineFloats = 16

  /// The division of all pixels and channels of a layout.
  ///
  /// - Parameters:
  ///   - layout: what is computed.
  ///   - macsPerOutput: multiply-accumulates for each of its elements.
  ///   - unit: channels that are computed together.
  ///   - reusesWeights: whether channels are divided first, however many rows there are.
  init(_ layout: ActivationLayout, macsPerOutput: Int, unit: Int, reusesWeights: Bool = false) {
    self.layout = layout
    let macs = layout.pixels * layout.channels * macsPerOutput
    let wanted = min(max(macs / Self.fewestItems, Self.fewestMACsPerItem), Self.macsPerItem)
    var lines = unit
    while lines % Self.lineFloats != 0 { lines += unit }
    self.unit = lines
    var channels = max(layout.channels, 1)
    if reusesWeights || layout.height < Self.manyRows {
      channels = min(
        max(wanted / max(layout.pixelsPerImage * macsPerOutput, 1), 1).roundedUp(to: lines), channels)
    }
    channelParts = layout.channels.dividedRoundingUp(by: channels)
    rowsPerItem = min(
      max(wanted / max(layout.width * channels * macsPerOutput, 1), 1), max(layout.height, 1))
  }

  /// Most rows of a work item.
  var mostRows: Int { rowsPerItem }
  private var rows: Int { layout.batch * layout.height }
  private var rowParts: Int { rows.dividedRoundingUp(by: rowsPerItem) }

  /// Number of work items.
  var itemCount: Int { rowParts * channelParts }

  /// The rows, counted over the whole batch, and the channels of a work item.
  func part(_ item: Int) -> (rows: Range<Int>, channels: Range<Int>) {
    let (row, channel) = item.quotientAndRemainder(dividingBy: channelParts)
    return (
      rows * row / rowParts..<rows * (row + 1) / rowParts,
      firstChannel(ofPart: channel)..<min(firstChannel(ofPart: channel + 1), layout.channels)
    )
  }

  /// The parts differ by at most one unit.
  private func firstChannel(ofPart part: Int) -> Int {
    layout.channels.dividedRoundingUp(by: unit) * part / channelParts * unit
  }
}
