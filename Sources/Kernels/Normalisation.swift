import Glibc

/// Functions of a whole vector.
package enum Normalisation {
  /// output = e^(input - max) / Σ e^(input - max), summed in double.
  package static func softmax(
    _ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>
  ) {
    var largest = -Float.infinity
    for i in 0..<count { largest = max(largest, input[i]) }
    var sum = 0.0
    for i in 0..<count {
      output[i] = expf(input[i] - largest)
      sum += Double(output[i])
    }
    let factor = Float(1 / sum)
    for i in 0..<count { output[i] *= factor }
  }
}
