import CKernels
import TensorCore

/// Convolution as a matrix product in bfloat16 with float32 sums.
///
/// The weights are rounded when they are packed. Two adjacent inputs are a pair in the place of a float, see
/// `bfloat16_matrix.h`; the last of an odd number shares a pair with a weight of zero, which meets a zero or a neighboring input.
/// Inputs in bfloat16 are read as ``PatchTiling`` says. Floats are rounded into scratch, pixel by pixel in the order of the
/// weights, and meet all panels of a work item while they are in cache.
///
/// Where batch norm and ReLU are applied to the input, that is done in float32 before it is rounded.
package struct BFloat16GEMM: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let panels: PackedPanels
  private let tiling: PatchTiling
  private let preparation: Preparation

  /// What happens to inputs before they are multiplied.
  private enum Preparation {
    /// Nothing.
    case none
    /// They are normalized, from bfloat16 to bfloat16.
    case normalized
    /// They are floats, which are normalized, if that is wanted, and rounded.
    case rounded

    init(_ geometry: ConvolutionGeometry) {
      self =
        geometry.input.format != .bfloat16 ? .rounded : geometry.normalizesInput ? .normalized : .none
    }
  }

  /// Whether the algorithm can compute a convolution: floats are so many that rounding them takes little of the time.
  package static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    let channels = geometry.input.channels
    if geometry.groups > 1 { return false }
    return switch Preparation(geometry) {
    case .none: true
    case .normalized: channels.isMultiple(of: 2)
    case .rounded: channels >= 16 && channels.isMultiple(of: 2)
    }
  }

  /// The algorithm for a convolution that suits it.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    preparation = Preparation(geometry)
    let source = preparation == .none ? PatchTiling.source(geometry) : .patches
    panels = PackedPanels(
      depth: PatchTiling.depth(geometry, source, valuesPerUnit: 2), columns: geometry.output.channels,
      kernels: kernels)
    tiling = PatchTiling(
      geometry, panels: panels, source,
      PatchTiling.Limits(inputBytes: 256 * 1024, macsPerItem: 6_000_000, fewestMACsPerItem: 400_000),
      kernels: kernels)
  }

  package let name = "bf16_gemm"
  package var workItems: [Int] { [tiling.itemCount] }
  package let sharedScratchCount = 0
  /// Pairs of a pixel's inputs: floats that they take.
  private var pairs: Int { panels.depth }
  /// Floats of the pointers to the inputs of a pixel.
  private var pointerFloats: Int { RowPointers.floats(geometry.window.taps) }

  /// How many inputs are rounded, and how many bytes are copied as they are.
  static func preparedInputs(
    _ geometry: ConvolutionGeometry, kernels: KernelSet
  ) -> (rounded: Int, copiedBytes: Int) {
    let product = BFloat16GEMM(
      geometry, epilogue: Epilogue(hasBias: false, activation: .identity), kernels: kernels)
    let bytes = product.tiling.copiedBytes
    return product.preparation == .none ? (0, bytes) : (bytes / 2, 0)
  }

  /// Floats of the inputs; where they are rounded, behind pointers to them and a normalized pixel.
  package var threadScratchCount: Int {
    tiling.scratchCount + (preparation == .rounded ? pointerFloats + geometry.input.channels : 0)
  }

  /// Floats of the packed weights, of the bias, and of a run of zeros or of scale and shift.
  package var packedCount: Int { panels.floats + panels.paddedColumns + 2 * geometry.input.channels }

  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let weights = parameters.weights(geometry)
    var source = ck_panel_source(
      weights: weights.address(group: 0), taps: geometry.window.taps, products: geometry.input.channels,
      tap_stride: weights.tapStride, product_stride: weights.inputStride, column_stride: weights.outputStride)
    let runs = PatchTiling.runs(geometry, tiling.source)
    let count = geometry.depth * kernels.panel
    let floats = UnsafeMutablePointer<Float>.allocate(capacity: count)
    let numbers = UnsafeMutablePointer<UInt16>.allocate(capacity: count)
    defer {
      floats.deallocate()
      numbers.deallocate()
    }
    for index in 0..<panels.count {
      let width = panels.width(ofPanel: index)
      kernels.functions.pointee.pack_panel(&source, panels.columns(inPanel: index), width, floats)
      source.weights += kernels.panel * source.column_stride
      kernels.bfloat16.pointee.narrow(floats, geometry.depth * width, numbers)
      let target = packed + panels.offset(ofPanel: index)
      for pair in 0..<pairs {
        let (run, place) = pair.quotientAndRemainder(dividingBy: pairs / runs.count)
        let even = numbers + (run * runs.values + 2 * place) * width
        // An odd number of inputs is followed by a zero.
        let hasOdd = 2 * place + 1 < runs.values
        for column in 0..<width {
          let odd = hasOdd ? UInt32(even[width + column]) : 0
          target[pair * width + column] = Float(bitPattern: odd << 16 | UInt32(even[column]))
        }
      }
    }
    let bias = packed + panels.floats
    let channels = geometry.input.channels
    bias.update(repeating: 0, count: panels.paddedColumns + 2 * channels)
    parameters.copyBias(count: geometry.output.channels, into: bias)
    guard let norm = parameters.inputNorm else { return }
    (bias + panels.paddedColumns).update(from: norm.scale, count: channels)
    (bias + panels.paddedColumns + channels).update(from: norm.shift, count: channels)
  }

  package func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    let (pixels, columns) = tiling.part(item)
    let inputs = inputs(pixels, operands)
    var span = ck_matrix_span()
    span.inputs = inputs
    span.panels = operands.packed + columns.lowerBound * panels.depth
    span.columns = columns.count
    span.panel_by_panel = tiling.isPanelByPanel ? 1 : 0
    span.result = geometry.matrixResult(
      of: pixels.lowerBound, channel: columns.lowerBound,
      bias: operands.packed + panels.floats + columns.lowerBound, operands, epilogue.activation)
    let bfloat16 = kernels.bfloat16.pointee
    (geometry.output.format == .bfloat16 ? bfloat16.map_span : bfloat16.span)?(&span)
  }

  /// The inputs of some output pixels.
  private func inputs(_ pixels: Range<Int>, _ operands: ConvolutionOperands) -> ck_runs {
    // Zeros for the padding, or scale and shift.
    let constants = operands.packed + panels.floats + panels.paddedColumns
    let channels = geometry.input.channels
    var scratch = operands.threadScratch
    switch preparation {
    case .none:
      return tiling.inputs(pixels, of: operands.input, outside: 0, scratch: scratch, kernels: kernels)
    case .normalized:
      Elementwise.scaleShift(
        geometry.inputPixels(operands).from(pixels.lowerBound), scale: constants, shift: constants + channels,
        count: pixels.count, channels: channels, .relu,
        into: MutablePixels(scratch, stride: channels, .bfloat16), kernels: kernels)
    case .rounded:
      scratch += pointerFloats + channels
      round(pixels, operands, constants: constants, into: scratch)
    }
    return ck_runs(scratch, stride: pairs, count: pixels.count, depth: pairs)
  }

  /// Rounds the inputs of some output pixels.
  private func round(
    _ pixels: Range<Int>, _ operands: ConvolutionOperands, constants: UnsafePointer<Float>,
    into inputs: UnsafeMutablePointer<Float>
  ) {
    let channels = geometry.input.channels
    let narrow = kernels.bfloat16.pointee.narrow
    var target = UnsafeMutableRawPointer(inputs).assumingMemoryBound(to: UInt16.self)
    if geometry.window.isPointwise {
      let normalized = operands.threadScratch + pointerFloats
      for pixel in pixels {
        var input = operands.input + pixel * geometry.input.pixelStride
        if geometry.normalizesInput {
          Elementwise.scaleShift(
            Pixels(input, stride: channels), scale: constants, shift: constants + channels, count: 1,
            channels: channels, .relu, into: MutablePixels(normalized, stride: channels), kernels: kernels)
          input = UnsafePointer(normalized)
        }
        narrow?(input, channels, target)
        target += channels
      }
    } else {
      let taps = RowPointers.bind(operands.threadScratch, count: geometry.window.taps)
      for pixel in pixels {
        geometry.pointAtPixels(of: pixel..<pixel + 1, input: operands.input, zeros: constants, taps)
        for tap in 0..<geometry.window.taps {
          narrow?(taps[tap]?.assumingMemoryBound(to: Float.self), channels, target)
          target += channels
        }
      }
    }
  }
}
