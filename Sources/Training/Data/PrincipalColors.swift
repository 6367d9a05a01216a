import CLAPACKE
import Datasets
import Inputs

/// The principal components of the training images' colors.
package struct PrincipalColors: Hashable, Sendable {
  /// Eigenvalues of the covariance of RGB in [0, 1], ascending.
  package let values: [Float]
  /// The eigenvectors one after the other, each of length 1, with its largest component positive.
  package let vectors: [Float]

  /// The principal components of a 3 × 3 covariance, row-major, by LAPACK's `ssyev`.
  package init(covariance: [Float]) {
    precondition(covariance.count == 9)
    var matrix = covariance
    var values = [Float](repeating: 0, count: 3)
    // Column-major: eigenvector k is then row k of the array.
    LAPACKE_ssyev(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")), 3, &matrix, 3, &values)
    for k in 0..<3 {
      let vector = matrix[3 * k..<3 * k + 3]
      let largest = vector.max { abs($0) < abs($1) } ?? 1
      if largest < 0 { for i in vector.indices { matrix[i] = -matrix[i] } }
    }
    self.values = values.map { max($0, 0) }
    vectors = matrix
  }

  /// The principal components of up to `limit` images, evenly spread over `images`.
  package init(of images: any LabeledImages, limit: Int = 2000) throws(InputError) {
    var sums = [Double](repeating: 0, count: 3)
    var products = [Double](repeating: 0, count: 9)
    var pixels = 0.0
    let step = max(1, images.count / limit)
    for index in stride(from: 0, to: images.count, by: step) {
      let raster = try images.source(index).decoded()
      guard raster.channels == 3 else { continue }
      for pixel in 0..<raster.height * raster.width {
        let color = (0..<3).map { Double(raster.pixels[3 * pixel + $0]) / 255 }
        for i in 0..<3 {
          sums[i] += color[i]
          for j in 0..<3 { products[3 * i + j] += color[i] * color[j] }
        }
      }
      pixels += Double(raster.height * raster.width)
    }
    let count = max(pixels, 1)
    self.init(
      covariance: (0..<9).map { Float(products[$0] / count - sums[$0 / 3] / count * sums[$0 % 3] / count) })
  }

  /// The color to add for these multiples of the eigenvalues.
  package func shift(_ amounts: [Float]) -> [Float] {
    (0..<3).map { channel in
      (0..<3).reduce(0) { $0 + amounts[$1] * values[$1] * vectors[3 * $1 + channel] }
    }
  }
}
