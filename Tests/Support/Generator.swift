import TensorCore

/// A seeded generator of problems and values, the same in every process.
package struct Generator: RandomNumberGenerator {
  private let noise: FormulaNoise
  private var index = 0

  /// A generator seeded with a name, so that a failing test says how to reproduce its problem.
  package init(_ name: String) { noise = FormulaNoise(name: name) }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    defer { index += 3 }
    let parts = (0..<3).map { UInt64(Int64(noise[index + $0] * 0x1p23) + (1 << 23)) }
    return parts[0] << 40 ^ parts[1] << 20 ^ parts[2]
  }

  /// Values in [-1, 1).
  package mutating func floats(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      index += 1
      return noise[index]
    }
  }

  /// One of the choices.
  package mutating func pick<T>(_ choices: [T]) -> T {
    choices[Int.random(in: choices.indices, using: &self)]
  }
}
