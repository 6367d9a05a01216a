import CKernels
import TensorCore

/// Depthwise convolution: each channel has a kernel of its own, and vectors run along the channels.
///
/// There is little to compute for each float that is read, so every input row goes through the registers once
/// for each row of the kernel, and nothing is copied: see `depthwise.h`. Kernels 3, 5 and 7 wide with stride 1
/// or 2 have code of their own.
package struct Depthwise: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let weights: DepthwiseWeights
  private let division: RowDivision

  /// Whether the algorithm can compute a convolution.
  package static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.groups > 1 && geometry.groups == geometry.input.channels
      && geometry.groups == geometry.output.channels
  }

  /// The algorithm for a convolution that suits it.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    weights = DepthwiseWeights(geometry, kernels: kernels)
    division = RowDivision(geometry.output, macsPerOutput: geometry.depth, unit: weights.unit)
  }

  package let name = "depthwise"
  package var workItems: [Int] { [division.itemCount] }
  package let sharedScratchCount = 0
  package var threadScratchCount: Int { RowPointers.floats(geometry.window.height.kernel) }

  /// Floats of packed weights and bias.
  package var packedCount: Int { weights.floats + weights.paddedChannels }

  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    weights.pack(parameters.weights(geometry), into: packed)
    weights.pack(bias: parameters.bias, into: packed + weights.floats)
  }

  package func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    let part = division.part(item)
    let channel = part.channels.lowerBound
    let pointers = RowPointers.bind(operands.threadScratch, count: geometry.window.height.kernel)
    var call = geometry.depthwiseRow(pointers, channels: part.channels.count)
    call.weights = operands.packed + weights.offset(ofChannel: channel)
    call.bias = operands.packed + weights.floats + channel
    let input = geometry.inputPixels(operands).from(0, channel: channel)
    for row in part.rows {
      geometry.pointAtRows(of: row, input: input, pointers)
      call.result = geometry.result(
        of: row * geometry.output.width, channel: channel, operands, epilogue.activation)
      kernels.maps(geometry.output.format).pointee.depthwise_row(&call)
    }
  }
}

extension ConvolutionGeometry {
  /// The sizes of a row of output pixels of some channels, and where its pointers to the input are.
  func depthwiseRow(
    _ pointers: UnsafeMutablePointer<UnsafeRawPointer?>, channels: Int
  ) -> ck_depthwise_row {
    var call = ck_depthwise_row()
    call.kernel_height = window.height.kernel
    call.kernel_width = window.width.kernel
    call.stride = window.width.stride
    call.dilation = window.width.dilation
    call.padding = window.width.leadingPadding
    call.row = UnsafePointer(pointers)
    call.width = input.width
    call.input_stride = input.pixelStride
    call.channels = channels
    call.output_width = output.width
    return call
  }
}
