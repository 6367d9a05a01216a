import TensorCore

/// The gradient of a convolution's input.
package enum InputGradient {
  /// The window of the convolution that computes the gradient of one with stride 1, as a convolution of the
  /// output's gradients with the kernels flipped; `nil` where there is none.
  package static func window(of window: Window) -> Window? {
    func turned(_ axis: WindowAxis) -> WindowAxis? {
      guard axis.stride == 1, axis.reach - 1 >= axis.padding else { return nil }
      return WindowAxis(
        kernel: axis.kernel, stride: 1, padding: axis.reach - 1 - axis.padding, dilation: axis.dilation)
    }
    guard let height = turned(window.height), let width = turned(window.width) else { return nil }
    return Window(height: height, width: width)
  }
}

/// The gradient of any convolution's input: `sgemm` makes what im2col would have read, and col2im adds it up where it
/// was read from.
///
/// Of a 1×1 convolution with stride 1 that is `sgemm` alone.
package struct ScatterGEMM: Sendable {
  private let geometry: ConvolutionGeometry
  private let imagesPerTile: Int
  private let channelsPerTile: Int

  /// Fewer pixels than this would use each weight too seldom: small images go together.
  private static let fewestPixels = 64
  /// The columns of a tile take about this much.
  private static let tileBytes = 1024 * 1024

  /// The algorithm for a convolution; its layouts are those of the gradients.
  package init(_ geometry: ConvolutionGeometry) {
    self.geometry = geometry
    let pixels = max(geometry.output.pixelsPerImage, 1)
    imagesPerTile = min(ScatterGEMM.fewestPixels.dividedRoundingUp(by: pixels), geometry.output.batch)
    let perChannel = imagesPerTile * pixels * geometry.window.taps * MemoryLayout<Float>.stride
    let room = max(ScatterGEMM.tileBytes / max(perChannel, 1), 1)
    let tiles = geometry.groupInputs.dividedRoundingUp(by: room)
    channelsPerTile = geometry.groupInputs.dividedRoundingUp(by: tiles)
  }

  private var channelTiles: Int { geometry.groupInputs.dividedRoundingUp(by: channelsPerTile) }

  /// Floats of packed weights: `[groups][O / groups][kH · kW][I / groups]`.
  package var packedCount: Int { geometry.output.channels * geometry.depth }

  private var isPlain: Bool { geometry.window.isPointwise }

  /// Name in plans.
  package var name: String { isPlain ? "sgemm" : "col2im" }

  /// Floats that a thread needs for the columns of its tile.
  package var threadScratchCount: Int {
    isPlain ? 0 : imagesPerTile * geometry.output.pixelsPerImage * geometry.window.taps * channelsPerTile
  }

  /// Tiles: images, groups, channels of the input.
  package var tileCount: Int {
    geometry.input.batch.dividedRoundingUp(by: imagesPerTile) * geometry.groups * channelTiles
  }

  /// Arranges weights `[O, I / groups, kH, kW]`.
  package func pack(_ weight: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    let taps = geometry.window.taps
    let inputs = geometry.groupInputs
    for output in 0..<geometry.output.channels {
      // Channels of a tile side by side, tile after tile.
      for first in stride(from: 0, to: inputs, by: channelsPerTile) {
        let width = min(channelsPerTile, inputs - first)
        let target = packed + output * geometry.depth + first * taps
        let source = weight + (output * inputs + first) * taps
        for channel in 0..<width {
          for tap in 0..<taps { target[tap * width + channel] = source[channel * taps + tap] }
        }
      }
    }
  }

  /// Computes one tile of the input's gradient.
  package func run(
    tile: Int, gradient: UnsafePointer<Float>, packed: UnsafePointer<Float>, accumulates: Bool,
    scratch: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let channelTile = tile % channelTiles
    let group = tile / channelTiles % geometry.groups
    let firstImage = tile / channelTiles / geometry.groups * imagesPerTile
    let images = min(imagesPerTile, geometry.input.batch - firstImage)
    let channel = channelTile * channelsPerTile
    let channels = min(channelsPerTile, geometry.groupInputs - channel)
    let taps = geometry.window.taps
    let (input, output) = (geometry.input, geometry.output)
    let first =
      target + firstImage * input.pixelsPerImage * input.pixelStride + group * geometry.groupInputs + channel
    BLAS.multiply(
      rows: images * output.pixelsPerImage, columns: taps * channels, depth: geometry.groupOutputs,
      gradient + firstImage * output.pixelsPerImage * output.pixelStride + group * geometry.groupOutputs,
      rowStride: output.pixelStride,
      packed + group * geometry.groupOutputs * geometry.depth + channel * taps,
      rowStride: geometry.depth, accumulates: isPlain && accumulates, into: isPlain ? first : scratch,
      rowStride: isPlain ? input.pixelStride : taps * channels)
    if isPlain { return }
    for image in 0..<images {
      let place = first + image * input.pixelsPerImage * input.pixelStride
      if !accumulates {
        for pixel in 0..<input.pixelsPerImage {
          (place + pixel * input.pixelStride).update(repeating: 0, count: channels)
        }
      }
      Columns.add(
        scratch + image * output.pixelsPerImage * taps * channels, channels: channels, geometry, to: place)
    }
  }
}

/// Rows of what each output pixel sees, kernel row by kernel row.
package enum Columns {
  /// col2im: adds `[pixels][kH · kW][channels]` of one image to the pixels `[H][W]` they stand for.
  package static func add(
    _ columns: UnsafeMutablePointer<Float>, channels: Int, _ geometry: ConvolutionGeometry,
    to image: UnsafeMutablePointer<Float>
  ) {
    let input = geometry.input
    let vertical = geometry.window.height
    let horizontal = geometry.window.width
    var source = columns
    for outputY in 0..<geometry.output.height {
      for outputX in 0..<geometry.output.width {
        for ky in 0..<vertical.kernel {
          let y = outputY * vertical.stride - vertical.padding + ky * vertical.dilation
          for kx in 0..<horizontal.kernel {
            let x = outputX * horizontal.stride - horizontal.padding + kx * horizontal.dilation
            if y >= 0 && y < input.height && x >= 0 && x < input.width {
              Gradients.scaled(
                Pixels(source, stride: channels), pixels: 1, channels: channels, accumulates: true,
                into: Pixels(image, stride: input.pixelStride).dropping(y * input.width + x),
                kernels: .best)
            }
            source += channels
          }
        }
      }
    }
  }
}
