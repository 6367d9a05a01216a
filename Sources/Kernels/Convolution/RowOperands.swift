import CKernels
import TensorCore

/// Pointers to rows of the input, in the scratch of a thread.
enum RowPointers {
  /// Floats of scratch for `count` pointers.
  static func floats(_ count: Int) -> Int {
    count * MemoryLayout<UnsafeRawPointer>.stride / MemoryLayout<Float>.stride
  }

  /// The pointers at the start of a scratch.
  static func bind(
    _ scratch: UnsafeMutablePointer<Float>, count: Int
  ) -> UnsafeMutablePointer<UnsafeRawPointer?> {
    UnsafeMutableRawPointer(scratch).bindMemory(to: UnsafeRawPointer?.self, capacity: count)
  }
}

extension ConvolutionGeometry {
  /// Writes, for each row of the kernel, the address of the input row that a row of output pixels reads, counted
  /// over the whole batch; `nil` in the padding.
  func pointAtRows(
    of row: Int, input pixels: Pixels, _ rows: UnsafeMutablePointer<UnsafeRawPointer?>
  ) {
    for ky in 0..<window.height.kernel {
      rows[ky] = inputRow(of: row, kernelRow: ky).map { pixels.from($0).address }
    }
  }

  /// The first pixel of the input row that a row of output pixels reads with a row of the kernel, both counted over the
  /// whole batch; `nil` in the padding.
  func inputRow(of row: Int, kernelRow: Int) -> Int? {
    let (image, y) = row.quotientAndRemainder(dividingBy: output.height)
    let inputY = y * window.height.stride - window.height.leadingPadding + kernelRow * window.height.dilation
    return inputY >= 0 && inputY < input.height ? (image * input.height + inputY) * input.width : nil
  }

  /// The pixels of the input.
  func inputPixels(_ operands: ConvolutionOperands) -> Pixels {
    Pixels(operands.input, stride: input.pixelStride, input.format)
  }

  /// The pixels of the output.
  func outputPixels(_ operands: ConvolutionOperands) -> MutablePixels {
    MutablePixels(operands.output, stride: output.pixelStride, output.format)
  }

  /// Where the results of the pixels from `pixel` on go, from a channel on.
  func result(
    of pixel: Int, channel: Int, _ operands: ConvolutionOperands, _ activation: Activation
  ) -> ck_pixel_result {
    var result = ck_pixel_result()
    if let residual = operands.residual {
      result.residual = residual.from(pixel, channel: channel).address
      result.residual_stride = residual.stride
    }
    result.output = outputPixels(operands).from(pixel, channel: channel).address
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
