import TensorCore

/// The gradient of a convolution's input.
package enum InputGradient {
  /// The window of the convolution that computes the input gradient of one with stride 1: it convolves the
  /// gradient of the output with the flipped kernels.
  ///
  /// `nil` if there is none.
  package static func window(of window: Window) -> Window? {
    func flipped(_ axis: WindowAxis) -> WindowAxis? {
      let most = axis.reach - 1
      guard axis.stride == 1, axis.leadingPadding <= most, axis.trailingPadding <= most else { return nil }
      return WindowAxis(
        kernel: axis.kernel, leadingPadding: most - axis.leadingPadding,
        trailingPadding: most - axis.trailingPadding, dilation: axis.dilation)
    }
    guard let height = flipped(window.height), let width = flipped(window.width) else { return nil }
    return Window(height: height, width: width)
  }
}

/// The input gradient of any convolution: `sgemm` computes the gradient of the im2col rows, and col2im adds
/// them to the pixels that im2col read.
///
/// For a 1×1 convolution with stride 1 it is `sgemm` alone.
package struct ScatterGEMM: Sendable {
  private let geometry: ConvolutionGeometry
  private let imagesPerItem: Int
  private let channelsPerItem: Int

  /// Fewer pixels than this would reuse each weight too little: small images are combined.
  private static let fewestPixels = 64
  /// Size of the im2col rows of a work item.
  private static let rowBytes = 1024 * 1024

  /// The algorithm for a convolution whose layouts are those of the gradients.
  package init(_ geometry: ConvolutionGeometry) {
    self.geometry = geometry
    let pixels = max(geometry.output.pixelsPerImage, 1)
    imagesPerItem = min(ScatterGEMM.fewestPixels.dividedRoundingUp(by: pixels), geometry.output.batch)
    let perChannel = imagesPerItem * pixels * geometry.window.taps * MemoryLayout<Float>.stride
    let room = max(ScatterGEMM.rowBytes / max(perChannel, 1), 1)
    let groups = geometry.groupInputs.dividedRoundingUp(by: room)
    channelsPerItem = geometry.groupInputs.dividedRoundingUp(by: groups)
  }

  private var channelGroups: Int { geometry.groupInputs.dividedRoundingUp(by: channelsPerItem) }

  /// Floats of packed weights: `[groups][O / groups][kH · kW][I / groups]`.
  package var packedCount: Int { geometry.output.channels * geometry.depth }

  private var isPlain: Bool { geometry.window.isPointwise }

  /// Name in plans.
  package var name: String { isPlain ? "sgemm" : "col2im" }

  /// Floats of the im2col rows of a work item.
  package var threadScratchCount: Int {
    isPlain ? 0 : imagesPerItem * geometry.output.pixelsPerImage * geometry.window.taps * channelsPerItem
  }

  /// Work items: images × groups × input channels.
  package var itemCount: Int {
    geometry.input.batch.dividedRoundingUp(by: imagesPerItem) * geometry.groups * channelGroups
  }

  /// Packs weights `[O, I / groups, kH, kW]`.
  package func pack(_ weight: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    let taps = geometry.window.taps
    let inputs = geometry.groupInputs
    for output in 0..<geometry.output.channels {
      // Grouped by work item, with the channels of a work item adjacent.
      for first in stride(from: 0, to: inputs, by: channelsPerItem) {
        let width = min(channelsPerItem, inputs - first)
        let target = packed + output * geometry.depth + first * taps
        let source = weight + (output * inputs + first) * taps
        for channel in 0..<width {
          for tap in 0..<taps { target[tap * width + channel] = source[channel * taps + tap] }
        }
      }
    }
  }

  /// Computes one work item of the input gradient.
  package func run(
    item: Int, gradient: UnsafePointer<Float>, packed: UnsafePointer<Float>, accumulates: Bool,
    scratch: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let channelGroup = item % channelGroups
    let group = item / channelGroups % geometry.groups
    let firstImage = item / channelGroups / geometry.groups * imagesPerItem
    let images = min(imagesPerItem, geometry.input.batch - firstImage)
    let channel = channelGroup * channelsPerItem
    let channels = min(channelsPerItem, geometry.groupInputs - channel)
    let taps = geometry.window.taps
    let (input, output) = (geometry.input, geometry.output)
    let first = MutablePixels(target, stride: input.pixelStride)
      .from(firstImage * input.pixelsPerImage, channel: group * geometry.groupInputs + channel)
    BLAS.multiply(
      rows: images * output.pixelsPerImage, columns: taps * channels, depth: geometry.groupOutputs,
      gradient + firstImage * output.pixelsPerImage * output.pixelStride + group * geometry.groupOutputs,
      rowStride: output.pixelStride,
      packed + group * geometry.groupOutputs * geometry.depth + channel * taps,
      rowStride: geometry.depth, accumulates: isPlain && accumulates, into: isPlain ? first.pointer : scratch,
      rowStride: isPlain ? input.pixelStride : taps * channels)
    if isPlain { return }
    for image in 0..<images {
      let place = first.from(image * input.pixelsPerImage)
      if !accumulates { place.clear(pixels: input.pixelsPerImage, channels: channels) }
      addColumns(scratch + image * output.pixelsPerImage * taps * channels, channels: channels, to: place)
    }
  }

  /// col2im: adds `[pixels][kH · kW][channels]` of one image to the pixels `[H][W]` that they were read from.
  private func addColumns(
    _ columns: UnsafeMutablePointer<Float>, channels: Int, to image: MutablePixels
  ) {
    let input = geometry.input
    let vertical = geometry.window.height
    let horizontal = geometry.window.width
    var source = columns
    for outputY in 0..<geometry.output.height {
      for outputX in 0..<geometry.output.width {
        for ky in 0..<vertical.kernel {
          let y = outputY * vertical.stride - vertical.leadingPadding + ky * vertical.dilation
          for kx in 0..<horizontal.kernel {
            let x = outputX * horizontal.stride - horizontal.leadingPadding + kx * horizontal.dilation
            if y >= 0 && y < input.height && x >= 0 && x < input.width {
              Gradients.scaled(
                MutablePixels(source, stride: channels), count: 1, channels: channels, accumulates: true,
                into: image.from(y * input.width + x), kernels: .best)
            }
            source += channels
          }
        }
      }
    }
  }
}
