import TensorCore

/// The ways to compute a convolution, and which of them should be fastest.
package enum ConvolutionAlgorithm: Hashable, Sendable, CaseIterable {
  /// ``ImplicitGEMM``.
  case implicitGEMM
  /// ``Im2colGEMM``: the product through OpenBLAS.
  case im2col
  /// ``Winograd`` with tiles of m×m results.
  case winograd(m: Int)
  /// ``Strassen``.
  case strassen
  /// ``SmallGroups``.
  case smallGroups
  /// ``GatheredGroups``.
  case gatheredGroups

  /// Every algorithm; what is not in this list is never a candidate.
  package static let allCases: [ConvolutionAlgorithm] =
    [.implicitGEMM, .im2col] + Winograd.tileSizes.map { .winograd(m: $0) }
    + [.strassen, .smallGroups, .gatheredGroups]

  /// Name in plans and in the list of what is switched off.
  package var name: String {
    switch self {
    case .implicitGEMM: "implicit_gemm"
    case .im2col: "im2col"
    case .winograd(let m): "winograd_\(m)"
    case .strassen: "strassen"
    case .smallGroups: "small_groups"
    case .gatheredGroups: "gathered_groups"
    }
  }

  /// Products that an algorithm makes for each MAC of a convolution with a kernel of r×r, by its name:
  /// (m + r - 1)² / r²m² for Winograd's, edges apart, 7/8 for Strassen's, and 1 for all others.
  package static func productsPerMAC(_ name: String, kernel r: Int) -> Double {
    if name == strassen.name { return 7 / 8 }
    for m in Winograd.tileSizes where name == winograd(m: m).name {
      return Double((m + r - 1) * (m + r - 1)) / Double(r * r * m * m)
    }
    return 1
  }

  /// The algorithms that can compute a convolution, without those switched off by name.
  ///
  /// ``im2col`` can compute every convolution and is there when nothing else is.
  package static func candidates(
    _ geometry: ConvolutionGeometry, disabled: Set<String>
  ) -> [ConvolutionAlgorithm] {
    let left = allCases.filter { $0 != .im2col && $0.suits(geometry) && !disabled.contains($0.name) }
    return left.isEmpty ? [.im2col] : left
  }

  /// Whether the algorithm can compute a convolution.
  private func suits(_ geometry: ConvolutionGeometry) -> Bool {
    switch self {
    case .implicitGEMM, .im2col: true
    case .winograd(let m): Winograd.tileSizes(geometry).contains(m)
    case .strassen: Strassen.suits(geometry)
    case .smallGroups: SmallGroups.suits(geometry, kernels: .best)
    case .gatheredGroups: GatheredGroups.suits(geometry, kernels: .best)
    }
  }

  /// Every algorithm that can compute a convolution, for a measurement to choose from: the ``candidates``,
  /// and the product through OpenBLAS.
  package static func measurable(
    _ geometry: ConvolutionGeometry, disabled: Set<String>
  ) -> [ConvolutionAlgorithm] {
    let all = candidates(geometry, disabled: disabled)
    return all.contains(.im2col) || disabled.contains(Self.im2col.name) ? all : all + [.im2col]
  }

  /// The algorithm, made ready for a convolution that it can compute.
  package func product(
    _ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet
  ) -> any ConvolutionProduct {
    switch self {
    case .implicitGEMM: ImplicitGEMM(geometry, epilogue: epilogue, kernels: kernels)
    case .im2col: Im2colGEMM(geometry, epilogue: epilogue, kernels: kernels)
    case .winograd(let m): Winograd(geometry, m: m, epilogue: epilogue, kernels: kernels)
    case .strassen: Strassen(geometry, epilogue: epilogue, kernels: kernels)
    case .smallGroups: SmallGroups(geometry, epilogue: epilogue, kernels: kernels)
    case .gatheredGroups: GatheredGroups(geometry, epilogue: epilogue, kernels: kernels)
    }
  }

  /// The candidate with the least expected time; of equals, the one with the smallest weights.
  ///
  /// `weightsStayInCache` says that the weights of the whole network do, so that they are still there when the
  /// next image comes.
  package static func fastest(
    _ geometry: ConvolutionGeometry, weightsStayInCache: Bool, disabled: Set<String>
  ) -> ConvolutionAlgorithm {
    let bytesPerNanosecond = weightsStayInCache ? bytesPerNanosecondFromCache : bytesPerNanosecondFromMemory
    func expectedTime(_ algorithm: ConvolutionAlgorithm) -> Double {
      algorithm.expectedTime(geometry, kernels: .best, bytesPerNanosecond: bytesPerNanosecond)
    }
    return candidates(geometry, disabled: disabled)
      .min { expectedTime($0) < expectedTime($1) } ?? .im2col
  }

  /// Products that a core finishes in a nanosecond: 110 GFLOP/s.
  static let productsPerNanosecond = 55.0
  /// Bytes of weights that a core reads from memory in a nanosecond.
  private static let bytesPerNanosecondFromMemory = 12.0
  /// Bytes of weights that a core reads from its caches in a nanosecond.
  private static let bytesPerNanosecondFromCache = 40.0
  /// Nanoseconds for a core to transform one float of Winograd's points, for each point along an edge of the
  /// tile: a transform in one direction makes n sums of up to n terms.
  private static let transformNanoseconds = 0.05
  /// Nanoseconds for a core to make a float of Strassen's sums.
  private static let sumNanoseconds = 0.06
  /// Nanoseconds for a core to keep a float of Strassen's seven products, and to make four results of them.
  private static let combinationNanoseconds = 1.1
  /// Nanoseconds for a core to copy one float to the image of its group.
  private static let gatherNanoseconds = 0.35

  /// Nanoseconds of one core.
  ///
  /// Products and the reading of weights overlap, so the longer of the two counts; transforms come on top. Vectors
  /// run along channels and outputs, so that those count as whole vectors.
  ///
  /// What matters is the constants' ratio. `bench --tune --format json` timed all candidates of the convolutions of
  /// thirteen networks but Strassen's, 210 with one thread and as many with two, on Zen 4: what the model takes is
  /// slower than the fastest by 0.9 % in the geometric mean with AVX-512, by 0.8 % with AVX2, and by half at worst.
  /// Strassen's constants come from the 1×1 layers of ResNet-50 and ResNeXt-50 there. What it says of groups comes
  /// from the seven kinds of 3×3 convolution in ResNeXt-50 on Zen 3: strides are what makes gathering not worth it.
  private func expectedTime(
    _ geometry: ConvolutionGeometry, kernels: KernelSet, bytesPerNanosecond: Double
  ) -> Double {
    let weights = Double(geometry.depth * geometry.output.channels * MemoryLayout<Float>.stride)
    func wholeVectors(_ channels: Int) -> Double { Double(channels.roundedUp(to: kernels.vector)) }
    switch self {
    case .implicitGEMM, .im2col:
      // A group with fewer outputs than a panel has columns takes as long as one with all of them: with half
      // as many, the loads of the inputs are what it waits for. Each group needs pointers of its own.
      let columns =
        geometry.groups == 1
        ? wholeVectors(geometry.groupOutputs) : Double(max(kernels.panel, geometry.groupOutputs))
      let pointing = geometry.groups > 1 && geometry.window.taps > 1 ? 1.5 : 1
      let products = Double(geometry.macs) * columns / Double(geometry.groupOutputs)
      return max(products * pointing / Self.productsPerNanosecond, weights / bytesPerNanosecond)
    case .strassen:
      let pairs = Double(geometry.output.pixels.dividedRoundingUp(by: 2))
      let inputs = Double(geometry.input.channels / 2)
      let outputs = wholeVectors(geometry.output.channels / 2)
      let reading = 1.75 * weights / bytesPerNanosecond
      // Half the pixels pass by a weight: the next ones come too late at times.
      return max(7 * pairs * inputs * outputs / Self.productsPerNanosecond, reading) + 0.1 * reading
        + pairs * inputs * Double(Strassen.sums(geometry)) * Self.sumNanoseconds
        + pairs * outputs * Self.combinationNanoseconds
    case .gatheredGroups:
      let columns = wholeVectors(geometry.groupOutputs) / Double(geometry.groupOutputs)
      return Double(geometry.macs) * columns * 1.25 / Self.productsPerNanosecond
        + Double(geometry.input.pixels * geometry.input.channels) * Self.gatherNanoseconds
    case .smallGroups:
      // Spreading the inputs over the lanes takes as many instructions as multiplying.
      return Double(geometry.macs) / (Self.productsPerNanosecond / 1.7)
    case .winograd(let m):
      let grid = WinogradTiles(geometry, m: m)
      let points = Double(grid.points)
      let tiles = Double(grid.count)
      let outputs = wholeVectors(geometry.output.channels)
      return max(
        tiles * points * Double(geometry.input.channels) * outputs / Self.productsPerNanosecond,
        weights * points / Double(geometry.window.taps) / bytesPerNanosecond)
        + tiles * points * (wholeVectors(geometry.input.channels) + outputs) * Double(grid.side)
        * Self.transformNanoseconds
    }
  }
}
