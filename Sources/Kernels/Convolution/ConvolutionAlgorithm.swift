import TensorCore

/// The ways to compute a convolution, and which of them should be fastest.
package enum ConvolutionAlgorithm: Hashable, Sendable {
  /// ``ImplicitGEMM``.
  case implicitGEMM
  /// ``Im2colGEMM``: the product through OpenBLAS.
  case im2col
  /// ``Winograd`` with tiles of m×m results.
  case winograd(m: Int)
  /// ``SmallGroups``.
  case smallGroups

  /// Name in plans and in the list of what is switched off.
  package var name: String {
    switch self {
    case .implicitGEMM: "implicit_gemm"
    case .im2col: "im2col"
    case .winograd(let m): "winograd_\(m)"
    case .smallGroups: "small_groups"
    }
  }

  /// The algorithms that can compute a convolution, without those switched off by name.
  ///
  /// ``im2col`` can compute every convolution and is there when nothing else is.
  package static func candidates(
    _ geometry: ConvolutionGeometry, disabled: Set<String>
  ) -> [ConvolutionAlgorithm] {
    var all: [ConvolutionAlgorithm] = [.implicitGEMM]
    all += Winograd.tileSizes(geometry).map { .winograd(m: $0) }
    if SmallGroups.suits(geometry, kernels: .best) { all.append(.smallGroups) }
    let left = all.filter { !disabled.contains($0.name) }
    return left.isEmpty ? [.im2col] : left
  }

  /// The algorithm, made ready for a convolution that it can compute.
  package func product(
    _ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet
  ) -> any ConvolutionProduct {
    switch self {
    case .implicitGEMM: ImplicitGEMM(geometry, epilogue: epilogue, kernels: kernels)
    case .im2col: Im2colGEMM(geometry, epilogue: epilogue, kernels: kernels)
    case .winograd(let m): Winograd(geometry, m: m, epilogue: epilogue, kernels: kernels)
    case .smallGroups: SmallGroups(geometry, epilogue: epilogue, kernels: kernels)
    }
  }

  /// The candidate with the least expected time; of equals, the one with the smallest weights.
  package static func fastest(
    _ geometry: ConvolutionGeometry, disabled: Set<String>
  ) -> ConvolutionAlgorithm {
    let candidates = candidates(geometry, disabled: disabled)
    return candidates.min { $0.expectedTime(geometry) < $1.expectedTime(geometry) } ?? .im2col
  }

  /// Products that a core finishes in a nanosecond: 110 GFLOP/s.
  private static let productsPerNanosecond = 55.0
  /// Bytes of weights that a core streams from memory in a nanosecond.
  private static let bytesPerNanosecond = 10.0
  /// Nanoseconds for a core to transform one float of Winograd's points.
  private static let transformNanoseconds = 0.28

  /// Nanoseconds of one core.
  ///
  /// Products and the reading of weights overlap, so the longer of the two counts; transforms come on
  /// top. The constants are from an AVX-512 machine; what matters is their ratio, which is alike on
  /// others.
  func expectedTime(_ geometry: ConvolutionGeometry) -> Double {
    let weights = Double(geometry.depth * geometry.output.channels * MemoryLayout<Float>.stride)
    switch self {
    case .implicitGEMM, .im2col:
      // A group with fewer outputs than a vector has lanes pays for the whole vector.
      let lanes = Double(max(KernelSet.best.vector, geometry.groupOutputs)) / Double(geometry.groupOutputs)
      return max(
        Double(geometry.macs) * lanes / Self.productsPerNanosecond, weights / Self.bytesPerNanosecond)
    case .smallGroups:
      // Spreading the inputs over the lanes takes as many instructions as multiplying.
      return Double(geometry.macs) / (Self.productsPerNanosecond / 1.7)
    case .winograd(let m):
      let side = Winograd.side(m: m, geometry)
      let points = Double(side * side)
      let tiles = Double(
        geometry.output.batch * geometry.output.height.dividedRoundingUp(by: m)
          * geometry.output.width.dividedRoundingUp(by: m))
      let channels = Double(geometry.input.channels)
      let outputs = Double(geometry.output.channels)
      return max(
        tiles * points * channels * outputs / Self.productsPerNanosecond,
        weights * points / Double(geometry.window.taps) / Self.bytesPerNanosecond)
        + tiles * points * (channels + outputs) * Self.transformNanoseconds
    }
  }
}
