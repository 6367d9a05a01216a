import TensorCore

/// The algorithms for convolutions.
package enum ConvolutionAlgorithm: Hashable, Sendable, CaseIterable {
  /// ``ImplicitGEMM``, or ``NormalizingGEMM`` if a norm is applied to the input.
  case implicitGEMM
  /// ``Winograd`` with m×m results in a Winograd tile.
  case winograd(m: Int)
  /// ``Strassen``.
  case strassen
  /// ``Depthwise``.
  case depthwise
  /// ``GroupedRows``.
  case groupedRows
  /// ``Im2colGEMM``, or ``Im2colBFloat16GEMM`` between feature maps in bfloat16: the product through OpenBLAS.
  case im2col
  /// ``BFloat16GEMM``, a candidate where this precision is asked for.
  case bfloat16GEMM

  /// Every algorithm in float32.
  package static let allCases: [ConvolutionAlgorithm] =
    [.implicitGEMM] + Winograd.tileSizes.map { .winograd(m: $0) }
    + [.strassen, .depthwise, .groupedRows, .im2col]

  /// Name on the command line and in measurements, and by which the algorithm is switched off.
  ///
  /// Plans print ``ConvolutionProduct/name``, which also distinguishes the forms of an algorithm.
  package var name: String {
    switch self {
    case .implicitGEMM: "implicit_gemm"
    case .winograd(let m): "winograd_\(m)"
    case .strassen: "strassen"
    case .depthwise: "depthwise"
    case .groupedRows: "grouped_rows"
    case .im2col: "im2col"
    case .bfloat16GEMM: "bf16_gemm"
    }
  }

  /// Products that an algorithm, given by name, computes for each MAC of a convolution with an r×r kernel:
  /// (m + r - 1)² / r²m² for Winograd's, not counting edges, 7/8 for Strassen's, and 1 for all others.
  package static func productsPerMAC(_ name: String, kernel r: Int) -> Double {
    if name == strassen.name { return 7 / 8 }
    for m in Winograd.tileSizes where name == winograd(m: m).name {
      return Double((m + r - 1) * (m + r - 1)) / Double(r * r * m * m)
    }
    return 1
  }

  /// The algorithms that can compute a convolution, without those that are switched off by name.
  ///
  /// ``im2col`` can compute every convolution of floats; it is a candidate even if it is switched off and there is no
  /// other. Between feature maps in bfloat16 it has to be asked for: results should not depend on the build of OpenBLAS
  /// that is installed.
  package static func candidates(
    _ geometry: ConvolutionGeometry, precision: ComputePrecision = .float32, disabled: Set<String> = []
  ) -> [ConvolutionAlgorithm] {
    var known = precision == .bfloat16 ? allCases + [.bfloat16GEMM] : allCases
    if geometry.output.format == .bfloat16 { known.removeAll { $0 == .im2col || $0.readsFloats } }
    let left = known.filter { $0.suits(geometry) && !disabled.contains($0.name) }
    return left.isEmpty ? [.im2col] : left
  }

  /// Whether the algorithm has no form for feature maps in bfloat16.
  package var readsFloats: Bool {
    switch self {
    case .bfloat16GEMM, .winograd, .depthwise, .groupedRows: false
    case .im2col: !BLAS.multipliesBFloat16
    case .implicitGEMM, .strassen: true
    }
  }

  /// Whether the algorithm can compute a convolution.
  private func suits(_ geometry: ConvolutionGeometry) -> Bool {
    switch self {
    case .implicitGEMM, .im2col: true
    case .bfloat16GEMM: BFloat16GEMM.suits(geometry)
    case _ where geometry.normalizesInput: false
    case .winograd(let m): Winograd.tileSizes(geometry).contains(m)
    case .strassen: Strassen.suits(geometry)
    case .depthwise: Depthwise.suits(geometry)
    case .groupedRows: GroupedRows.suits(geometry)
    }
  }

  /// The algorithm bound to a convolution that it can compute.
  package func product(
    _ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet
  ) -> any ConvolutionProduct {
    switch self {
    case .implicitGEMM where geometry.normalizesInput:
      NormalizingGEMM(geometry, epilogue: epilogue, kernels: kernels)
    case .implicitGEMM: ImplicitGEMM(geometry, epilogue: epilogue, kernels: kernels)
    case .winograd(let m): Winograd(geometry, m: m, epilogue: epilogue, kernels: kernels)
    case .strassen: Strassen(geometry, epilogue: epilogue, kernels: kernels)
    case .depthwise: Depthwise(geometry, epilogue: epilogue, kernels: kernels)
    case .groupedRows: GroupedRows(geometry, epilogue: epilogue, kernels: kernels)
    case .im2col where geometry.output.format == .bfloat16:
      Im2colBFloat16GEMM(geometry, epilogue: epilogue, kernels: kernels)
    case .im2col: Im2colGEMM(geometry, epilogue: epilogue, kernels: kernels)
    case .bfloat16GEMM: BFloat16GEMM(geometry, epilogue: epilogue, kernels: kernels)
    }
  }
}
