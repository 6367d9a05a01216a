/// Widths of text in DejaVu Sans, the font that every drawing names first.
///
/// A drawing is laid out before anything renders it, so the widths stand here: the advances of DejaVu Sans 2.37, in
/// thousandths of the font size. Verdana, the second choice, is about as wide.
package enum Typeface {
  /// The fonts of a drawing, the measured one first.
  package static let families = "DejaVu Sans, Verdana, sans-serif"
  /// How far letters rise above the baseline, as a share of the font size.
  package static let ascent = 0.76
  /// How far letters reach below the baseline, as a share of the font size.
  package static let descent = 0.24

  /// The width of a text in the unit of its font size, kerning apart: rather too much than too little.
  package static func width(of text: String, size: Double, isBold: Bool = false) -> Double {
    let sum = text.unicodeScalars.reduce(0) { $0 + width(of: $1, isBold: isBold) }
    return Double(sum) / 1000 * size
  }

  /// `text`, or as much of its beginning as fits into `width` with an ellipsis behind it.
  package static func fitted(_ text: String, to width: Double, size: Double) -> String {
    if self.width(of: text, size: size) <= width { return text }
    var start = text[...]
    while !start.isEmpty, self.width(of: start + "…", size: size) > width { start.removeLast() }
    return start + "…"
  }

  private static func width(of scalar: Unicode.Scalar, isBold: Bool) -> Int {
    let code = Int(scalar.value)
    if (0x20..<0x7f).contains(code) { return (isBold ? bold : regular)[code - 0x20] }
    switch scalar {
    case "·": return isBold ? 380 : 318
    case "–": return 500
    case "²", "³": return isBold ? 438 : 401
    case "×", "÷", "±", "−", "≤", "≥", "→", "←": return 838
    default: return code < 0x250 ? (isBold ? 850 : 787) : 1000
    }
  }

  /// From the blank to the tilde.
  private static let regular = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636,
    636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295,
    295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838,
    500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521,
    392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
  ]

  /// The same in bold.
  private static let bold = [
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696, 696,
    696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683, 683, 821, 837, 372,
    372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838,
    500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687, 716, 716, 493, 595,
    478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
  ]
}
