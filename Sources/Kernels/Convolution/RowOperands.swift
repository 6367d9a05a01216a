import CKernels
import TensorCore

/// Pointers to rows of the input, in the scratch of a thread.
enum RowPointers {
  /// Floats of scratch for `count` pointers.
  static func floats(_ count: Int) -> Int {
    count * MemoryLayout<UnsafePointer<Float>>.stride / MemoryLayout<Float>.stride
  }

  /// The pointers at the start of a scratch.
  static func bind(
    _ scratch: UnsafeMutablePointer<Float>, count: Int
  ) -> UnsafeMutablePointer<UnsafePointer<Float>?> {
    UnsafeMutableRawPointer(scratch).bindMemory(to: UnsafePointer<Float>?.self, capacity: count)
  }
}

extension ConvolutionGeometry {
  /// Writes, for each row of the kernel, the address of the input row that a row of output pixels reads, counted
  /// over the whole batch; `nil` in the padding.
  func pointAtRows(
    of row: Int, input pointer: UnsafePointer<Float>, _ rows: UnsafeMutablePointer<UnsafePointer<Float>?>
  ) {
    let (image, y) = row.quotientAndRemainder(dividingBy: output.height)
    let top = y * window.height.stride - window.height.leadingPadding
    for ky in 0..<window.height.kernel {
      let y = top + ky * window.height.dilation
      let pixel = (image * input.height + y) * input.width
      rows[ky] = y >= 0 && y < input.height ? pointer + pixel * input.pixelStride : nil
    }
  }

  /// Where the results of the pixels from `pixel` on go, from a channel on.
  func result(
    of pixel: Int, channel: Int, _ operands: ConvolutionOperands, _ activation: Activation
  ) -> ck_pixel_result {
    var result = ck_pixel_result()
    if let residual = operands.residual {
      result.residual = residual.from(pixel, channel: channel).pointer
      result.residual_stride = residual.stride
    }
    result.output = operands.output + pixel * output.pixelStride + channel
    result.output_stride = output.pixelStride
    result.activation = ck_activation(activation)
    return result
  }

  /// The same for a matrix kernel, which starts from the bias of the channel and of those after it.
  func matrixResult(
    of pixel: Int, channel: Int, bias: UnsafePointer<Float>, _ operands: ConvolutionOperands,
    _ activation: Activation
  ) -> ck_matrix_result {
    let place = result(of: pixel, channel: channel, operands, activation)
    return ck_matrix_result(
      bias: bias, residual: place.residual, residual_stride: place.residual_stride, output: place.output,
      output_stride: place.output_stride, activation: place.activation)
  }
}
