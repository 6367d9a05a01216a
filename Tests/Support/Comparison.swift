/// The largest difference between two lists of numbers.
package struct Comparison: CustomStringConvertible {
  /// Index of the largest difference.
  package let index: Int
  /// The computed value there.
  package let found: Float
  /// The reference value there.
  package let expected: Float
  /// Largest magnitude in the reference.
  package let scale: Float

  /// Compares element by element.
  ///
  /// NaN equals only NaN.
  package init(_ found: [Float], _ expected: [Float]) {
    var worst = (index: 0, difference: Float(-1))
    var scale: Float = 0
    for (index, (a, b)) in zip(found, expected).enumerated() {
      let difference = a.isNaN && b.isNaN || a == b ? 0 : abs(a - b)
      if difference > worst.difference || difference.isNaN {
        worst = (index, difference.isNaN ? .infinity : difference)
      }
      if b.isFinite { scale = max(scale, abs(b)) }
    }
    index = worst.index
    self.found = found.isEmpty ? 0 : found[worst.index]
    self.expected = expected.isEmpty ? 0 : expected[worst.index]
    self.scale = scale
    hasSameCount = found.count == expected.count
  }

  private let hasSameCount: Bool

  /// The largest difference relative to the largest magnitude; infinite if the lists differ in length.
  package var error: Float {
    guard hasSameCount else { return .infinity }
    let difference = found == expected || found.isNaN && expected.isNaN ? 0 : abs(found - expected)
    return difference.isNaN ? .infinity : difference / max(scale, .leastNormalMagnitude)
  }

  /// Index and values of the largest difference.
  package var description: String {
    "index \(index): \(found), reference \(expected), largest \(scale)"
      + (hasSameCount ? "" : ", different lengths")
  }
}
