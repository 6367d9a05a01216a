import CKernels
import TensorCore

/// Convolution as a matrix product in bfloat16 with float32 sums.
///
/// The weights are rounded when they are packed. Feature maps stay float32: a work item rounds the inputs of its pixels
/// into scratch, pixel by pixel in the order of the weights, and multiplies them by all its panels while they are in
/// cache. Two adjacent inputs are a pair in the place of a float, see `bfloat16.h`.
///
/// Where batch norm and ReLU are applied to the input, that is done in float32 before it is rounded.
package struct BFloat16GEMM: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let panels: PackedPanels
  private let pixelTiles: Int
  private let panelsPerItem: Int

  /// Whether the algorithm can compute a convolution: inputs come in pairs, and are so many that rounding them takes
  /// little of the time.
  package static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.groups == 1 && geometry.input.channels >= 16 && geometry.input.channels.isMultiple(of: 2)
  }

  /// Weights up to this size stay in a core's L2 beside the inputs.
  private static let cachedWeightBytes = 384 * 1024
  /// Of larger weights, groups of panels of about this size are multiplied together.
  private static let panelGroupBytes = 256 * 1024
  /// The rounded inputs of a work item are about as large at most.
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
    panels = PackedPanels(depth: geometry.depth, columns: geometry.output.channels, kernels: kernels)

    let bytesPerRow = geometry.depth * Self.bytes
    let pixels = geometry.output.pixels
    let wantedMACs = min(max(geometry.macs / Self.fewestItems, Self.fewestMACsPerItem), Self.macsPerItem)
    let fitting = max(Self.inputBytes / bytesPerRow / kernels.tileRows, 1) * kernels.tileRows
    if panels.floats * Self.bytes <= Self.cachedWeightBytes {
      panelsPerItem = panels.count
      let wanted = max(wantedMACs / max(geometry.depth * geometry.output.channels, 1), kernels.tileRows)
      let perItem = min(wanted, fitting)
      pixelTiles = max((pixels + perItem / 2) / perItem, 1)
    } else {
      pixelTiles = pixels.dividedRoundingUp(by: fitting)
      let cached = max(Self.panelGroupBytes / (bytesPerRow * kernels.panel), 1)
      // Every group of panels rounds the inputs anew.
      panelsPerItem = min(
        max(cached, panels.count.dividedRoundingUp(by: Self.fewestItems)), panels.count)
    }
  }

  /// Bytes of a number.
  private static let bytes = 2

  package let name = "bf16_gemm"
  package var workItems: [Int] { [pixelTiles * panelGroups] }
  package let sharedScratchCount = 0
  private var panelGroups: Int { panels.count.dividedRoundingUp(by: panelsPerItem) }
  /// Pairs of a pixel's inputs: floats that they take.
  private var pairs: Int { geometry.depth / 2 }
  private var mostPixels: Int { geometry.output.pixels.dividedRoundingUp(by: pixelTiles) }
  /// Floats of the pointers to the inputs of a pixel.
  private var pointerFloats: Int { RowPointers.floats(geometry.window.taps) }

  /// How many inputs are rounded for a convolution: a group of panels rounds them all.
  static func roundedInputs(_ geometry: ConvolutionGeometry, kernels: KernelSet) -> Int {
    let product = BFloat16GEMM(
      geometry, epilogue: Epilogue(hasBias: false, activation: .identity), kernels: kernels)
    return geometry.output.pixels * geometry.depth * product.panelGroups
  }

  /// Floats of the pointers, of a normalized pixel and of the rounded inputs.
  package var threadScratchCount: Int { pointerFloats + geometry.input.channels + mostPixels * pairs }

  /// Floats of the packed weights, of the bias, and of a run of zeros or of scale and shift.
  package var packedCount: Int { panels.floats / 2 + panels.paddedColumns + 2 * geometry.input.channels }

  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let weights = parameters.weights(geometry)
    var source = ck_panel_source(
      weights: weights.address(group: 0), taps: geometry.window.taps, products: geometry.input.channels,
      tap_stride: weights.tapStride, product_stride: weights.inputStride, column_stride: weights.outputStride)
    let floats = UnsafeMutablePointer<Float>.allocate(capacity: geometry.depth * kernels.panel)
    let numbers = UnsafeMutablePointer<UInt16>.allocate(capacity: geometry.depth * kernels.panel)
    defer {
      floats.deallocate()
      numbers.deallocate()
    }
    for index in 0..<panels.count {
      let width = panels.width(ofPanel: index)
      kernels.functions.pointee.pack_panel(&source, panels.columns(inPanel: index), width, floats)
      source.weights += kernels.panel * source.column_stride
      kernels.bfloat16.pointee.narrow(floats, geometry.depth * width, numbers)
      let target = packed + panels.offset(ofPanel: index) / 2
      for pair in 0..<pairs {
        let (even, odd) = (numbers + 2 * pair * width, numbers + (2 * pair + 1) * width)
        for column in 0..<width {
          target[pair * width + column] = Float(
            bitPattern: UInt32(odd[column]) << 16 | UInt32(even[column]))
        }
      }
    }
    let bias = packed + panels.floats / 2
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
    let inputs = operands.threadScratch + pointerFloats + geometry.input.channels
    round(pixels, operands, into: inputs)

    let firstPanel = panelGroup * panelsPerItem
    let firstColumn = panels.firstColumn(ofPanel: firstPanel)
    var span = ck_matrix_span()
    span.taps = 1
    span.depth = pairs
    span.input = UnsafePointer(inputs)
    span.pixel_stride = pairs
    span.pixels = pixels.count
    span.panels = operands.packed + panels.offset(ofPanel: firstPanel) / 2
    span.columns = min(panelsPerItem * kernels.panel, panels.columns - firstColumn)
    span.panel_by_panel = panels.floats * Self.bytes > Self.cachedWeightBytes ? 1 : 0
    span.result = geometry.matrixResult(
      of: pixels.lowerBound, channel: firstColumn,
      bias: operands.packed + panels.floats / 2 + firstColumn, operands, epilogue.activation)
    kernels.bfloat16.pointee.span(&span)
  }

  /// Rounds the inputs of some output pixels, those of a pixel together.
  private func round(
    _ pixels: Range<Int>, _ operands: ConvolutionOperands, into inputs: UnsafeMutablePointer<Float>
  ) {
    let channels = geometry.input.channels
    let narrow = kernels.bfloat16.pointee.narrow
    var target = UnsafeMutableRawPointer(inputs).assumingMemoryBound(to: UInt16.self)
    // Zeros for the padding, or scale and shift.
    let constants = operands.packed + panels.floats / 2 + panels.paddedColumns
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
          narrow?(taps[tap], channels, target)
          target += channels
        }
      }
    }
  }
}
