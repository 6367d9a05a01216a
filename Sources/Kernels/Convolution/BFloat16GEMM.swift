import CKernels
import TensorCore

/// Convolution as a matrix product in bfloat16 with float32 sums.
///
/// The weights are rounded when they are packed. Two adjacent inputs are a pair in the place of a float, see
/// `bfloat16_matrix.h`. The inputs of a pixel are read in place where they are pairs in bfloat16 already. Otherwise a work
/// item collects those of its pixels in scratch, pixel by pixel in the order of the weights, and multiplies them by all
/// its panels while they are in cache.
///
/// Where batch norm and ReLU are applied to the input, that is done in float32 before it is rounded.
package struct BFloat16GEMM: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let panels: PackedPanels
  private let pixelTiles: Int
  private let panelsPerItem: Int
  private let collection: Collection

  /// How the inputs of a pixel come together.
  private enum Collection {
    /// They are read in place.
    case none
    /// They are copied.
    case copied
    /// They are normalized, from bfloat16 to bfloat16.
    case normalized
    /// They are floats, which are normalized, if that is wanted, and rounded.
    case rounded

    init(_ geometry: ConvolutionGeometry) {
      let input = geometry.input
      if input.format != .bfloat16 {
        self = .rounded
      } else if geometry.normalizesInput {
        self = .normalized
      } else {
        let isPairs = input.channels.isMultiple(of: 2) && input.pixelStride.isMultiple(of: 2)
        self = geometry.window.isPointwise && isPairs ? .none : .copied
      }
    }
  }

  /// Whether the algorithm can compute a convolution: floats are so many that rounding them takes little of the time.
  package static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    let channels = geometry.input.channels
    if geometry.groups > 1 { return false }
    switch Collection(geometry) {
    case .none, .copied: return true
    case .normalized: return channels.isMultiple(of: 2)
    case .rounded: return channels >= 16 && channels.isMultiple(of: 2)
    }
  }

  /// Weights up to this size stay in a core's L2 beside the inputs.
  private static let cachedWeightBytes = 384 * 1024
  /// Of larger weights, groups of panels of about this size are multiplied together.
  private static let panelGroupBytes = 256 * 1024
  /// The collected inputs of a work item are about as large at most.
  private static let inputBytes = 256 * 1024
  /// A work item is long compared with the cost of handing it out, short compared with a layer.
  private static let macsPerItem = 6_000_000
  private static let fewestMACsPerItem = 400_000
  private static let fewestItems = 8

  /// The algorithm for a convolution that suits it.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    collection = Collection(geometry)
    panels = PackedPanels(
      depth: geometry.depth.dividedRoundingUp(by: 2), columns: geometry.output.channels, kernels: kernels)

    let bytesPerRow = panels.depth * Self.pairBytes
    let pixels = geometry.output.pixels
    let wantedMACs = min(max(geometry.macs / Self.fewestItems, Self.fewestMACsPerItem), Self.macsPerItem)
    let fitting = max(Self.inputBytes / bytesPerRow / kernels.tileRows, 1) * kernels.tileRows
    if panels.floats * Self.pairBytes <= Self.cachedWeightBytes {
      panelsPerItem = panels.count
      let wanted = max(wantedMACs / max(geometry.depth * geometry.output.channels, 1), kernels.tileRows)
      let perItem = min(wanted, fitting)
      pixelTiles = max((pixels + perItem / 2) / perItem, 1)
    } else {
      pixelTiles = pixels.dividedRoundingUp(by: fitting)
      let cached = max(Self.panelGroupBytes / (bytesPerRow * kernels.panel), 1)
      // Every group of panels collects the inputs anew.
      panelsPerItem = min(
        max(cached, panels.count.dividedRoundingUp(by: Self.fewestItems)), panels.count)
    }
  }

  private static let pairBytes = 4

  package let name = "bf16_gemm"
  package var workItems: [Int] { [pixelTiles * panelGroups] }
  package let sharedScratchCount = 0
  private var panelGroups: Int { panels.count.dividedRoundingUp(by: panelsPerItem) }
  /// Pairs of a pixel's inputs: floats that they take.
  private var pairs: Int { panels.depth }
  private var mostPixels: Int { geometry.output.pixels.dividedRoundingUp(by: pixelTiles) }
  /// Floats of the pointers to the inputs of a pixel.
  private var pointerFloats: Int { RowPointers.floats(geometry.window.taps) }

  /// How many inputs are rounded, and how many are copied: a group of panels collects them all.
  static func collectedInputs(
    _ geometry: ConvolutionGeometry, kernels: KernelSet
  ) -> (rounded: Int, copied: Int) {
    let product = BFloat16GEMM(
      geometry, epilogue: Epilogue(hasBias: false, activation: .identity), kernels: kernels)
    let inputs = geometry.output.pixels * geometry.depth * product.panelGroups
    switch product.collection {
    case .none: return (0, 0)
    case .copied: return (0, inputs)
    case .normalized, .rounded: return (inputs, 0)
    }
  }

  /// Floats of the pointers, of a normalized pixel and of the collected inputs.
  package var threadScratchCount: Int {
    switch collection {
    case .none: 0
    case .copied, .normalized: mostPixels * pairs
    case .rounded: pointerFloats + geometry.input.channels + mostPixels * pairs
    }
  }

  /// Floats of the packed weights, of the bias, and of a run of zeros or of scale and shift.
  package var packedCount: Int { panels.floats + panels.paddedColumns + 2 * geometry.input.channels }

  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let weights = parameters.weights(geometry)
    var source = ck_panel_source(
      weights: weights.address(group: 0), taps: geometry.window.taps, products: geometry.input.channels,
      tap_stride: weights.tapStride, product_stride: weights.inputStride, column_stride: weights.outputStride)
    let count = 2 * pairs * kernels.panel
    let floats = UnsafeMutablePointer<Float>.allocate(capacity: count)
    let numbers = UnsafeMutablePointer<UInt16>.allocate(capacity: count)
    defer {
      floats.deallocate()
      numbers.deallocate()
    }
    // An odd number of inputs is followed by a zero.
    floats.initialize(repeating: 0, count: count)
    for index in 0..<panels.count {
      let width = panels.width(ofPanel: index)
      kernels.functions.pointee.pack_panel(&source, panels.columns(inPanel: index), width, floats)
      (floats + geometry.depth * width).update(repeating: 0, count: (2 * pairs - geometry.depth) * width)
      source.weights += kernels.panel * source.column_stride
      kernels.bfloat16.pointee.narrow(floats, 2 * pairs * width, numbers)
      let target = packed + panels.offset(ofPanel: index)
      for pair in 0..<pairs {
        let (even, odd) = (numbers + 2 * pair * width, numbers + (2 * pair + 1) * width)
        for column in 0..<width {
          target[pair * width + column] = Float(
            bitPattern: UInt32(odd[column]) << 16 | UInt32(even[column]))
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
    let (panelGroup, tile) = item.quotientAndRemainder(dividingBy: pixelTiles)
    let count = geometry.output.pixels
    let pixels = count * tile / pixelTiles..<count * (tile + 1) / pixelTiles
    let firstPanel = panelGroup * panelsPerItem
    let firstColumn = panels.firstColumn(ofPanel: firstPanel)
    var span = ck_matrix_span()
    span.taps = 1
    span.depth = pairs
    if collection == .none {
      span.input = geometry.inputPixels(operands).from(pixels.lowerBound).pointer
      span.pixel_stride = geometry.input.pixelStride / 2
    } else {
      span.input = collect(pixels, operands)
      span.pixel_stride = pairs
    }
    span.pixels = pixels.count
    span.panels = operands.packed + panels.offset(ofPanel: firstPanel)
    span.columns = min(panelsPerItem * kernels.panel, panels.columns - firstColumn)
    span.panel_by_panel = panels.floats * Self.pairBytes > Self.cachedWeightBytes ? 1 : 0
    span.result = geometry.matrixResult(
      of: pixels.lowerBound, channel: firstColumn, bias: operands.packed + panels.floats + firstColumn,
      operands, epilogue.activation)
    let bfloat16 = kernels.bfloat16.pointee
    (geometry.output.format == .bfloat16 ? bfloat16.map_span : bfloat16.span)?(&span)
  }

  /// Collects the inputs of some output pixels, those of a pixel together, in scratch.
  private func collect(_ pixels: Range<Int>, _ operands: ConvolutionOperands) -> UnsafePointer<Float> {
    // Zeros for the padding, or scale and shift.
    let constants = operands.packed + panels.floats + panels.paddedColumns
    let channels = geometry.input.channels
    switch collection {
    case .none, .copied:
      var patches = geometry.patches(outside: 0, rowBytes: pairs * Self.pairBytes)
      kernels.functions.pointee.gather_patches(
        &patches, operands.input, pixels.lowerBound, pixels.count, operands.threadScratch)
      return UnsafePointer(operands.threadScratch)
    case .normalized:
      Elementwise.scaleShift(
        geometry.inputPixels(operands).from(pixels.lowerBound), scale: constants, shift: constants + channels,
        count: pixels.count, channels: channels, .relu,
        into: MutablePixels(operands.threadScratch, stride: channels, .bfloat16), kernels: kernels)
      return UnsafePointer(operands.threadScratch)
    case .rounded:
      let inputs = operands.threadScratch + pointerFloats + channels
      round(pixels, operands, constants: constants, into: inputs)
      return UnsafePointer(inputs)
    }
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

extension ConvolutionGeometry {
  /// The inputs of output pixels, in rows of `rowBytes` bytes, with a byte for the padding.
  func patches(outside: UInt8, rowBytes: Int) -> ck_patches {
    ck_patches(
      height: input.height, width: input.width, channels: input.channels * input.format.size,
      input_stride: input.pixelStride * input.format.size,
      output_height: output.height, output_width: output.width,
      kernel_height: window.height.kernel, kernel_width: window.width.kernel,
      stride_height: window.height.stride, stride_width: window.width.stride,
      dilation_height: window.height.dilation, dilation_width: window.width.dilation,
      padding_height: window.height.leadingPadding, padding_width: window.width.leadingPadding,
      outside: outside, row_bytes: rowBytes)
  }
}
