import GraphIR
import Kernels
import TensorCore

/// Runs the routine of an operator that needs floats between values that are bytes: widens the inputs into scratch,
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
    layout.quantization == nil ? 0 : layout.ofFloats.extent.roundedUp(to: 16)
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
    layout.quantization == nil ? 0 : layout.pixels.dividedRoundingUp(by: Self.pixelsPerItem)
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
        layout.quantization == nil
        ? memory.inputs[index] : UnsafePointer(memory.sharedScratch + offset(ofInput: index))
    }
    routine.run(
      phase: phase - 1, item: item,
      memory: RoutineMemory(
        inputs: addresses,
        output: output.quantization == nil ? memory.output : memory.sharedScratch + outputOffset,
        packed: memory.packed, sharedScratch: memory.sharedScratch + innerScratch,
        threadScratch: memory.threadScratch))
  }

  private func widen(item: Int, _ memory: RoutineMemory) {
    var item = item
    for (index, layout) in inputs.enumerated() {
      if item < items(layout), let quantization = layout.quantization {
        let (first, count) = pixels(of: item, layout)
        let bytes = UnsafeRawPointer(memory.inputs[index]).assumingMemoryBound(to: UInt8.self)
        let target = MutablePixels(
          memory.sharedScratch + offset(ofInput: index), stride: layout.ofFloats.pixelStride)
        return Int8Elementwise.dequantize(
          BytePixels(bytes + first * layout.pixelStride, stride: layout.pixelStride, quantization),
          count: count, channels: layout.channels, into: target.from(first), kernels: .best)
      }
      item -= items(layout)
    }
  }

  private func round(item: Int, _ memory: RoutineMemory) {
    guard let quantization = output.quantization else { return }
    let (first, count) = pixels(of: item, output)
    let bytes = UnsafeMutableRawPointer(memory.output).assumingMemoryBound(to: UInt8.self)
    let result = Pixels(memory.sharedScratch + outputOffset, stride: output.ofFloats.pixelStride)
    Int8Elementwise.quantize(
      result.from(first), count: count, channels: output.channels,
      into: MutableBytePixels(
        bytes + first * output.pixelStride, stride: output.pixelStride, quantization), kernels: .best)
  }

  private func pixels(of item: Int, _ layout: ActivationLayout) -> (first: Int, count: Int) {
    let first = item * Self.pixelsPerItem
    return (first, min(Self.pixelsPerItem, layout.pixels - first))
  }
}

extension ActivationLayout {
  /// The layout in which floats take the place of bytes, without gaps; floats stay as they lie.
  fileprivate var ofFloats: ActivationLayout {
    quantization == nil
      ? self : ActivationLayout(batch: batch, height: height, width: width, channels: channels)
  }
}
