import Glibc

/// Random numbers as a pure function of a seed, a path of numbers and a counter.
///
/// The path identifies what is drawn (epoch, sample), so the numbers of a sample do not depend on the order
/// of requests: any thread can draw them at any time, and a resumed training run draws the same.
package struct CounterGenerator: RandomNumberGenerator, Sendable {
  private let key: UInt64
  private var counter: UInt64 = 0

  /// The generator for a seed and a path.
  package init(seed: UInt64, _ path: UInt64...) {
    key = path.reduce(FormulaNoise.mix(seed ^ 0x5851_f42d_4c95_7f2d)) {
      FormulaNoise.mix($0 ^ FormulaNoise.mix($1 &+ 0x9e37_79b9_7f4a_7c15))
    }
  }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    counter &+= 0x9e37_79b9_7f4a_7c15
    return FormulaNoise.mix(key &+ counter)
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform between two bounds, including the lower one.
  package mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * unit() }

  /// Uniform among 0 to `count - 1`, with a bias below 2^-32 for every count that fits into 32 bits.
  package mutating func below(_ count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// Normal with mean 0 and standard deviation 1 (Box and Muller, 1958; the second value is discarded).
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return radius * cos(2 * .pi * unit())
  }

  /// Gamma with this shape and scale 1 (Marsaglia and Tsang, 2000).
  package mutating func gamma(shape: Double) -> Double {
    if shape < 1 { return gamma(shape: shape + 1) * pow(1 - unit(), 1 / shape) }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      if root <= 0 { continue }
      let v = root * root * root
      if log(1 - unit()) < x * x / 2 + d - d * v + d * log(v) { return d * v }
    }
  }

  /// The numbers 0 to `count - 1` in random order (Fisher and Yates).
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, below(last + 1)) }
    return order
  }
}
