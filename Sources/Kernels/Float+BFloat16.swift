extension Float {
  /// The bits of the nearest bfloat16, ties to even; NaN stays one.
  package var bfloat16: UInt16 {
    let upper = UInt16(truncatingIfNeeded: bitPattern >> 16)
    return isNaN
      ? upper | 0x40 : UInt16(truncatingIfNeeded: (bitPattern &+ 0x7fff &+ UInt32(upper & 1)) >> 16)
  }

  /// Two numbers in bfloat16 in the place of a float, the even one in the lower half.
  init(bfloat16Pair even: Float, _ odd: Float) {
    self.init(bitPattern: UInt32(odd.bfloat16) << 16 | UInt32(even.bfloat16))
  }
}
