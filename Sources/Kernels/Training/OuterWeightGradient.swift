import CKernels
import TensorCore

/// The gradient of any convolution's weights: for each element of the kernel, the outer product of the
/// output's gradient and the input pixel that the element saw, summed over all pixels.
///
/// A chunk of pixels is copied into panels, the input with a halo of zeros and each pixel once for all
/// elements of the kernel. The sums of a block of weights then stay in registers while the chunk streams by.
/// With few input channels, the pixels under a row of the kernel are copied together instead.
///
/// If there are many weights, the work is divided into groups of output and input channels, so that a chunk
/// has enough pixels to be worth loading and storing the sums. If there are few, it is split over pixels:
/// each part has its own sums, which are added in a fixed order at the end.
struct OuterWeightGradient: WeightGradient {
  private let geometry: ConvolutionGeometry
  private let kernels: KernelSet
  private let panels: PackedPanels
  private let joinsRow: Bool
  /// Rows and columns of the input that are copied for each of the output; a kernel of one element skips
  /// those that no output reads.
  private let rowStep: Int
  private let columnStep: Int
  private let outputsPerItem: Int
  private let panelsPerItem: Int
  private let imagesPerChunk: Int
  private let rowsPerChunk: Int
  private let splits: Int
  /// For each row and column of the kernel, whether it ever meets the image: if images are smaller than the
  /// kernel, some meet nothing but padding.
  private let liveRows: [Bool]
  private let liveColumns: [Bool]

  /// Share of a core's L2 for the copies of a chunk.
  private static let chunkBytes = 384 * 1024
  /// A work item has so few channels that this many pixels fit into a chunk.
  private static let wantedPixels = 384
  /// Work items: enough for the threads of a small machine to finish together.
  private static let wantedItems = 16
  /// Most floats of partial sums.
  private static let mostPartialSums = 1 << 21

  /// The algorithm for a convolution; `geometry.output` is the layout of the output's gradient.
  init(_ geometry: ConvolutionGeometry, kernels: KernelSet) {
    self.geometry = geometry
    self.kernels = kernels
    let window = geometry.window
    let output = geometry.output
    joinsRow = window.width.kernel > 1 && geometry.groupInputs < kernels.vector
    panels = PackedPanels(
      depth: 1, columns: joinsRow ? window.width.kernel * geometry.groupInputs : geometry.groupInputs,
      kernels: kernels)

    liveRows = OuterWeightGradient.live(window.height, input: geometry.input.height, output: output.height)
    liveColumns = OuterWeightGradient.live(window.width, input: geometry.input.width, output: output.width)

    rowStep = window.height.seesEvery ? window.height.stride : 1
    columnStep = window.width.seesEvery && !joinsRow ? window.width.stride : 1

    // Output channels get the room that the input leaves, and at least half of it.
    let step = rowStep * columnStep
    let wantedPixels = min(OuterWeightGradient.wantedPixels, max(output.pixels, 1))
    let room = OuterWeightGradient.chunkBytes / (wantedPixels * MemoryLayout<Float>.stride)
    let fittingOutputs = max(room - panels.paddedColumns * step, room / 2)
    var outputGroups = geometry.groupOutputs.dividedRoundingUp(by: fittingOutputs)
    let outputs = geometry.groupOutputs.dividedRoundingUp(by: outputGroups)
    let fittingPanels = max((room - outputs) / (kernels.panel * step), 1)
    let panelGroups = panels.count.dividedRoundingUp(by: fittingPanels)
    panelsPerItem = panels.count.dividedRoundingUp(by: panelGroups)

    let copied = min(panelsPerItem * kernels.panel, panels.paddedColumns) * step + outputs
    let pixels = OuterWeightGradient.chunkBytes / (copied * MemoryLayout<Float>.stride)
    imagesPerChunk = min(max(pixels / max(output.pixelsPerImage, 1), 1), output.batch)
    rowsPerChunk = min(max(pixels / max(output.width, 1), 1), output.height)
    let rowBlocks = output.height.dividedRoundingUp(by: rowsPerChunk)
    let chunks = rowBlocks * output.batch.dividedRoundingUp(by: imagesPerChunk)

    let wanted = OuterWeightGradient.wantedItems.dividedRoundingUp(by: geometry.groups * panelGroups)
    let affordable = OuterWeightGradient.mostPartialSums / max(output.channels * geometry.depth, 1)
    splits = max(min(wanted.dividedRoundingUp(by: outputGroups), chunks, affordable), 1)
    outputGroups = max(outputGroups, wanted.dividedRoundingUp(by: splits))
    outputsPerItem = min(
      geometry.groupOutputs.dividedRoundingUp(by: outputGroups).roundedUp(to: kernels.tileRows),
      geometry.groupOutputs)
  }

  private static func live(_ axis: WindowAxis, input: Int, output: Int) -> [Bool] {
    (0..<axis.kernel).map { element in
      (0..<output).contains {
        (0..<input).contains($0 * axis.stride - axis.leadingPadding + element * axis.dilation)
      }
    }
  }

  let name = "outer"

  var expectedTime: Double {
    Double(geometry.output.pixels * geometry.output.channels) * Double(geometry.depth)
      * Double(panels.columns.roundedUp(to: kernels.vector)) / Double(panels.columns)
      / ConvolutionCost.of(kernels).productsPerNanosecond
  }

  private var window: Window { geometry.window }
  private var rowBlocks: Int { geometry.output.height.dividedRoundingUp(by: rowsPerChunk) }
  private var chunks: Int {
    rowBlocks * geometry.output.batch.dividedRoundingUp(by: imagesPerChunk)
  }
  private var outputGroups: Int { geometry.groupOutputs.dividedRoundingUp(by: outputsPerItem) }
  private var panelGroups: Int { panels.count.dividedRoundingUp(by: panelsPerItem) }
  private var partialSums: PartialSums { PartialSums(geometry, splits: splits, kernels: kernels) }
  /// Rows that are copied for `rows` rows of the output.
  private func copiedRows(_ rows: Int) -> Int { (rows - 1) * rowStep + window.height.reach }
  /// Pixels of a copied row.
  private var copiedWidth: Int {
    joinsRow ? geometry.output.width : (geometry.output.width - 1) * columnStep + window.width.reach
  }

  /// Whether the sums are the gradient already: nothing to add, nothing to transpose.
  private var isDirect: Bool { splits == 1 && window.taps == 1 && liveRows[0] && liveColumns[0] }

  /// Floats of the partial sums.
  var sharedScratchCount: Int { isDirect ? 0 : partialSums.count }

  /// Floats of the copies of a chunk.
  var threadScratchCount: Int {
    copiedInputCount + imagesPerChunk * rowsPerChunk * geometry.output.width * outputsPerItem
  }
  private var copiedInputCount: Int {
    let columns = min(panelsPerItem * kernels.panel, panels.paddedColumns)
    return (imagesPerChunk * copiedRows(rowsPerChunk) * copiedWidth * columns).roundedUp(to: 16)
  }

  /// Work items of the sums, then of the reduction if the gradient is not direct.
  var workItems: [Int] {
    let sums = geometry.groups * outputGroups * panelGroups * splits
    return isDirect ? [sums] : [sums, partialSums.itemCount]
  }

  func run(phase: Int, item: Int, _ operands: WeightGradientOperands) {
    if phase == 0 {
      computeSums(item, operands, isDirect ? operands.weightGradient : operands.sharedScratch)
    } else {
      reduce(item, operands.sharedScratch, into: operands.weightGradient)
    }
  }

  /// Computes the sums of a work item.
  private func computeSums(
    _ item: Int, _ operands: WeightGradientOperands, _ sums: UnsafeMutablePointer<Float>
  ) {
    let split = item % splits
    let firstPanel = item / splits % panelGroups * panelsPerItem
    let outputGroup = item / splits / panelGroups % outputGroups
    let group = item / splits / panelGroups / outputGroups
    let firstOutput = outputGroup * outputsPerItem
    let outputs = min(outputsPerItem, geometry.groupOutputs - firstOutput)
    let channel = group * geometry.groupOutputs + firstOutput
    let target = sums + partialSums.offset(ofSplit: split) + channel * geometry.depth
    let firstChunk = chunks * split / splits
    for chunk in firstChunk..<chunks * (split + 1) / splits {
      let images = chunk / rowBlocks * imagesPerChunk
      let rows = chunk % rowBlocks * rowsPerChunk
      add(
        images: images..<min(images + imagesPerChunk, geometry.output.batch),
        rows: rows..<min(rows + rowsPerChunk, geometry.output.height),
        panels: firstPanel..<min(firstPanel + panelsPerItem, panels.count),
        input: operands.input + group * geometry.groupInputs, gradient: operands.outputGradient + channel,
        outputs: outputs, accumulates: chunk > firstChunk, sums: target, scratch: operands.threadScratch)
    }
  }

  /// Adds the products of some rows of some images, for some panels of the input.
  private func add(
    images: Range<Int>, rows: Range<Int>, panels range: Range<Int>, input: UnsafePointer<Float>,
    gradient: UnsafePointer<Float>, outputs: Int, accumulates: Bool, sums: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let kernel = kernels.functions.pointee.training.pointee
    let copiedRows = copiedRows(rows.count)
    let panelPixels = images.count * copiedRows * copiedWidth
    copyInput(
      images: images, firstRow: rows.lowerBound, rows: copiedRows, panels: range, from: input, into: scratch)
    let blocks = outputs.dividedRoundingUp(by: kernels.tileRows)
    let left = scratch + copiedInputCount
    let pixels = images.count * rows.count * geometry.output.width
    copyGradient(images: images, rows: rows, from: gradient, outputs: outputs, blocks: blocks, into: left)

    let rowTaps = window.height.kernel * (joinsRow ? 1 : window.width.kernel)
    for tap in 0..<rowTaps {
      let (ky, kx) = joinsRow ? (tap, 0) : tap.quotientAndRemainder(dividingBy: window.width.kernel)
      guard liveRows[ky], joinsRow || liveColumns[kx] else { continue }
      for panel in range {
        let width = panels.width(ofPanel: panel)
        let right = scratch + panelPixels * (panel - range.lowerBound) * kernels.panel
        var tile = ck_outer_tile()
        tile.images = images.count
        tile.height = rows.count
        tile.width = geometry.output.width
        tile.right = UnsafePointer(
          right + (ky * window.height.dilation * copiedWidth + kx * window.width.dilation) * width)
        tile.right_pixel = columnStep * width
        tile.right_row = rowStep * copiedWidth * width
        tile.right_image = copiedRows * copiedWidth * width
        tile.output_stride = geometry.depth
        tile.columns = panels.columns(inPanel: panel)
        tile.accumulates = accumulates ? 1 : 0
        for block in 0..<blocks {
          let first = outputs * block / blocks
          let count = outputs * (block + 1) / blocks - first
          tile.left_pixel = count
          tile.left = UnsafePointer(left + first * pixels)
          tile.output =
            sums + first * geometry.depth + tap * panels.columns + panels.firstColumn(ofPanel: panel)
          kernel.outer_tile(count, width == kernels.panel ? 1 : 0, &tile)
        }
      }
    }
  }

  /// Copies the output's gradient, one block of channels after the other: `[blocks][pixels][channels]`.
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
          ck_pixels(first: source + first, stride: output.pixelStride), pixels, count, count,
          target + first * images.count * pixels + index * pixels * count)
      }
    }
  }

  /// Copies the input with its halo, one panel of channels after the other:
  /// `[panels][images][rows][width][panel]`.
  private func copyInput(
    images: Range<Int>, firstRow: Int, rows: Int, panels range: Range<Int>, from input: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>
  ) {
    let source = geometry.input
    let rowStride = window.height.stride / rowStep
    for panel in range {
      let width = panels.width(ofPanel: panel)
      var row = target + images.count * rows * copiedWidth * (panel - range.lowerBound) * kernels.panel
      for image in images {
        for index in 0..<rows {
          let y = firstRow * window.height.stride - window.height.leadingPadding + index * rowStride
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

  /// Copies a row of the image with its halo on both sides.
  private func copyRow(
    from source: UnsafePointer<Float>, panel: Int, into target: UnsafeMutablePointer<Float>
  ) {
    let width = panels.width(ofPanel: panel)
    let before = min(window.width.leadingPadding, copiedWidth)
    let step = window.width.stride / columnStep
    let pixels = min(geometry.input.width.dividedRoundingUp(by: step), copiedWidth - before)
    target.update(repeating: 0, count: before * width)
    kernels.functions.pointee.training.pointee.gather(
      ck_pixels(
        first: source + panels.firstColumn(ofPanel: panel), stride: step * geometry.input.pixelStride),
      pixels,
      panels.columns(inPanel: panel), width, target + before * width)
    (target + (before + pixels) * width).update(
      repeating: 0, count: (copiedWidth - before - pixels) * width)
  }

  /// Copies, for each output pixel, the pixels under a row of the kernel.
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
      let left = x * axis.stride - axis.leadingPadding
      if isContiguous && left >= 0 && left + axis.kernel <= input.width {
        // The pixels are adjacent already, up to the last window that ends inside the image.
        let last = min((input.width - axis.kernel + axis.leadingPadding) / axis.stride, copiedWidth - 1)
        kernels.functions.pointee.training.pointee.gather(
          ck_pixels(
            first: source + left * input.pixelStride + firstColumn, stride: axis.stride * input.pixelStride),
          last - x + 1, columns, width, target + x * width)
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

  /// Writes the gradient of some output channels from their partial sums.
  private func reduce(
    _ item: Int, _ sums: UnsafeMutablePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    let outputs = partialSums.outputs(ofItem: item)
    partialSums.add(outputs, in: sums)
    let columns = window.width.kernel
    let inputs = geometry.groupInputs
    for output in outputs {
      for tap in 0..<window.taps where !liveRows[tap / columns] || !joinsRow && !liveColumns[tap % columns] {
        (sums + output * geometry.depth + tap * inputs).update(repeating: 0, count: inputs)
      }
    }
    partialSums.write(outputs, from: sums, into: gradient)
  }
}

extension WindowAxis {
  /// Whether elements of the kernel may read the pixels between those that the stride steps to.
  fileprivate var seesEvery: Bool { kernel > 1 || isPadded }
}
