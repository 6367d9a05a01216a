/// Colors and dashes of series: they differ for people who see few colors, and in gray.
package enum Palette {
  /// Okabe and Ito's colors, "Color universal design", 2008; the dark ones first.
  package static let colors = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666", "#f0e442",
  ]

  /// The color of a series.
  package static func color(_ index: Int) -> String { colors[index % colors.count] }

  /// The color of a series in a terminal, as the parameter of SGR.
  package static func terminalColor(_ index: Int) -> Int { [34, 31, 32, 35, 33, 36][index % 6] }
}
