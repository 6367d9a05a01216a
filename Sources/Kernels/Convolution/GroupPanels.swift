import TensorCore

/// Packed weights and bias of a convolution, group by group.
///
/// A group's weights are the panels of a `depth × outputs` matrix whose products run over the elements of the
/// kernel, and for each over the input channels; its bias, zeros if there is none, fills whole panels.
package struct GroupPanels: Sendable {
  /// How the weights of one group are cut.
  package let panels: PackedPanels
  private let geometry: ConvolutionGeometry

  /// The packing of a convolution's weights for a set of kernels.
  package init(_ geometry: ConvolutionGeometry, kernels: KernelSet) {
    self.geometry = geometry
    panels = PackedPanels(depth: geometry.depth, columns: geometry.groupOutputs, kernels: kernels)
  }

  /// Floats of all groups.
  package var floats: Int { geometry.groups * groupFloats }
  /// Floats of one group.
  private var groupFloats: Int { panels.floats + panels.paddedColumns }

  /// The panels of a group.
  package func panels(ofGroup group: Int, in packed: UnsafePointer<Float>) -> UnsafePointer<Float> {
    packed + group * groupFloats
  }

  /// The bias of a group.
  package func bias(ofGroup group: Int, in packed: UnsafePointer<Float>) -> UnsafePointer<Float> {
    packed + group * groupFloats + panels.floats
  }

  /// Arranges weights `[O, I / groups, kH, kW]` and bias `[O]`.
  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let taps = geometry.window.taps
    var offsets: [Int] = []
    offsets.reserveCapacity(geometry.depth)
    for tap in 0..<taps {
      for channel in 0..<geometry.groupInputs { offsets.append(channel * taps + tap) }
    }
    for group in 0..<geometry.groups {
      let target = packed + group * groupFloats
      let firstOutput = group * geometry.groupOutputs
      panels.pack(
        parameters.weight + firstOutput * geometry.depth, productOffsets: offsets,
        columnStride: geometry.depth, into: target)
      let bias = target + panels.floats
      bias.update(repeating: 0, count: panels.paddedColumns)
      if let source = parameters.bias { bias.update(from: source + firstOutput, count: geometry.groupOutputs) }
    }
  }
}
