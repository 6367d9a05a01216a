import GraphIR
import Kernels
import TensorCore

/// A convolution or a linear layer on bytes.
///
/// Parameters: weight, scale of each output's weights, bias if there is one.
struct Int8ProductRoutine: Routine {
  private let product: any Int8Product
  private let hasResidual: Bool

  /// A layer with a certain geometry, whose input and residual are bytes.
  init(
    _ geometry: ConvolutionGeometry, _ activation: Activation, residual: ActivationLayout?
  ) {
    let input = geometry.input.byteQuantization
    product =
      Int8Depthwise.suits(geometry)
      ? Int8Depthwise(geometry, input: input, activation, residual: residual, kernels: .best)
      : Int8GEMM(geometry, input: input, activation, residual: residual, kernels: .best)
    hasResidual = residual != nil
  }

  /// Whether there is an algorithm for a convolution.
  static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    Int8GEMM.suits(geometry) || Int8Depthwise.suits(geometry)
  }

  var algorithm: String { product.name }
  var packedCount: Int { product.packedCount }
  func directOffset(ofParameter index: Int) -> Int? { nil }
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { product.threadScratchCount }
  var workItems: [Int] { [product.workItemCount] }

  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {
    let addresses = parameters.compactMap(\.baseAddress)
    guard addresses.count > 1 else { return }
    product.pack(
      Int8Parameters(
        weight: addresses[0], scale: addresses[1], bias: addresses.count > 2 ? addresses[2] : nil),
      into: packed)
  }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    product.run(
      item: item,
      Int8Operands(
        input: memory.byteInput(0), residual: hasResidual ? memory.byteInput(1) : nil, packed: memory.packed,
        threadScratch: memory.threadScratch, output: UnsafeMutableRawPointer(memory.output)))
  }
}
