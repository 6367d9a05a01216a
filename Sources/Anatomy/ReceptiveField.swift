import GraphIR
import TensorCore

/// The input pixels that one output pixel sees, by height and width: the theoretical field, which may
/// reach over the image's edge.
package struct ReceptiveField: Hashable, Sendable {
  /// Rows.
  package let height: Int
  /// Columns.
  package let width: Int
  /// Rows of the input between two neighboring outputs.
  let heightStep: Int
  /// Columns of the input between two neighboring outputs.
  let widthStep: Int

  /// A pixel of the image: it sees itself.
  static let pixel = ReceptiveField(height: 1, width: 1, heightStep: 1, widthStep: 1)

  /// The field behind an operator that reads a map of `shape` whose pixels have this field.
  ///
  /// A kernel of k elements, d apart, adds (k - 1) · d steps of its input. An operator that sees its whole
  /// input is a kernel as large as that input.
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

  /// The field of a pixel that is made of one pixel of each of two maps.
  func joined(with other: ReceptiveField) -> ReceptiveField {
    ReceptiveField(
      height: max(height, other.height), width: max(width, other.width),
      heightStep: max(heightStep, other.heightStep), widthStep: max(widthStep, other.widthStep))
  }
}
