import CKernels
import TensorCore

/// The gradient of a convolution's weights: for each element of the kernel, the product of the output's
/// gradients and the input pixels that it saw, summed over all pixels.
///
/// A chunk of pixels is copied into panels, the input with its rim of zeros and each pixel once for all
/// elements of the kernel; the sums of a tile of weights then stay in registers while the chunk streams by.
/// With few input channels, the pixels under one row of the kernel are laid side by side instead.
///
/// Work is split over pixels where the weights are few, each part with sums of its own that are added in
/// a fixed order at the end, and over output channels where they are many.
package struct WeightGradient: Sendable {
  private let geometry: ConvolutionGeometry
  private let kernels: KernelSet
  private let panels: PackedPanels
  private let joinsRow: Bool
  private let imagesPerChunk: Int
  private let rowsPerChunk: Int
  private let splits: Int
  private let outputsPerTile: Int
  /// For each row and column of the kernel, whether it ever meets the picture: where pictures are smaller
  /// than the kernel, some see nothing but padding.
  private let liveRows: [Bool]
  private let liveColumns: [Bool]

  /// What is copied of a chunk takes about this much of a core's L2.
  private static let chunkBytes = 384 * 1024
  /// Pieces of work: enough for the threads of a small machine to end together.
  private static let wantedTiles = 16
  /// Most floats of partial sums.
  private static let mostPartialSums = 1 << 21

  /// The algorithm for a convolution; `geometry.output` is how the output's gradient lies.
  package init(_ geometry: ConvolutionGeometry, kernels: KernelSet) {
    self.geometry = geometry
    self.kernels = kernels
    let window = geometry.window
    let output = geometry.output
    joinsRow = window.width.kernel > 1 && geometry.groupInputs < kernels.vector
    panels = PackedPanels(
      depth: 1, columns: joinsRow ? window.width.kernel * geometry.groupInputs : geometry.groupInputs,
      kernels: kernels)

    liveRows = WeightGradient.live(window.height, input: geometry.input.height, output: output.height)
    liveColumns = WeightGradient.live(window.width, input: geometry.input.width, output: output.width)

    let copied =
      panels.paddedColumns * window.height.stride * (joinsRow ? 1 : window.width.stride)
      + geometry.groupOutputs
    let pixels = WeightGradient.chunkBytes / (copied * MemoryLayout<Float>.stride)
    imagesPerChunk = min(max(pixels / max(output.pixelsPerImage, 1), 1), output.batch)
    rowsPerChunk = min(max(pixels / max(output.width, 1), 1), output.height)
    let rowBlocks = output.height.dividedRoundingUp(by: rowsPerChunk)
    let chunks = rowBlocks * output.batch.dividedRoundingUp(by: imagesPerChunk)

    let wanted = WeightGradient.wantedTiles.dividedRoundingUp(by: geometry.groups)
    let affordable = WeightGradient.mostPartialSums / max(output.channels * geometry.depth, 1)
    splits = max(min(wanted, chunks, affordable), 1)
    outputsPerTile = min(
      geometry.groupOutputs.dividedRoundingUp(by: wanted.dividedRoundingUp(by: splits))
        .roundedUp(to: kernels.tileRows), geometry.groupOutputs)
  }

  private static func live(_ axis: WindowAxis, input: Int, output: Int) -> [Bool] {
    (0..<axis.kernel).map { element in
      (0..<output).contains {
        (0..<input).contains($0 * axis.stride - axis.padding + element * axis.dilation)
      }
    }
  }

  private var window: Window { geometry.window }
  private var rowBlocks: Int { geometry.output.height.dividedRoundingUp(by: rowsPerChunk) }
  private var chunks: Int {
    rowBlocks * geometry.output.batch.dividedRoundingUp(by: imagesPerChunk)
  }
  private var outputTiles: Int { geometry.groupOutputs.dividedRoundingUp(by: outputsPerTile) }
  private var sumCount: Int { geometry.output.channels * geometry.depth }
  /// Input rows under `rows` rows of the output.
  private func inputRows(_ rows: Int) -> Int { (rows - 1) * window.height.stride + window.height.reach }
  /// Pixels of a copied row.
  private var copiedWidth: Int {
    joinsRow ? geometry.output.width : (geometry.output.width - 1) * window.width.stride + window.width.reach
  }

  /// Floats of partial sums, shared by all threads.
  package var sharedScratchCount: Int { splits * sumCount }

  /// Floats that a thread needs for a chunk.
  package var threadScratchCount: Int {
    copiedInputCount + imagesPerChunk * rowsPerChunk * geometry.output.width * outputsPerTile
  }
  private var copiedInputCount: Int {
    (imagesPerChunk * inputRows(rowsPerChunk) * copiedWidth * panels.paddedColumns).roundedUp(to: 16)
  }

  /// Tiles of the sums.
  package var tileCount: Int { geometry.groups * outputTiles * splits }

  /// Computes the sums of one tile.
  package func run(
    tile: Int, input: UnsafePointer<Float>, gradient: UnsafePointer<Float>,
    sums: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let split = tile % splits
    let outputTile = tile / splits % outputTiles
    let group = tile / splits / outputTiles
    let firstOutput = outputTile * outputsPerTile
    let outputs = min(outputsPerTile, geometry.groupOutputs - firstOutput)
    let channel = group * geometry.groupOutputs + firstOutput
    let target = sums + split * sumCount + channel * geometry.depth
    let firstChunk = chunks * split / splits
    for chunk in firstChunk..<chunks * (split + 1) / splits {
      let images = chunk / rowBlocks * imagesPerChunk
      let rows = chunk % rowBlocks * rowsPerChunk
      add(
        images: images..<min(images + imagesPerChunk, geometry.output.batch),
        rows: rows..<min(rows + rowsPerChunk, geometry.output.height),
        input: input + group * geometry.groupInputs, gradient: gradient + channel, outputs: outputs,
        accumulates: chunk > firstChunk, sums: target, scratch: scratch)
    }
  }

  /// Adds the products of some rows of some images.
  private func add(
    images: Range<Int>, rows: Range<Int>, input: UnsafePointer<Float>, gradient: UnsafePointer<Float>,
    outputs: Int, accumulates: Bool, sums: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let kernel = kernels.functions.pointee.training.pointee
    let copiedRows = inputRows(rows.count)
    copyInput(images: images, firstRow: rows.lowerBound, rows: copiedRows, from: input, into: scratch)
    let blocks = outputs.dividedRoundingUp(by: kernels.tileRows)
    let left = scratch + copiedInputCount
    let pixels = images.count * rows.count * geometry.output.width
    copyGradient(images: images, rows: rows, from: gradient, outputs: outputs, blocks: blocks, into: left)

    let rowTaps = window.height.kernel * (joinsRow ? 1 : window.width.kernel)
    for tap in 0..<rowTaps {
      let (ky, kx) = joinsRow ? (tap, 0) : tap.quotientAndRemainder(dividingBy: window.width.kernel)
      guard liveRows[ky], joinsRow || liveColumns[kx] else { continue }
      for panel in 0..<panels.count {
        let width = panels.width(ofPanel: panel)
        let right = scratch + images.count * copiedRows * copiedWidth * panels.firstColumn(ofPanel: panel)
        var tile = ck_outer_tile()
        tile.images = images.count
        tile.height = rows.count
        tile.width = geometry.output.width
        tile.right = UnsafePointer(
          right + (ky * window.height.dilation * copiedWidth + kx * window.width.dilation) * width)
        tile.right_pixel = (joinsRow ? 1 : window.width.stride) * width
        tile.right_row = window.height.stride * copiedWidth * width
        tile.right_image = copiedRows * copiedWidth * width
        tile.output_stride = geometry.depth
        tile.columns = panels.columns(inPanel: panel)
        tile.accumulates = accumulates ? 1 : 0
        for block in 0..<blocks {
          let first = outputs * block / blocks
          tile.left = UnsafePointer(left + first * pixels)
          tile.output =
            sums + first * geometry.depth + tap * panels.columns + panels.firstColumn(ofPanel: panel)
          kernel.outer_tile(
            outputs * (block + 1) / blocks - first, width == kernels.panel ? 1 : 0, &tile)
        }
      }
    }
  }

  /// The output's gradients, a block of channels after the other: `[blocks][pixels][channels]`.
  private func copyGradient(
    images: Range<Int>, rows: Range<Int>, from gradient: UnsafePointer<Float>, outputs: Int, blocks: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    let output = geometry.output
    let pixels = rows.count * output.width
    for block in 0..<blocks {
      let first = outputs * block / blocks
      let count = outputs * (block + 1) / blocks - first
      for (index, image) in images.enumerated() {
        let source =
          gradient + (image * output.height + rows.lowerBound) * output.width * output.pixelStride
        kernels.functions.pointee.training.pointee.gather(
          source + first, output.pixelStride, pixels, count, count,
          target + first * images.count * pixels + index * pixels * count)
      }
    }
  }

  /// The input with its rim, a panel of channels after the other: `[panels][images][rows][width][panel]`.
  private func copyInput(
    images: Range<Int>, firstRow: Int, rows: Int, from input: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>
  ) {
    let source = geometry.input
    for panel in 0..<panels.count {
      let width = panels.width(ofPanel: panel)
      var row = target + images.count * rows * copiedWidth * panels.firstColumn(ofPanel: panel)
      for image in images {
        for index in 0..<rows {
          let y = firstRow * window.height.stride - window.height.padding + index
          if y >= 0 && y < source.height {
            let from = input + (image * source.height + y) * source.width * source.pixelStride
            if joinsRow {
              joinRow(from: from, panel: panel, into: row)
            } else {
              copyRow(from: from, panel: panel, into: row)
            }
          } else {
            row.update(repeating: 0, count: copiedWidth * width)
          }
          row += copiedWidth * width
        }
      }
    }
  }

  /// One row of the picture between its rims.
  private func copyRow(
    from source: UnsafePointer<Float>, panel: Int, into target: UnsafeMutablePointer<Float>
  ) {
    let width = panels.width(ofPanel: panel)
    let before = min(window.width.padding, copiedWidth)
    let pixels = min(geometry.input.width, copiedWidth - before)
    target.update(repeating: 0, count: before * width)
    kernels.functions.pointee.training.pointee.gather(
      source + panels.firstColumn(ofPanel: panel), geometry.input.pixelStride, pixels,
      panels.columns(inPanel: panel), width, target + before * width)
    (target + (before + pixels) * width).update(
      repeating: 0, count: (copiedWidth - before - pixels) * width)
  }

  /// For each output pixel, the pixels under one row of the kernel, side by side.
  private func joinRow(
    from source: UnsafePointer<Float>, panel: Int, into target: UnsafeMutablePointer<Float>
  ) {
    let axis = window.width
    let input = geometry.input
    let width = panels.width(ofPanel: panel)
    let columns = panels.columns(inPanel: panel)
    let firstColumn = panels.firstColumn(ofPanel: panel)
    let isContiguous = axis.dilation == 1 && input.pixelStride == geometry.groupInputs
    var x = 0
    while x < copiedWidth {
      let left = x * axis.stride - axis.padding
      if isContiguous && left >= 0 && left + axis.kernel <= input.width {
        // The pixels are side by side already, up to the last one whose window ends inside.
        let last = min((input.width - axis.kernel + axis.padding) / axis.stride, copiedWidth - 1)
        kernels.functions.pointee.training.pointee.gather(
          source + left * input.pixelStride + firstColumn, axis.stride * input.pixelStride, last - x + 1,
          columns, width, target + x * width)
        x = last + 1
        continue
      }
      let pixel = target + x * width
      pixel.update(repeating: 0, count: width)
      for column in 0..<columns {
        let (kx, channel) = (firstColumn + column).quotientAndRemainder(dividingBy: geometry.groupInputs)
        let at = left + kx * axis.dilation
        if at >= 0 && at < input.width { pixel[column] = source[at * input.pixelStride + channel] }
      }
      x += 1
    }
  }

  private var outputsPerReduction: Int { max(16_384 / max(geometry.depth, 1), 1) }

  /// Tiles of the reduction, over output channels.
  package var reductionTiles: Int {
    geometry.output.channels.dividedRoundingUp(by: outputsPerReduction)
  }

  /// Adds the partial sums of some output channels, in order, and writes them as `[O, I / groups, kH, kW]`.
  package func reduce(
    tile: Int, sums: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    let first = tile * outputsPerReduction
    let taps = window.taps
    let inputs = geometry.groupInputs
    let columns = window.width.kernel
    for output in first..<min(first + outputsPerReduction, geometry.output.channels) {
      let source = sums + output * geometry.depth
      let target = gradient + output * geometry.depth
      for channel in 0..<inputs {
        for tap in 0..<taps {
          guard liveRows[tap / columns], joinsRow || liveColumns[tap % columns] else {
            target[channel * taps + tap] = 0
            continue
          }
          var from = tap * inputs + channel
          var sum = source[from]
          for _ in 1..<splits {
            from += sumCount
            sum += source[from]
          }
          target[channel * taps + tap] = sum
        }
      }
    }
  }
}
