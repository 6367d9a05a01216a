import GraphIR
import Kernels
import TensorCore

/// Runs the routine of an operator that needs floats between values that are none: widens the inputs into scratch,
/// computes, rounds the result.
struct FloatRoutine: Routine {
  private let routine: any Routine
  private let inputs: [ActivationLayout]
  private let output: ActivationLayout

  /// The routine that `node` has for floats, between the values of a request.
  init(_ node: Node, _ request: RoutineRequest) {
    inputs = request.inputs
    output = request.output
    routine = node.operation.prepare(
      RoutineRequest(
        inputs: inputs.map(\.ofFloats), output: output.ofFloats, disabled: request.disabled,
        algorithm: request.algorithm, weightsStayInCache: request.weightsStayInCache))
  }

  var algorithm: String { routine.algorithm + "_f32" }
  var packing: String { routine.packing }
  var packedCount: Int { routine.packedCount }
  func directOffset(ofParameter index: Int) -> Int? { routine.directOffset(ofParameter: index) }
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {
    routine.pack(parameters, into: packed)
  }

  /// Floats of each input that is widened, then of the result if it is rounded.
  private func count(_ layout: ActivationLayout) -> Int {
    layout.format == .float32 ? 0 : layout.ofFloats.extent.roundedUp(to: 16)
  }
  private func offset(ofInput index: Int) -> Int { inputs[..<index].reduce(0) { $0 + count($1) } }
  private var outputOffset: Int { offset(ofInput: inputs.count) }
  private var innerScratch: Int { outputOffset + count(output) }
  var sharedScratchCount: Int { innerScratch + routine.sharedScratchCount }

  /// Addresses of the inputs, in the thread's scratch behind that of the routine.
  private var addressOffset: Int { routine.threadScratchCount.roundedUp(to: 16) }
  var threadScratchCount: Int {
    addressOffset + inputs.count * MemoryLayout<UnsafePointer<Float>>.stride / MemoryLayout<Float>.stride
  }

  /// Pixels that a work item converts.
  private static let pixelsPerItem = 64
  private func items(_ layout: ActivationLayout) -> Int {
    layout.format == .float32 ? 0 : layout.pixels.dividedRoundingUp(by: Self.pixelsPerItem)
  }
  var workItems: [Int] {
    [inputs.reduce(0) { $0 + items($1) }] + routine.workItems + [items(output)]
  }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    if phase == 0 { return widen(item: item, memory) }
    if phase == routine.workItems.count + 1 { return round(item: item, memory) }
    let addresses = UnsafeMutableRawPointer(memory.threadScratch + addressOffset)
      .bindMemory(to: UnsafePointer<Float>.self, capacity: inputs.count)
    for (index, layout) in inputs.enumerated() {
      addresses[index] =
        layout.format == .float32
        ? memory.inputs[index] : UnsafePointer(memory.sharedScratch + offset(ofInput: index))
    }
    routine.run(
      phase: phase - 1, item: item,
      memory: RoutineMemory(
        inputs: addresses,
        output: output.format == .float32 ? memory.output : memory.sharedScratch + outputOffset,
        packed: memory.packed, sharedScratch: memory.sharedScratch + innerScratch,
        threadScratch: memory.threadScratch))
  }

  private func widen(item: Int, _ memory: RoutineMemory) {
    var item = item
    for (index, layout) in inputs.enumerated() {
      if item < items(layout) {
        let (first, count) = pixels(of: item, layout)
        return layout.widen(
          memory.inputs[index], first: first, count: count,
          into: MutablePixels(
            memory.sharedScratch + offset(ofInput: index), stride: layout.ofFloats.pixelStride))
      }
      item -= items(layout)
    }
  }

  private func round(item: Int, _ memory: RoutineMemory) {
    let (first, count) = pixels(of: item, output)
    output.round(
      Pixels(memory.sharedScratch + outputOffset, stride: output.ofFloats.pixelStride), first: first,
      count: count, into: memory.output)
  }

  private func pixels(of item: Int, _ layout: ActivationLayout) -> (first: Int, count: Int) {
    let first = item * Self.pixelsPerItem
    return (first, min(Self.pixelsPerItem, layout.pixels - first))
  }
}

extension ActivationLayout {
  /// The layout in which floats take the place of bytes, without gaps; floats stay as they lie.
  fileprivate var ofFloats: ActivationLayout {
    format == .float32
      ? self : ActivationLayout(batch: batch, height: height, width: width, channels: channels)
  }

  /// Converts some pixels to floats, from this layout to one without gaps that starts at pixel 0.
  func widen(_ address: UnsafeRawPointer, first: Int, count: Int, into target: MutablePixels) {
    if case .bytes(let quantization) = format {
      let bytes = address.assumingMemoryBound(to: UInt8.self) + first * pixelStride
      Int8Elementwise.dequantize(
        BytePixels(bytes, stride: pixelStride, quantization), count: count, channels: channels,
        into: target.from(first), kernels: .best)
    } else {
      Elementwise.convert(
        Pixels(address, stride: pixelStride, format).from(first), count: count, channels: channels,
        into: target.from(first), kernels: .best)
    }
  }

  /// Converts some pixels from floats, the reverse of ``widen(_:first:count:into:)``.
  fileprivate func round(
    _ source: Pixels, first: Int, count: Int, into address: UnsafeMutableRawPointer
  ) {
    if case .bytes(let quantization) = format {
      let bytes = address.assumingMemoryBound(to: UInt8.self) + first * pixelStride
      Int8Elementwise.quantize(
        source.from(first), count: count, channels: channels,
        into: MutableBytePixels(bytes, stride: pixelStride, quantization), kernels: .best)
    } else {
      Elementwise.convert(
        source.from(first), count: count, channels: channels,
        into: MutablePixels(address, stride: pixelStride, format).from(first), kernels: .best)
    }
  }
}
