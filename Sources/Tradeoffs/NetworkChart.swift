import Graphics

/// A chart of networks, for a file and for the terminal.
package protocol NetworkChart: Sendable {
  /// The chart with its legend.
  var drawing: Drawing { get }

  /// The chart in characters, `columns` wide without the numbers beside it.
  func text(columns: Int, isColored: Bool) -> String
}
