import CKernels
import TensorCore

/// Convolution between feature maps in bfloat16 as im2col and OpenBLAS `sbgemm`, a tile of output pixels at a time.
///
/// As ``Im2colGEMM``, but rows and weights are bfloat16. Sums are floats, in the scratch of the thread: they start from the
/// residual, if there is one, and are rounded after bias and activation. If a norm is applied to the input, the rows of a
/// tile are normalized in float32 and rounded.
struct Im2colBFloat16GEMM: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let tiling: Im2colTiling

  /// The algorithm for a convolution, where OpenBLAS multiplies bfloat16.
  init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    // A row, and the sums of a pixel.
    let bytes =
      geometry.depth * MemoryLayout<UInt16>.stride + geometry.groupOutputs * MemoryLayout<Float>.stride
    tiling = Im2colTiling(geometry, bytesPerPixel: bytes)
  }

  var name: String {
    geometry.normalizesInput
      ? "normalizing_sbgemm" : geometry.window.isPointwise ? "sbgemm" : "im2col_bf16"
  }
  var workItems: [Int] { [geometry.groups * tiling.columnTiles * tiling.pixelTiles] }
  let sharedScratchCount = 0

  /// Floats of the sums of a tile, then of its rows.
  var threadScratchCount: Int {
    rowsOffset + (tiling.copiesRows ? (tiling.pixelsPerTile * geometry.depth).dividedRoundingUp(by: 2) : 0)
  }
  private var rowsOffset: Int { (tiling.pixelsPerTile * tiling.columnsPerTile).roundedUp(to: 16) }

  /// Floats of packed weights, `[groups][depth][O / groups]` in bfloat16, then bias, then scale and shift of the input.
  var packedCount: Int { normOffset + (geometry.normalizesInput ? 2 * geometry.input.channels : 0) }
  private var biasOffset: Int { (geometry.depth * geometry.output.channels).dividedRoundingUp(by: 2) }
  private var normOffset: Int { biasOffset + geometry.output.channels }

  /// Packs weights `[O, I / groups, kH, kW]`, bias `[O]`, scale and shift `[I]`.
  func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let count = geometry.depth * geometry.groupOutputs
    let numbers = UnsafeMutableRawPointer(packed).assumingMemoryBound(to: UInt16.self)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { columns in
      guard let columns = columns.baseAddress else { return }
      for group in 0..<geometry.groups {
        parameters.copyColumns(of: geometry, group: group, into: columns)
        kernels.bfloat16.pointee.narrow(columns, count, numbers + group * count)
      }
    }
    parameters.copyBias(count: geometry.output.channels, into: packed + biasOffset)
    if let norm = parameters.inputNorm {
      let channels = geometry.input.channels
      (packed + normOffset).update(from: norm.scale, count: channels)
      (packed + normOffset + channels).update(from: norm.shift, count: channels)
    }
  }

  func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    let pixels = tiling.pixels(ofTile: item % tiling.pixelTiles)
    let columns = tiling.columns(ofTile: item / tiling.pixelTiles % tiling.columnTiles)
    let group = item / tiling.pixelTiles / tiling.columnTiles
    let channel = group * geometry.groupOutputs + columns.lowerBound

    let rows = rows(of: pixels, group: group, operands)
    let weights = UnsafeRawPointer(operands.packed).assumingMemoryBound(to: UInt16.self)
    let sums = MutablePixels(operands.threadScratch, stride: columns.count)
    if let residual = operands.residual {
      Elementwise.convert(
        residual.from(pixels.lowerBound, channel: channel), count: pixels.count, channels: columns.count,
        into: sums, kernels: kernels)
    }
    BLAS.multiply(
      rows: pixels.count, columns: columns.count, depth: geometry.depth,
      rows.address.assumingMemoryBound(to: UInt16.self), rowStride: rows.stride,
      weights + group * geometry.depth * geometry.groupOutputs + columns.lowerBound,
      rowStride: geometry.groupOutputs, accumulates: operands.residual != nil, into: sums.pointer,
      rowStride: sums.stride)
    if epilogue.hasBias || epilogue.activation != .identity {
      Elementwise.addBias(
        operands.packed + biasOffset + channel, to: sums, count: pixels.count, channels: columns.count,
        epilogue.activation, kernels: kernels)
    }
    Elementwise.convert(
      Pixels(sums), count: pixels.count, channels: columns.count,
      into: geometry.outputPixels(operands).from(pixels.lowerBound, channel: channel), kernels: kernels)
  }

  /// The im2col rows of some output pixels.
  private func rows(of pixels: Range<Int>, group: Int, _ operands: ConvolutionOperands) -> Pixels {
    let input = geometry.inputPixels(operands).from(0, channel: group * geometry.groupInputs)
    if !tiling.copiesRows { return input.from(pixels.lowerBound) }
    let rows = MutablePixels(operands.threadScratch + rowsOffset, stride: geometry.depth, .bfloat16)
    if geometry.normalizesInput {
      let scale = operands.packed + normOffset
      Elementwise.scaleShift(
        input.from(pixels.lowerBound), scale: scale, shift: scale + geometry.input.channels,
        count: pixels.count, channels: geometry.input.channels, .relu, into: rows, kernels: kernels)
    } else {
      var patches = geometry.patches(outside: 0, rowBytes: geometry.depth * MemoryLayout<UInt16>.stride)
      kernels.functions.pointee.gather_patches(
        &patches, input.address, pixels.lowerBound, pixels.count, rows.address)
    }
    return Pixels(rows)
  }
}
