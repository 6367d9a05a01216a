import TensorCore

/// Times of the parts of a convolution on one core, for a set of kernels.
///
/// Only the ratios of the constants matter.
struct ConvolutionCost: Hashable, Sendable {
  /// Products that the matrix kernels compute in a nanosecond.
  var productsPerNanosecond: Double
  /// Nanoseconds to transform a float of Winograd's points, for each point along an edge of the Winograd
  /// tile: a transform in one direction computes n sums of up to n terms.
  var transformNanoseconds: Double
  /// Nanoseconds to transform a float of a point for the gradient of the weights, and to load it for the
  /// product.
  var gradientTransformNanoseconds: Double
  /// Nanoseconds to round a float to bfloat16.
  var roundingNanoseconds: Double
  /// Nanoseconds to copy a byte of the inputs.
  var copyingNanoseconds: Double
  /// Nanoseconds to compute a float of Strassen's sums.
  var sumNanoseconds: Double
  /// Nanoseconds to store a float of each of Strassen's seven products, and to combine them to four results.
  var combinationNanoseconds: Double
  /// Products that the kernels for groups compute in a nanosecond, where a group fills vectors, and where
  /// several share one.
  var groupedProductsPerNanosecond: Double
  var sharedProductsPerNanosecond: Double
  /// Products that the depthwise kernels compute in a nanosecond, if their inputs arrive in time.
  var depthwiseProductsPerNanosecond: Double

  /// The costs of a set of kernels.
  ///
  /// The vector kernels of x86: `bench --tune --format json` timed all algorithms except Strassen's for the
  /// convolutions of thirteen networks, 210 with one thread and as many with two, on Zen 4. The algorithm
  /// that the model chooses is slower than the fastest by 0.9 % in the geometric mean with AVX-512, by 0.8 %
  /// with AVX2, and by half at worst. Strassen's constants come from the 1×1 layers of ResNet-50 and
  /// ResNeXt-50 on the same CPU. The rates of the
  /// kernels for groups come from 3×3 convolutions of ResNeXt-50 and RegNets, those of the depthwise kernels from
  /// MobileNetV2's, also on Zen 4.
  static func of(_ kernels: KernelSet) -> ConvolutionCost {
    switch kernels.name {
    case "avx512", "avx2":
      ConvolutionCost(
        productsPerNanosecond: 55, transformNanoseconds: 0.05, gradientTransformNanoseconds: 0.15,
        roundingNanoseconds: 0.055, copyingNanoseconds: 0.02, sumNanoseconds: 0.06,
        combinationNanoseconds: 1.1, groupedProductsPerNanosecond: 60, sharedProductsPerNanosecond: 46,
        depthwiseProductsPerNanosecond: 40)
    // The portable kernels: 277 problems of twelve networks on Zen 4, of which im2col and `sgemm` get all but
    // 60, which Winograd computes faster. NEON has not been measured and counts as no faster than that.
    default:
      ConvolutionCost(
        productsPerNanosecond: 18.5, transformNanoseconds: 0.1, gradientTransformNanoseconds: 0.3,
        roundingNanoseconds: 0.2, copyingNanoseconds: 0.1, sumNanoseconds: 0.12, combinationNanoseconds: 2,
        groupedProductsPerNanosecond: 20, sharedProductsPerNanosecond: 15, depthwiseProductsPerNanosecond: 12)
    }
  }

  /// Bytes of weights that a core reads from memory in a nanosecond.
  private static let bytesPerNanosecondFromMemory = 12.0
  /// Bytes of weights that a core reads from its caches in a nanosecond.
  private static let bytesPerNanosecondFromCache = 40.0

  /// Bytes of feature maps that a core reads and writes in a nanosecond.
  static let featureBytesPerNanosecond = 20.0

  /// Bytes of weights that a core reads in a nanosecond.
  static func bytesPerNanosecond(weightsStayInCache: Bool) -> Double {
    weightsStayInCache ? bytesPerNanosecondFromCache : bytesPerNanosecondFromMemory
  }
}

/// Times of calls of OpenBLAS's `sgemm` on one core; it has its own kernels for every CPU.
enum SgemmCost {
  /// Products in a nanosecond: 100 GFLOP/s.
  private static let productsPerNanosecond = 50.0
  /// A call takes as long as if it had this many more columns.
  private static let edgeColumns = 6.0
  /// Nanoseconds of a call with nothing to do.
  private static let callNanoseconds = 300.0
  /// Nanoseconds to copy a float of the rows into the library's order.
  private static let rowNanoseconds = 0.05
  /// Nanoseconds to copy a float of the weights into the library's order, from cache and from memory.
  private static let cachedWeightNanoseconds = 0.1
  private static let streamedWeightNanoseconds = 0.5
  /// Weights of up to this many floats come from cache: half of a core's L2.
  private static let cachedFloats = 1 << 17

  /// Nanoseconds of `calls` calls that together multiply `rows × depth` by weights `depth × columns`, which
  /// are read at the given rate before they are copied.
  static func time(
    calls: Int, rows: Double, columns: Int, depth: Int, bytesPerNanosecond: Double = .infinity
  ) -> Double {
    let weights = columns * depth
    let copying = weights <= cachedFloats ? cachedWeightNanoseconds : streamedWeightNanoseconds
    return rows * Double(depth) * (Double(columns) + edgeColumns) / productsPerNanosecond
      + rows * Double(depth) * rowNanoseconds
      + Double(calls) * callNanoseconds
      + Double(weights)
      * max(Double(calls) * copying, Double(MemoryLayout<Float>.stride) / bytesPerNanosecond)
  }
}

extension ConvolutionAlgorithm {
  /// A tie within this share of the expected time goes to OpenBLAS.
  static let tie = 1.03
  /// With so many groups, finding their pixels takes time.
  private static let manyGroups = 8
  /// Nanoseconds to add bias and activation to a result of `sgemm`.
  private static let epilogueNanoseconds = 0.15

  /// The algorithm with the least expected time; ``im2col`` unless another one is expected to be clearly
  /// faster.
  ///
  /// `weightsStayInCache` tells that the weights of the whole network do, so that the next image finds them
  /// there.
  package static func fastest(
    _ geometry: ConvolutionGeometry, weightsStayInCache: Bool, precision: ComputePrecision = .float32,
    kernels: KernelSet = .best, disabled: Set<String> = []
  ) -> ConvolutionAlgorithm {
    let candidates = candidates(geometry, precision: precision, disabled: disabled)
    let times = candidates.map {
      $0.expectedTime(geometry, kernels: kernels, weightsStayInCache: weightsStayInCache)
    }
    let least = times.min() ?? 0
    let openBLAS = candidates.firstIndex(of: .im2col)
    if let openBLAS, times[openBLAS] <= tie * least { return .im2col }
    return times.firstIndex(of: least).map { candidates[$0] } ?? .im2col
  }

  /// Expected time in nanoseconds on one core.
  ///
  /// Products and reading the weights overlap, so the longer of the two counts; transforms come on top.
  /// Vectors run along channels and outputs, which therefore count as whole vectors.
  func expectedTime(
    _ geometry: ConvolutionGeometry, kernels: KernelSet, weightsStayInCache: Bool
  ) -> Double {
    let cost = ConvolutionCost.of(kernels)
    let bytesPerNanosecond = ConvolutionCost.bytesPerNanosecond(weightsStayInCache: weightsStayInCache)
    let weights = Double(geometry.depth * geometry.output.channels * MemoryLayout<Float>.stride)
    func wholeVectors(_ channels: Int) -> Double { Double(channels.roundedUp(to: kernels.vector)) }
    switch self {
    case .implicitGEMM:
      // A group with fewer outputs than the columns of a panel takes as long as a full one: even with half a
      // panel it waits for the loads of the inputs. Each of many groups needs its own pointers.
      let columns =
        geometry.groups == 1
        ? wholeVectors(geometry.groupOutputs) : Double(max(kernels.panel, geometry.groupOutputs))
      let pointing = geometry.groups >= Self.manyGroups && geometry.window.taps > 1 ? 1.5 : 1
      let products = Double(geometry.macs) * columns / Double(geometry.groupOutputs)
      return max(products * pointing / cost.productsPerNanosecond, weights / bytesPerNanosecond)
    case .bfloat16GEMM:
      // Without instructions for pairs, each is widened to two products.
      let products =
        Double(geometry.macs) * wholeVectors(geometry.output.channels)
        / Double(geometry.output.channels)
      let rate = cost.productsPerNanosecond * (kernels.multipliesBFloat16Pairs ? 2 : 0.6)
      let inputs = BFloat16GEMM.preparedInputs(geometry, kernels: kernels)
      let preparing =
        Double(inputs.rounded) * cost.roundingNanoseconds
        + Double(inputs.copiedBytes) * cost.copyingNanoseconds
      return max(products / rate, weights / 2 / bytesPerNanosecond) + preparing
    case .im2col:
      return timeThroughOpenBLAS(geometry, bytesPerNanosecond: bytesPerNanosecond)
    case .strassen:
      let pairs = Double(geometry.output.pixels.dividedRoundingUp(by: 2))
      let inputs = Double(geometry.input.channels / 2)
      let outputs = wholeVectors(geometry.output.channels / 2)
      let reading = 1.75 * weights / bytesPerNanosecond
      // Each weight is used for half the pixels only, so the next ones sometimes arrive too late.
      return max(7 * pairs * inputs * outputs / cost.productsPerNanosecond, reading) + 0.1 * reading
        + pairs * inputs * Double(Strassen.sums(geometry)) * cost.sumNanoseconds
        + pairs * outputs * cost.combinationNanoseconds
    case .depthwise:
      let floats = geometry.input.pixels + geometry.output.pixels
      return max(
        Double(geometry.output.pixels * geometry.window.taps) * wholeVectors(geometry.output.channels)
          / cost.depthwiseProductsPerNanosecond,
        Double(floats * geometry.output.channels * MemoryLayout<Float>.stride)
          / ConvolutionCost.featureBytesPerNanosecond)
    case .groupedRows:
      let shares = GroupedRows.sharesVectors(geometry.groupOutputs, kernels)
      let columns = shares ? geometry.output.channels : geometry.groupOutputs
      let rate = shares ? cost.sharedProductsPerNanosecond : cost.groupedProductsPerNanosecond
      return Double(geometry.macs) * wholeVectors(columns) / Double(columns) / rate
    case .winograd(let m):
      let grid = WinogradTiles(geometry, m: m)
      let points = Double(grid.points)
      let tiles = Double(grid.count)
      let outputs = wholeVectors(geometry.output.channels)
      let transformed =
        weights * points / Double(geometry.window.taps) * (Winograd.hasHalves(geometry) ? 0.5 : 1)
      return max(
        tiles * points * Double(geometry.input.channels) * outputs / cost.productsPerNanosecond,
        transformed / bytesPerNanosecond)
        + tiles * points * (wholeVectors(geometry.input.channels) + outputs) * Double(grid.side)
        * cost.transformNanoseconds
    }
  }

  /// Expected time of ``im2col`` in nanoseconds on one core: the rows are copied for each tile of columns,
  /// `sgemm` copies both its operands once more, and the results are read again for bias and activation.
  private func timeThroughOpenBLAS(
    _ geometry: ConvolutionGeometry, bytesPerNanosecond: Double
  ) -> Double {
    let tiling = Im2colTiling(geometry)
    let pixels = Double(geometry.output.pixels)
    let rowTiles = Double(geometry.groups * tiling.columnTiles)
    let copying = tiling.copiesRows ? geometry.im2colNanoseconds : 0
    return rowTiles
      * (pixels * copying
        + SgemmCost.time(
          calls: tiling.pixelTiles, rows: pixels, columns: tiling.columnsPerTile, depth: geometry.depth,
          bytesPerNanosecond: bytesPerNanosecond))
      + pixels * Double(geometry.output.channels) * Self.epilogueNanoseconds
  }
}

extension ConvolutionGeometry {
  private static let copyNanoseconds = 0.07
  private static let runNanoseconds = 8.0

  /// Nanoseconds to copy the row of a pixel: its floats, and the runs of memory that they are in.
  var im2colNanoseconds: Double {
    let runs = kernelRowsAreRuns ? window.height.kernel : window.taps
    return Double(depth) * Self.copyNanoseconds + Double(runs) * Self.runNanoseconds
  }
}
