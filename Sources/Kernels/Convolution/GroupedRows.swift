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
      && (geometry.input.format == .float32 || geometry.groupInputs.isMultiple(of: 2))
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

  /// Whether two adjacent inputs, in bfloat16, are in the place of a float, and their weights too.
  private var hasPairs: Bool { geometry.input.format == .bfloat16 }
  /// Floats of an output's weights.
  private var weightsPerOutput: Int { hasPairs ? geometry.depth / 2 : geometry.depth }

  /// Floats of packed weights and bias.
  package var packedCount: Int { paddedOutputs(upTo: geometry.output.channels) * (weightsPerOutput + 1) }

  /// Packs the weights in the order that `ck_grouped_rows` describes, then the bias.
  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let weights = parameters.weights(geometry)
    let group = geometry.groupOutputs
    let width = geometry.window.width.kernel
    var target = packed
    var bias = packed + paddedOutputs(upTo: geometry.output.channels) * weightsPerOutput
    bias.update(repeating: 0, count: paddedOutputs(upTo: geometry.output.channels))

    /// Packs the outputs from `first` on that fill `lanes` lanes of a panel; `last` is the end of the group.
    func pack(from first: Int, to last: Int, lanes: Int) {
      for ky in 0..<geometry.window.height.kernel {
        for step in 0..<(hasPairs ? group / 2 : group) {
          for kx in 0..<width {
            for lane in 0..<lanes {
              let output = first + lane
              func weight(_ input: Int) -> Float {
                weights.address(
                  group: output / group, output: output % group, input: input, tap: ky * width + kx
                ).pointee
              }
              if output >= last {
                target[lane] = 0
              } else if hasPairs {
                target[lane] = Float(bfloat16Pair: weight(2 * step), weight(2 * step + 1))
              } else {
                target[lane] = weight(sharesVectors ? (lane ^ step) % group : step)
              }
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
    let input = geometry.inputPixels(operands).from(0, channel: channel)
    for (index, row) in part.rows.enumerated() {
      geometry.pointAtRows(of: row, input: input, pointers + index * height)
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
    call.weights = operands.packed + paddedOutputs(upTo: channel) * weightsPerOutput
    call.bias =
      operands.packed + paddedOutputs(upTo: output.channels) * weightsPerOutput
      + paddedOutputs(upTo: channel)
    call.output_width = output.width
    call.result = geometry.result(
      of: part.rows.lowerBound * output.width, channel: channel, operands, epilogue.activation)
    kernels.maps(output.format).pointee.grouped_rows(&call)
  }
}
