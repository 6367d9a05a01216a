import GraphIR
import Kernels
import TensorCore

extension RoutineMemory {
  /// The pixels of an input of bytes, from `first` on.
  func bytes(ofInput index: Int, _ layout: ActivationLayout, from first: Int = 0) -> BytePixels {
    BytePixels(
      byteInput(index) + first * layout.pixelStride, stride: layout.pixelStride, layout.byteQuantization)
  }

  /// The pixels of an output of bytes, from `first` on.
  func outputBytes(_ layout: ActivationLayout, from first: Int = 0) -> MutableBytePixels {
    let start = UnsafeMutableRawPointer(output).assumingMemoryBound(to: UInt8.self)
    return MutableBytePixels(
      start + first * layout.pixelStride, stride: layout.pixelStride, layout.byteQuantization)
  }

  /// First byte of an input.
  func byteInput(_ index: Int) -> UnsafePointer<UInt8> {
    UnsafeRawPointer(inputs[index]).assumingMemoryBound(to: UInt8.self)
  }
}

extension ActivationLayout {
  /// What its bytes stand for, where it is known to be bytes.
  var byteQuantization: Quantization { quantization ?? Quantization(scale: 1, zeroPoint: 0) }
}
