import CKernels
import TensorCore

/// How a matrix product over the inputs of output pixels is divided into work items, and how these inputs lie.
///
/// A work item multiplies the inputs of some pixels by some panels of weights. The inputs of a pixel are units of four
/// bytes, of adjacent channels: pairs of bfloat16, or four bytes.
struct PatchTiling: Sendable {
  /// How a work item gets the inputs of its pixels.
  enum Source: Hashable, Sendable {
    /// It reads them in place.
    case place
    /// It copies the lines of the image that it needs into scratch, with a halo: a row of the kernel meets inputs that
    /// follow each other.
    case lines
    /// It collects them in scratch, pixel by pixel in the order of the weights.
    case patches
  }

  /// Sizes that suit a product.
  struct Limits {
    /// The inputs in scratch are about as large at most.
    var inputBytes: Int
    /// A work item is long compared with the cost of handing it out, short compared with a layer.
    var macsPerItem: Int
    var fewestMACsPerItem: Int
  }

  /// How inputs get together.
  let source: Source
  /// Whether a panel stays in cache while it meets all pixels, because all panels together do not.
  let isPanelByPanel: Bool
  private let geometry: ConvolutionGeometry
  private let panels: PackedPanels
  private let panelWidth: Int
  private let panelsPerItem: Int
  /// Tiles of the pixels of an image where ``Source/lines`` are copied, of all pixels otherwise.
  private let tiles: Int

  /// Weights up to this size stay in a core's L2 beside the inputs.
  private static let cachedWeightBytes = 384 * 1024
  /// Of larger weights, groups of panels of about this size are multiplied together.
  private static let panelGroupBytes = 256 * 1024
  private static let fewestItems = 8
  private static let unitBytes = 4
  /// Blocks of fewer pixels have too few sums to hide the latency of an addition.
  private static let fewestPixelsOfLine = 7

  /// The division of a product by `panels`, whose depth counts units.
  init(
    _ geometry: ConvolutionGeometry, panels: PackedPanels, _ source: Source, _ limits: Limits,
    kernels: KernelSet
  ) {
    self.geometry = geometry
    self.panels = panels
    self.source = source
    panelWidth = kernels.panel
    isPanelByPanel = panels.floats * Self.unitBytes > Self.cachedWeightBytes

    let output = geometry.output
    let wantedMACs = min(
      max(geometry.macs / Self.fewestItems, limits.fewestMACsPerItem), limits.macsPerItem)
    var wanted = max(wantedMACs / max(geometry.depth * output.channels, 1), kernels.tileRows)
    if isPanelByPanel {
      let cached = max(Self.panelGroupBytes / (panels.depth * Self.unitBytes * kernels.panel), 1)
      // Every group of panels copies the inputs anew.
      panelsPerItem = min(
        max(cached, panels.count.dividedRoundingUp(by: Self.fewestItems)), panels.count)
      wanted = .max
    } else {
      panelsPerItem = panels.count
    }
    if source == .lines {
      let halo = geometry.lineCount(outputLines: 1) - geometry.window.height.stride
      let fitting = (limits.inputBytes / geometry.paddedLineBytes - halo) / geometry.window.height.stride
      let lines = min(max(min(wanted / output.width, fitting), 1), output.height)
      tiles = output.height.dividedRoundingUp(by: lines)
    } else {
      let rows = limits.inputBytes / (panels.depth * Self.unitBytes) / kernels.tileRows
      let perTile = min(wanted, max(rows, 1) * kernels.tileRows)
      tiles =
        isPanelByPanel
        ? output.pixels.dividedRoundingUp(by: perTile) : max((output.pixels + perTile / 2) / perTile, 1)
    }
  }

  /// How a convolution gets its inputs, of a format of less than four bytes, that are read as they are stored.
  static func source(_ geometry: ConvolutionGeometry) -> Source {
    let (window, input) = (geometry.window, geometry.input)
    if window.isPointwise && (input.channels * input.format.size).isMultiple(of: unitBytes) { return .place }
    return window.taps > 1 && window.width.dilation == 1 && geometry.output.width >= fewestPixelsOfLine
      ? .lines : .patches
  }

  /// Runs of adjacent inputs of a pixel, and the values of each; the last unit of a run is filled up with zeros.
  static func runs(_ geometry: ConvolutionGeometry, _ source: Source) -> (count: Int, values: Int) {
    let rows = source == .lines ? geometry.window.height.kernel : 1
    return (rows, geometry.depth / rows)
  }

  /// Units of the inputs of a pixel, of `valuesPerUnit` values each.
  static func depth(_ geometry: ConvolutionGeometry, _ source: Source, valuesPerUnit: Int) -> Int {
    let runs = runs(geometry, source)
    return runs.count * runs.values.dividedRoundingUp(by: valuesPerUnit)
  }

  private var panelGroups: Int { panels.count.dividedRoundingUp(by: panelsPerItem) }
  private var images: Int { source == .lines ? geometry.output.batch : 1 }
  /// What a tile is measured in: lines of an image, or pixels.
  private var unitsPerImage: Int { source == .lines ? geometry.output.height : geometry.output.pixels }
  private var pixelsPerUnit: Int { source == .lines ? geometry.output.width : 1 }
  private var mostUnits: Int { unitsPerImage.dividedRoundingUp(by: tiles) }

  /// Number of work items.
  var itemCount: Int { images * tiles * panelGroups }
  /// Most pixels of a work item.
  var mostPixels: Int { mostUnits * pixelsPerUnit }
  /// Most outputs of a work item.
  var mostColumns: Int { min(panelsPerItem * panelWidth, panels.columns) }

  /// Floats of scratch for the inputs of a work item.
  var scratchCount: Int {
    switch source {
    case .place: 0
    case .patches: mostPixels * panels.depth
    case .lines:
      (geometry.lineCount(outputLines: mostUnits) * geometry.paddedLineBytes)
        .dividedRoundingUp(by: Self.unitBytes) + 1
    }
  }

  /// Bytes that all work items together copy.
  var copiedBytes: Int {
    switch source {
    case .place: 0
    case .patches: geometry.output.pixels * panels.depth * Self.unitBytes * panelGroups
    case .lines:
      itemCount * geometry.lineCount(outputLines: 1) * geometry.paddedLineBytes
        + (geometry.output.height - tiles) * images * panelGroups * geometry.window.height.stride
        * geometry.paddedLineBytes
    }
  }

  /// The pixels of a work item, counted over the whole batch, and its outputs.
  func part(_ item: Int) -> (pixels: Range<Int>, columns: Range<Int>) {
    let (panelGroup, place) = item.quotientAndRemainder(dividingBy: images * tiles)
    let (image, tile) = place.quotientAndRemainder(dividingBy: tiles)
    let first = image * unitsPerImage
    let units = first + unitsPerImage * tile / tiles..<first + unitsPerImage * (tile + 1) / tiles
    let column = panels.firstColumn(ofPanel: panelGroup * panelsPerItem)
    return (
      units.lowerBound * pixelsPerUnit..<units.upperBound * pixelsPerUnit,
      column..<min(column + panelsPerItem * panelWidth, panels.columns)
    )
  }

  /// The inputs of some pixels, in `scratch` unless they are read in place, with bytes `outside` for the padding.
  func inputs(
    _ pixels: Range<Int>, of input: UnsafeRawPointer, outside: UInt8, scratch: UnsafeMutableRawPointer,
    kernels: KernelSet
  ) -> ck_runs {
    let (layout, window) = (geometry.input, geometry.window)
    switch source {
    case .place:
      let stride = layout.pixelStride * layout.format.size
      return ck_runs(
        input + pixels.lowerBound * stride, strideBytes: stride, count: pixels.count, depth: panels.depth)
    case .patches:
      let bytes = panels.depth * Self.unitBytes
      var patches = geometry.patches(outside: outside, rowBytes: bytes)
      kernels.functions.pointee.gather_patches(&patches, input, pixels.lowerBound, pixels.count, scratch)
      return ck_runs(scratch, strideBytes: bytes, count: pixels.count, depth: panels.depth)
    case .lines:
      let output = geometry.output
      let lines = pixels.count / output.width
      let (image, y) = (pixels.lowerBound / output.width).quotientAndRemainder(dividingBy: output.height)
      let count = geometry.lineCount(outputLines: lines)
      var patches = geometry.paddedLines(outside: outside)
      kernels.functions.pointee.gather_patches(
        &patches, input, image * window.height.padded(layout.height) + y * window.height.stride, count,
        scratch)
      // The last element of a run may reach beyond the lines, where it meets a weight of zero.
      let end = scratch + count * geometry.paddedLineBytes
      end.initializeMemory(as: UInt8.self, repeating: 0, count: Self.unitBytes)
      return ck_runs(
        taps: window.height.kernel, depth: panels.depth / window.height.kernel,
        address: UnsafeRawPointer(scratch), tap_stride: window.height.dilation * geometry.paddedLineBytes,
        pixel_stride: window.width.stride * layout.channels * layout.format.size, pixels: output.width,
        lines: lines, line_stride: window.height.stride * geometry.paddedLineBytes)
    }
  }
}

extension ck_runs {
  /// Rows of one run each, `strideBytes` apart.
  fileprivate init(_ address: UnsafeRawPointer, strideBytes: Int, count: Int, depth: Int) {
    self.init(
      taps: 1, depth: depth, address: address, tap_stride: 0, pixel_stride: strideBytes, pixels: count,
      lines: 1, line_stride: 0)
  }

  /// Rows of `depth` floats, `stride` floats apart.
  init(_ rows: UnsafePointer<Float>, stride: Int, count: Int, depth: Int) {
    self.init(
      UnsafeRawPointer(rows), strideBytes: stride * MemoryLayout<Float>.stride, count: count, depth: depth)
  }
}

extension ConvolutionGeometry {
  /// Lines of the input that some lines of the output read.
  fileprivate func lineCount(outputLines: Int) -> Int {
    (outputLines - 1) * window.height.stride + (window.height.kernel - 1) * window.height.dilation + 1
  }

  /// Bytes of a line of the input with its halo.
  fileprivate var paddedLineBytes: Int {
    window.width.padded(input.width) * input.channels * input.format.size
  }

  /// The inputs of output pixels in a group of channels, in rows of `rowBytes` bytes, with a byte for the padding.
  func patches(outside: UInt8, rowBytes: Int) -> ck_patches {
    ck_patches(
      height: input.height, width: input.width, channels: groupInputs * input.format.size,
      input_stride: input.pixelStride * input.format.size,
      output_height: output.height, output_width: output.width,
      kernel_height: window.height.kernel, kernel_width: window.width.kernel,
      stride_height: window.height.stride, stride_width: window.width.stride,
      dilation_height: window.height.dilation, dilation_width: window.width.dilation,
      padding_height: window.height.leadingPadding, padding_width: window.width.leadingPadding,
      outside: outside, row_bytes: rowBytes)
  }

  /// Whole lines of the input with their halo, as patches of a kernel as long as a line.
  fileprivate func paddedLines(outside: UInt8) -> ck_patches {
    ck_patches(
      height: input.height, width: input.width, channels: input.channels * input.format.size,
      input_stride: input.pixelStride * input.format.size,
      output_height: window.height.padded(input.height), output_width: 1,
      kernel_height: 1, kernel_width: window.width.padded(input.width),
      stride_height: 1, stride_width: 1, dilation_height: 1, dilation_width: 1,
      padding_height: window.height.leadingPadding, padding_width: window.width.leadingPadding,
      outside: outside, row_bytes: paddedLineBytes)
  }
}
