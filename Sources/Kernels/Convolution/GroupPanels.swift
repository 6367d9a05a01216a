import CKernels
import TensorCore

/// Packed weights and bias of a convolution, group by group.
///
/// The weights of a group are the panels of a `depth × outputs` matrix; its rows run over the elements of the
/// kernel, and for each element over the input channels. The bias, or zeros if there is none, fills whole
/// panels.
package struct GroupPanels: Sendable {
  /// How the weights of a group are divided into panels.
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

  /// Packs weights and bias.
  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let weights = parameters.weights(geometry)
    for group in 0..<geometry.groups {
      let target = packed + group * groupFloats
      panels.pack(
        ck_panel_source(
          weights: weights.address(group: group), taps: geometry.window.taps, products: geometry.groupInputs,
          tap_stride: weights.tapStride, product_stride: weights.inputStride,
          column_stride: weights.outputStride),
        into: target)
      let bias = target + panels.floats
      bias.update(repeating: 0, count: panels.paddedColumns)
      if let source = parameters.bias {
        bias.update(from: source + group * geometry.groupOutputs, count: geometry.groupOutputs)
      }
    }
  }
}
