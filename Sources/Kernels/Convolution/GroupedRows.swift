import CKernels
import TensorCore

/// Convolution in groups with a kernel three pixels wide: ResNeXt's and RegNet's 3×3.
///
/// A matrix kernel would load an input for each element of the kernel that meets it, and for groups narrower
/// than a panel most of that work would be in vain. Here an input in a register is used for all outputs of a
/// row that see it, and groups narrower than a vector share one: see `grouped.h`. Nothing is copied, and the
/// weights of a panel stay in L1 while they meet all rows of a work item.
package struct GroupedRows: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let division: RowDivision

  /// Whether the algorithm can compute a convolution.
  package static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    let axis = geometry.window.width
    return geometry.groups > 1 && geometry.groupInputs > 1 && geometry.groupInputs == geometry.groupOutputs
      && axis.kernel == 3 && axis.stride <= 2 && axis.dilation == 1
  }

  /// The algorithm for a convolution that suits it.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    let group = geometry.groupOutputs
    let shares = GroupedRows.sharesVectors(group, kernels)
    division = RowDivision(
      geometry.output, macsPerOutput: geometry.depth, unit: shares ? kernels.vector : group,
      reusesWeights: !shares)
  }

  /// Whether several groups share a vector.
  static func sharesVectors(_ group: Int, _ kernels: KernelSet) -> Bool {
    kernels.vector > 4 && group < kernels.vector && kernels.vector % group == 0
  }
  private var sharesVectors: Bool { GroupedRows.sharesVectors(geometry.groupOutputs, kernels) }

  package let name = "grouped_rows"
  package let sharedScratchCount = 0

  /// Floats of the pointers to the input rows of a work item.
  package var threadScratchCount: Int { RowPointers.floats(pointerCount) }
  private var pointerCount: Int { division.mostRows * geometry.window.height.kernel }

  package var workItems: [Int] { [division.itemCount] }

  /// Outputs in whole vectors from the first channel up to `channel`, which begins a vector or a group.
  private func paddedOutputs(upTo channel: Int) -> Int {
    if sharesVectors { return channel.roundedUp(to: kernels.vector) }
    return channel / geometry.groupOutputs * geometry.groupOutputs.roundedUp(to: kernels.vector)
  }

  /// Floats of packed weights and bias.
  package var packedCount: Int { paddedOutputs(upTo: geometry.output.channels) * (geometry.depth + 1) }

  /// Packs the weights in the order that `ck_grouped_rows` describes, then the bias.
  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let weights = parameters.weights(geometry)
    let group = geometry.groupOutputs
    let width = geometry.window.width.kernel
    var target = packed
    var bias = packed + paddedOutputs(upTo: geometry.output.channels) * geometry.depth
    bias.update(repeating: 0, count: paddedOutputs(upTo: geometry.output.channels))

    /// Packs the outputs from `first` on that fill `lanes` lanes of a panel; `last` is the end of the group.
    func pack(from first: Int, to last: Int, lanes: Int) {
      for ky in 0..<geometry.window.height.kernel {
        for step in 0..<group {
          for kx in 0..<width {
            for lane in 0..<lanes {
              let output = first + lane
              let input = sharesVectors ? (lane ^ step) % group : step
              target[lane] =
                output < last
                ? weights.address(
                  group: output / group, output: output % group, input: input, tap: ky * width + kx
                ).pointee : 0
            }
            target += lanes
          }
        }
      }
      if let source = parameters.bias { bias.update(from: source + first, count: min(lanes, last - first)) }
      bias += lanes
    }

    if sharesVectors {
      for first in stride(from: 0, to: geometry.output.channels, by: kernels.vector) {
        pack(from: first, to: geometry.output.channels, lanes: kernels.vector)
      }
    } else {
      for start in stride(from: 0, to: geometry.output.channels, by: group) {
        for first in stride(from: start, to: start + group, by: kernels.panel) {
          pack(
            from: first, to: start + group,
            lanes: min((start + group - first).roundedUp(to: kernels.vector), kernels.panel))
        }
      }
    }
  }

  package func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    let output = geometry.output
    let height = geometry.window.height.kernel
    let part = division.part(item)
    let channel = part.channels.lowerBound
    let pointers = RowPointers.bind(operands.threadScratch, count: pointerCount)
    for (index, row) in part.rows.enumerated() {
      geometry.pointAtRows(of: row, input: operands.input + channel, pointers + index * height)
    }
    var call = ck_grouped_rows()
    call.group = geometry.groupInputs
    call.kernel_height = height
    call.stride = geometry.window.width.stride
    call.padding = geometry.window.width.leadingPadding
    call.rows = part.rows.count
    call.row = UnsafePointer(pointers)
    call.width = geometry.input.width
    call.input_stride = geometry.input.pixelStride
    call.channels = part.channels.count
    call.weights = operands.packed + paddedOutputs(upTo: channel) * geometry.depth
    call.bias =
      operands.packed + paddedOutputs(upTo: output.channels) * geometry.depth + paddedOutputs(upTo: channel)
    call.output_width = output.width
    call.result = geometry.result(
      of: part.rows.lowerBound * output.width, channel: channel, operands, epilogue.activation)
    kernels.functions.pointee.grouped_rows(&call)
  }
}
