import GraphIR
import Inputs
import TensorCore

/// The kernels of a convolution as images.
package struct FilterSheet: Sendable {
  /// The path of the layer.
  package let layer: String
  /// Output channels, input channels of a group, height, width.
  package let shape: Shape
  /// The weights.
  package let weights: [Float]

  /// The kernels of a layer, by default of the first convolution.
  ///
  /// Throws ``SessionError/noFilters(network:layer:)``, and what is wrong with the weights.
  package init(_ bound: BoundNetwork, layer: String? = nil) throws {
    let convolution = bound.graph.nodes.first { node in
      layer.map { node.name == $0 } ?? true && node.parameters.first?.tensors.first?.shape.rank == 4
    }
    guard let node = convolution, let weight = node.parameters.first?.tensors.first else {
      throw SessionError.noFilters(network: bound.network.name, layer: layer)
    }
    self.layer = node.name
    shape = weight.shape
    var values = [Float](repeating: 0, count: weight.shape.count)
    try unsafe values.withUnsafeMutableBufferPointer { try unsafe bound.parameters.fill(weight, $0) }
    weights = values
  }

  /// Whether a kernel is one image in color: it sees red, green and blue.
  package var isColor: Bool { shape[1] == 3 }

  /// Input channels of a kernel that are drawn; of more, the first ones.
  private static let mostChannels = 16
  /// Kernels that are drawn; of more, the first ones.
  private static let mostKernels = 256
  /// About this many pixels is the side of a kernel.
  private static let side = 40
  private static let gap = 2

  /// Kernels that are drawn, of how many.
  package var shown: Int { min(shape[0], Self.mostKernels) }

  /// The kernels on white: in color about as many a row as there are rows, otherwise a row for each with an image in gray for each
  /// input channel, or all in a square where there is only one.
  ///
  /// Zero is the middle of the scale, and the largest weight of a kernel its end.
  package var image: Raster {
    let channels = isColor ? 1 : min(shape[1], Self.mostChannels)
    let columns = channels > 1 ? channels : Int(Double(shown).squareRoot().rounded(.up))
    let tiles = shown * channels
    let rows = (tiles + columns - 1) / columns
    let factor = max(Self.side / max(shape[2], shape[3]), 1)
    let (height, width) = (shape[2] * factor + Self.gap, shape[3] * factor + Self.gap)
    var sheet = Raster(
      height: rows * height + Self.gap, width: columns * width + Self.gap, channels: 3, filledWith: 255)
    for tile in 0..<tiles {
      sheet.place(
        kernel(tile / channels, channel: tile % channels).enlarged(by: factor),
        top: Self.gap + tile / columns * height, left: Self.gap + tile % columns * width)
    }
    return sheet
  }

  private func kernel(_ index: Int, channel: Int) -> Raster {
    let taps = shape[2] * shape[3]
    let count = shape[1] * taps
    let values = weights[index * count..<(index + 1) * count]
    let largest = values.reduce(0) { max($0, $1.magnitude) }
    let channels = isColor ? 3 : 1
    var pixels: [UInt8] = []
    for tap in 0..<taps {
      for part in 0..<channels {
        let value = values[values.startIndex + (isColor ? part : channel) * taps + tap]
        let place = largest > 0 ? 0.5 + 0.5 * value / largest : 0.5
        pixels.append(UInt8((255 * place).rounded()))
      }
    }
    return Raster(height: shape[2], width: shape[3], channels: channels, pixels: pixels)
  }
}
