/// Uniform noise in [-1, 1) as a pure function of a name, an index and a seed.
///
/// `scripts/golden/formula.py` has the same formula, so a reference framework and this program fill their
/// tensors with the same bits, and a golden file holds only results. There is no state: element `i` does not
/// need the elements before it.
package struct FormulaNoise: Sendable {
  private let key: UInt64

  /// Noise for a tensor.
  package init(name: String, seed: UInt64 = 0) {
    key = FormulaNoise.mix(FormulaNoise.key(of: name) &+ seed &* 0x9e37_79b9_7f4a_7c15)
  }

  /// The FNV-1a hash of a name.
  package static func key(of name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Element `index`, a multiple of 2^-23 and so exact in float32 and in double.
  package subscript(index: Int) -> Float {
    let bits = FormulaNoise.mix(key &+ UInt64(truncatingIfNeeded: index) &* 0x9e37_79b9_7f4a_7c15)
    return Float(Int64(bits >> 40) - (1 << 23)) * 0x1p-23
  }

  /// Writes gain · (center + amplitude · u) for the elements u from the first on, computed in double.
  ///
  /// One call per tensor: the loop stays in this module, where the compiler can inline the formula.
  package func fill(
    _ destination: UnsafeMutableBufferPointer<Float>, center: Double = 0, amplitude: Double, gain: Double = 1
  ) {
    for index in destination.indices {
      unsafe destination[index] = Float(gain * (center + amplitude * Double(self[index])))
    }
  }

  /// The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
  /// generators", OOPSLA 2014).
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
