extension Int {
  /// The product, or `nil` if it overflows: for sizes from files and flags.
  package func multipliedIfFits(by other: Int) -> Int? {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? nil : product
  }

  /// The sum, or `nil` if it overflows: for sizes from files and flags.
  package func addedIfFits(_ other: Int) -> Int? {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? nil : sum
  }

  /// The smallest multiple of `unit` that is not less than this number.
  package func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }

  /// How many parts of `size` cover this number.
  package func dividedRoundingUp(by size: Int) -> Int { (self + size - 1) / size }
}
