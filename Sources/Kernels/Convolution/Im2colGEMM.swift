import TensorCore

/// Convolution as im2col and OpenBLAS `sgemm`, a tile of pixels at a time.
///
/// Each output pixel's inputs are copied side by side into a row, `depth` long; the rows of a tile
/// stay in L2 while `sgemm` multiplies them by the weights and the epilogue is applied. A 1×1
/// convolution with stride 1 has its rows in memory already.
package struct Im2colGEMM: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let pixelsPerTile: Int
  private let columnsPerTile: Int

  /// The rows of a tile take about this much of a core's L2.
  private static let tileBytes = 256 * 1024
  /// Layers with fewer tiles of pixels than this are split over output channels as well.
  private static let fewestTiles = 8

  /// The algorithm for a convolution.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    let pixels = geometry.output.pixels
    let rows = max(Im2colGEMM.tileBytes / (geometry.depth * MemoryLayout<Float>.stride), 48)
    pixelsPerTile = min(rows, pixels)
    let tiles = pixels.dividedRoundingUp(by: pixelsPerTile)
    let columns = geometry.groupOutputs
    columnsPerTile =
      tiles >= Im2colGEMM.fewestTiles || columns < 128
      ? columns
      : columns.dividedRoundingUp(by: Im2colGEMM.fewestTiles.dividedRoundingUp(by: tiles))
        .roundedUp(to: 64)
  }

  private var isPlain: Bool { geometry.window.isPointwise }
  private var pixelTiles: Int { geometry.output.pixels.dividedRoundingUp(by: pixelsPerTile) }
  private var columnTiles: Int { geometry.groupOutputs.dividedRoundingUp(by: columnsPerTile) }

  package var name: String { isPlain ? "gemm" : "im2col" }
  package var tiles: [Int] { [geometry.groups * columnTiles * pixelTiles] }
  package let sharedScratchCount = 0

  /// Floats that a thread needs for the rows of its tile.
  package var threadScratchCount: Int { isPlain ? 0 : pixelsPerTile * geometry.depth }

  /// Floats of packed weights: `[groups][depth][O / groups]`, then the bias.
  package var packedCount: Int { (geometry.depth + 1) * geometry.output.channels }

  /// Arranges weights `[O, I / groups, kH, kW]` and bias `[O]`.
  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let weights = parameters.weights(geometry)
    let taps = geometry.window.taps
    let outputs = geometry.groupOutputs
    let inputs = geometry.groupInputs
    for group in 0..<geometry.groups {
      let target = packed + group * geometry.depth * outputs
      for output in 0..<outputs {
        for channel in 0..<inputs {
          for tap in 0..<taps {
            target[(tap * inputs + channel) * outputs + output] =
              weights.address(group: group, output: output, input: channel, tap: tap).pointee
          }
        }
      }
    }
    let biasTarget = packed + geometry.depth * geometry.output.channels
    if let bias = parameters.bias {
      biasTarget.update(from: bias, count: geometry.output.channels)
    } else {
      biasTarget.update(repeating: 0, count: geometry.output.channels)
    }
  }

  package func run(phase: Int, tile: Int, _ operands: ConvolutionOperands) {
    let packed = operands.packed
    let pixelTile = tile % pixelTiles
    let columnTile = tile / pixelTiles % columnTiles
    let group = tile / pixelTiles / columnTiles
    let first = pixelTile * pixelsPerTile
    let pixels = min(pixelsPerTile, geometry.output.pixels - first)
    let firstColumn = columnTile * columnsPerTile
    let columns = min(columnsPerTile, geometry.groupOutputs - firstColumn)
    let channel = group * geometry.groupOutputs + firstColumn

    let source = operands.input + group * geometry.groupInputs
    let rows: UnsafePointer<Float>
    let rowStride: Int
    if isPlain {
      rows = source + first * geometry.input.pixelStride
      rowStride = geometry.input.pixelStride
    } else {
      copyRows(first..<(first + pixels), from: source, into: operands.threadScratch)
      rows = UnsafePointer(operands.threadScratch)
      rowStride = geometry.depth
    }
    let target = operands.output + first * geometry.output.pixelStride + channel
    BLAS.multiply(
      rows: pixels, columns: columns, depth: geometry.depth, rows, rowStride: rowStride,
      packed + group * geometry.depth * geometry.groupOutputs + firstColumn,
      rowStride: geometry.groupOutputs, into: target, rowStride: geometry.output.pixelStride)
    if epilogue.hasBias || epilogue.activation != .identity || operands.residual != nil {
      Elementwise.addBias(
        to: target, stride: geometry.output.pixelStride,
        bias: packed + geometry.depth * geometry.output.channels + channel,
        residual: operands.residual.map {
          Residual($0.pointer + first * $0.pixelStride + channel, pixelStride: $0.pixelStride)
        },
        pixels: pixels, channels: columns, activation: epilogue.activation, kernels: kernels)
    }
  }

  /// im2col: one row of `depth` floats for each output pixel, kernel row by kernel row.
  private func copyRows(
    _ pixels: Range<Int>, from input: UnsafePointer<Float>, into rows: UnsafeMutablePointer<Float>
  ) {
    let source = geometry.input
    let inputs = geometry.groupInputs
    let vertical = geometry.window.height
    let horizontal = geometry.window.width
    var target = rows
    for pixel in pixels {
      let image = pixel / geometry.output.pixelsPerImage
      let inImage = pixel % geometry.output.pixelsPerImage
      let top = inImage / geometry.output.width * vertical.stride - vertical.padding
      let left = inImage % geometry.output.width * horizontal.stride - horizontal.padding
      for ky in 0..<vertical.kernel {
        let y = top + ky * vertical.dilation
        for kx in 0..<horizontal.kernel {
          let x = left + kx * horizontal.dilation
          if y >= 0 && y < source.height && x >= 0 && x < source.width {
            target.update(
              from: input + ((image * source.height + y) * source.width + x) * source.pixelStride,
              count: inputs)
          } else {
            target.update(repeating: 0, count: inputs)
          }
          target += inputs
        }
      }
    }
  }
}
