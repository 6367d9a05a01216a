import Kernels
import Support
import TensorCore
import Testing

/// OpenBLAS's products of bfloat16, in builds that have them.
@Suite(.enabled(if: BLAS.multipliesBFloat16, "the installed OpenBLAS has no cblas_sbgemm"))
struct OpenBLASBFloat16Tests {
  /// Sizes around the tiles of its kernels, up to several of its blocks.
  private static let sizes = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 65, 100, 200]
  private static let depths = sizes + [256, 257, 576, 1153]

  /// `product` of generated matrices, with gaps between their rows, and in plain loops.
  private static func products(
    _ seed: String, rows: Int, columns: Int, depth: Int, gaps: [Int], accumulates: Bool
  ) -> (found: [Float], expected: [Float]) {
    var generator = Generator(seed)
    let strides = (a: depth + gaps[0], b: columns + gaps[1], c: columns + gaps[2])
    let a = generator.floats(rows * strides.a).map(\.roundedToBFloat16)
    let b = generator.floats(depth * strides.b).map(\.roundedToBFloat16)
    // What does not accumulate does not read: NaN would stay.
    let start =
      accumulates ? generator.floats(rows * strides.c) : [Float](repeating: .nan, count: rows * strides.c)
    var (found, expected) = (start, start)
    found.withUnsafeMutableBufferPointer { c in
      a.map(\.bfloat16).withUnsafeBufferPointer { a in
        b.map(\.bfloat16).withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          BLAS.multiply(
            rows: rows, columns: columns, depth: depth, a, rowStride: strides.a, b, rowStride: strides.b,
            accumulates: accumulates, into: c, rowStride: strides.c)
        }
      }
    }
    for row in 0..<rows {
      for column in 0..<columns {
        let sum = (0..<depth).reduce(accumulates ? Double(start[row * strides.c + column]) : 0) {
          $0 + Double(a[row * strides.a + $1]) * Double(b[$1 * strides.b + column])
        }
        expected[row * strides.c + column] = Float(sum)
      }
    }
    return (found, expected)
  }

  /// Products of two bfloat16 are exact in float32: only the order of the sums differs.
  @Test(arguments: 0..<400) func productEqualsReference(seed: Int) {
    var generator = Generator("sbgemm \(seed)")
    let (rows, columns) = (generator.pick(Self.sizes), generator.pick(Self.sizes))
    let depth = generator.pick(Self.depths)
    let gaps = (0..<3).map { _ in generator.pick([0, 0, 1, 5, 16]) }
    let accumulates = Bool.random(using: &generator)
    let (found, expected) = Self.products(
      "values \(seed)", rows: rows, columns: columns, depth: depth, gaps: gaps, accumulates: accumulates)
    let comparison = Comparison(found, expected)
    #expect(
      comparison.error < 4 * Float.ulpOfOne * Float(depth).squareRoot(),
      "\(rows) × \(columns) × \(depth), gaps \(gaps), accumulates \(accumulates): \(comparison)")
  }

  /// A vector on either side, for which the library may have another function.
  @Test(arguments: [1, 2, 17, 64, 300], [1, 2, 33, 500]) func productWithVector(size: Int, depth: Int) {
    for (rows, columns) in [(1, size), (size, 1)] {
      for accumulates in [false, true] {
        let (found, expected) = Self.products(
          "vector", rows: rows, columns: columns, depth: depth, gaps: [3, 2, 1], accumulates: accumulates)
        let comparison = Comparison(found, expected)
        #expect(
          comparison.error < 4 * Float.ulpOfOne * Float(depth).squareRoot(),
          "\(rows) × \(columns) × \(depth), accumulates \(accumulates): \(comparison)")
      }
    }
  }

  /// Tiles of pixels and of columns, rows in place and copied, with groups.
  @Test(
    .enabled(if: KernelSet.best.multipliesBFloat16Pairs), arguments: [(7, 1), (30, 1), (13, 3), (30, 3)],
    [1, 2])
  func convolutionInTiles(_ form: (size: Int, kernel: Int), groups: Int) {
    let (size, kernel) = form
    func layout(_ channels: Int) -> ActivationLayout {
      ActivationLayout([1, channels, size, size], pixelStride: channels + 8, format: .bfloat16)
    }
    var problem = ConvolutionProblem(
      geometry: ConvolutionGeometry(
        input: layout(306), output: layout(250), window: Window(kernel: kernel, padding: kernel / 2),
        groups: groups),
      epilogue: Epilogue(hasBias: true, activation: .relu), residualStride: 260, seed: "tiles \(size)")
    problem.operandsAreBFloat16 = true
    let comparison = Comparison(problem.run(.im2col, .best), problem.reference())
    #expect(comparison.error < 0x1p-8 * 1.1, "\(comparison), \(problem)")
  }
}
