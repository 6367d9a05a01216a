/// Powers of two that bring weights of any magnitude well inside the range of float16.
enum Float16Scale {
  /// The exponent of the power that scales the largest magnitude to 2^14 when weights are divided by it.
  static func exponent(of weights: UnsafeBufferPointer<Float>) -> Int {
    // The bits of magnitudes are ordered like their values.
    let largest = weights.reduce(UInt32(0)) { max($0, $1.bitPattern & 0x7fff_ffff) }
    let value = Float(bitPattern: largest)
    guard value.isNormal else { return 0 }  // all zero or subnormal, or not finite, which it stays
    return max(Int(value.exponent) - 14, -100)
  }

  /// 2 to an exponent.
  static func power(_ exponent: Int) -> Float { Float(sign: .plus, exponent: exponent, significand: 1) }
}
