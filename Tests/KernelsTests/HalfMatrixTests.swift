import Kernels
import Support
import TensorCore
import Testing

/// Weights in float16 on every instruction set of this CPU against Swift's `Float16` and plain sums.
@Suite struct HalfMatrixTests {
  private static func packed(_ matrix: HalfMatrix, _ weights: [Float], _ kernels: KernelSet) -> [Float] {
    var packed = [Float](repeating: .nan, count: matrix.floats)
    packed.withUnsafeMutableBufferPointer { buffer in
      if let pointer = buffer.baseAddress { matrix.pack(weights, into: pointer, kernels: kernels) }
    }
    return packed
  }

  private static func widened(
    _ matrix: HalfMatrix, _ packed: [Float], rows: Range<Int>, _ kernels: KernelSet
  ) -> [Float] {
    var result = [Float](repeating: .nan, count: rows.count * matrix.columns)
    result.withUnsafeMutableBufferPointer { buffer in
      if let pointer = buffer.baseAddress {
        matrix.widen(rows: rows, of: packed, into: pointer, kernels: kernels)
      }
    }
    return result
  }

  /// Rows whose largest value is in [2^14, 2^15) are stored with the factor 1, which makes conversions visible: to the
  /// nearest float16, ties to even, for all exponents, including subnormal numbers.
  @Test(arguments: 0..<20) func valuesAreRoundedAsFloat16(seed: Int) {
    var generator = Generator("halves \(seed)")
    var row: [Float] = [0x1p14, 0, -0.0]
    for _ in 0..<997 {
      let exponent = Int.random(in: -30...13, using: &generator)
      row.append(generator.floats(1)[0] * Float(sign: .plus, exponent: exponent, significand: 1))
    }
    for step in 0..<100 {  // halfway between two float16, near 1 and subnormal
      row.append(1 + (Float(step) + 0.5) * 0x1p-10)
      row.append((Float(step) + 0.5) * 0x1p-24)
    }
    let matrix = HalfMatrix(rows: 1, columns: row.count)
    for kernels in KernelSet.available {
      let found = HalfMatrixTests.widened(
        matrix, HalfMatrixTests.packed(matrix, row, kernels), rows: 0..<1, kernels)
      for (value, result) in zip(row, found) {
        #expect(
          result.bitPattern == Float(Float16(value)).bitPattern, "\(kernels.name): \(value) became \(result)")
      }
    }
  }

  /// The factor of a row preserves values of any size: to within 2^-11 of themselves, or 2^-39 of the largest.
  @Test(arguments: [-90, -40, -14, 0, 3, 40, 120]) func rowsOfAnySizeKeepTheirPrecision(exponent: Int) {
    var generator = Generator("scale \(exponent)")
    let factor = Float(sign: .plus, exponent: exponent, significand: 1)
    let columns = 61
    let weights = generator.floats(3 * columns).map { $0 * factor }
    let matrix = HalfMatrix(rows: 3, columns: columns)
    for kernels in KernelSet.available {
      let found = HalfMatrixTests.widened(
        matrix, HalfMatrixTests.packed(matrix, weights, kernels), rows: 0..<3, kernels)
      for (value, result) in zip(weights, found) {
        let bound = max(abs(value) * 0x1p-11, factor * 0x1p-39)
        #expect(abs(value - result) <= bound, "\(kernels.name): \(value) became \(result)")
      }
    }
  }

  @Test func zerosInfinitiesAndNaNStay() {
    let weights: [Float] =
      [Float](repeating: 0, count: 33) + [.infinity, -.infinity, .nan]
      + [Float](repeating: 2, count: 30)
    let matrix = HalfMatrix(rows: 2, columns: 33)
    for kernels in KernelSet.available {
      let found = HalfMatrixTests.widened(
        matrix, HalfMatrixTests.packed(matrix, weights, kernels), rows: 0..<2, kernels)
      #expect(found[..<33].allSatisfy { $0 == 0 })
      #expect(found[33] == .infinity && found[34] == -.infinity && found[35].isNaN)
      #expect(found[36...].allSatisfy { $0 == 2 })
    }
  }

  /// The product is that of the widened weights, compared with sums in double.
  @Test(arguments: 0..<40) func productEqualsReference(seed: Int) {
    var generator = Generator("half product \(seed)")
    let rows = Int.random(in: 1...40, using: &generator)
    let columns = Int.random(in: 1...300, using: &generator)
    let first = Int.random(in: 0..<rows, using: &generator)
    let weights = generator.floats(rows * columns)
    let input = generator.floats(columns)
    let bias: [Float]? = seed % 3 == 0 ? nil : generator.floats(rows)
    let rectifies = seed % 2 == 0
    let matrix = HalfMatrix(rows: rows, columns: columns)
    for kernels in KernelSet.available {
      let packed = HalfMatrixTests.packed(matrix, weights, kernels)
      let wide = HalfMatrixTests.widened(matrix, packed, rows: 0..<rows, kernels)
      let expected = (first..<rows).map { (row: Int) -> Float in
        var sum = Double(bias?[row] ?? 0)
        for k in 0..<columns { sum += Double(wide[row * columns + k]) * Double(input[k]) }
        return Float(rectifies ? max(sum, 0) : sum)
      }
      var found = [Float](repeating: .nan, count: rows - first)
      found.withUnsafeMutableBufferPointer { buffer in
        guard let pointer = buffer.baseAddress else { return }
        func multiply(_ bias: UnsafePointer<Float>?) {
          matrix.multiply(
            rows: first..<rows, of: packed, input, bias: bias.map { $0 + first },
            rectifies ? .relu : .identity,
            into: pointer, kernels: kernels)
        }
        if let bias { multiply(bias) } else { multiply(nil) }
      }
      for (a, b) in zip(found, expected) {
        #expect(abs(a - b) < 2e-5, "\(kernels.name): \(rows)×\(columns): \(a), reference \(b)")
      }
    }
  }
}
