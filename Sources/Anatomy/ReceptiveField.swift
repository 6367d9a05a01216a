import GraphIR
import TensorCore

/// The size of the area of the image that one output pixel depends on: the theoretical receptive field, which may
/// extend past the edges of the image.
package struct ReceptiveField: Hashable, Sendable {
  /// Rows.
  package let height: Int
  /// Columns.
  package let width: Int
  /// Rows of the image between two neighboring outputs.
  let heightStep: Int
  /// Columns of the image between two neighboring outputs.
  let widthStep: Int

  /// The field of a pixel of the image: the pixel itself.
  static let pixel = ReceptiveField(height: 1, width: 1, heightStep: 1, widthStep: 1)

  /// The field of an operator's output, if the pixels of its input of `shape` have this field.
  ///
  /// A kernel of k elements with dilation d adds (k - 1) · d steps of its input. An operator that depends on
  /// its whole input is like a kernel as large as that input.
  func seen(through footprint: Footprint, of shape: Shape) -> ReceptiveField {
    switch footprint {
    case .pixel:
      self
    case .window(let kernel, let stride, let dilation):
      ReceptiveField(
        height: height + (kernel[0] - 1) * dilation[0] * heightStep,
        width: width + (kernel[1] - 1) * dilation[1] * widthStep,
        heightStep: heightStep * stride[0], widthStep: widthStep * stride[1])
    case .whole:
      ReceptiveField(
        height: height + (shape.height - 1) * heightStep,
        width: width + (shape.width - 1) * widthStep, heightStep: heightStep, widthStep: widthStep)
    }
  }

  /// The field of a pixel that depends on one pixel of each of two inputs.
  func joined(with other: ReceptiveField) -> ReceptiveField {
    ReceptiveField(
      height: max(height, other.height), width: max(width, other.width),
      heightStep: max(heightStep, other.heightStep), widthStep: max(widthStep, other.widthStep))
  }
}
