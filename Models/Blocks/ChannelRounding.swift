extension Int {
  /// A number of channels that was scaled, as the nearest multiple of `divisor`; the next one above where rounding
  /// down would lose more than a tenth.
  ///
  /// Source: `_make_divisible` of the MobileNets' authors (tensorflow/models, slim/nets/mobilenet).
  init(channels scaled: Double, multipleOf divisor: Int = 8) {
    let nearest = Swift.max(divisor, Int(scaled + Double(divisor) / 2) / divisor * divisor)
    self = Double(nearest) < 0.9 * scaled ? nearest + divisor : nearest
  }
}
