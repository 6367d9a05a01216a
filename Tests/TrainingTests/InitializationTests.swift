import GraphIR
import Recipes
import TensorCore
import Testing
import Training

@Suite struct InitializationTests {
  private func values(_ initializer: Initializer, _ shape: Shape, fanIn: Int, fanOut: Int, seed: UInt64 = 1)
    -> [Float]
  {
    var values = [Float](repeating: .nan, count: shape.count)
    values.withUnsafeMutableBufferPointer {
      initializer.fill(
        $0, shape: shape, fans: Fans(input: fanIn, output: fanOut), CounterGenerator(seed: seed, 7))
    }
    return values
  }

  @Test(arguments: [[12, 30], [30, 12], [9, 9], [1, 5], [5, 1]])
  func orthogonalRowsOrColumns(extents: [Int]) {
    let (rows, columns) = (extents[0], extents[1])
    let q = values(.orthogonal, [rows, columns], fanIn: columns, fanOut: rows)
    let isWide = columns >= rows
    for a in 0..<min(rows, columns) {
      for b in 0..<min(rows, columns) {
        let product = (0..<max(rows, columns)).reduce(Float(0)) {
          isWide
            ? $0 + q[a * columns + $1] * q[b * columns + $1] : $0 + q[$1 * columns + a] * q[$1 * columns + b]
        }
        #expect(abs(product - (a == b ? 1 : 0)) < 1e-5)
      }
    }
  }

  private static let variances: [(Initializer, Double)] = [
    (.heNormal(.output), 0.022222), (.heNormal(.input), 0.04), (.heUniform(.input), 0.04),
    (.xavierUniform, 0.0142857), (.xavierNormal, 0.0142857), (.fanInUniform, 0.0066667),
    (.lecunUniform, 0.000768), (.truncatedNormal(deviation: 0.1), 0.007737),
  ]

  /// For fans of 50 and 90: of 20,000 values, the mean is within five standard errors and the variance within 5 %.
  @Test(arguments: variances)
  func variance(initializer: Initializer, variance: Double) {
    let drawn = values(initializer, [100, 200], fanIn: 50, fanOut: 90).map(Double.init)
    let mean = drawn.reduce(0, +) / 20_000
    let spread = drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean) < 5 * (variance / 20_000).squareRoot())
    #expect(abs(spread / variance - 1) < 0.05)
  }

  @Test func sameSeedSameValuesOtherSeedOthers() {
    let first = values(.heNormal(.input), [4, 4], fanIn: 4, fanOut: 4)
    #expect(first == values(.heNormal(.input), [4, 4], fanIn: 4, fanOut: 4))
    #expect(first != values(.heNormal(.input), [4, 4], fanIn: 4, fanOut: 4, seed: 2))
  }

  @Test func permutationHoldsEveryNumberOnce() {
    var generator = CounterGenerator(seed: 3, 1, 2)
    let order = generator.permutation(1000)
    #expect(order.sorted() == Array(0..<1000))
    #expect(order != Array(0..<1000))
  }
}
