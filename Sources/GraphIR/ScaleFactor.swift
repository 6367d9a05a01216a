/// What an operator multiplies its input by, the same at every pixel.
package enum ScaleFactor: Hashable, Sendable {
  /// One number.
  case constant(Double)
  /// A learned number for each channel, as many as the parameter has elements.
  case channels(Parameter)

  /// The checkpoint tensors that it reads.
  package var tensors: [Parameter] {
    switch self {
    case .constant: []
    case .channels(let parameter): [parameter]
    }
  }
}
