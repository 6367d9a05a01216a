import TensorCore

extension JSON {
  /// A shape as an array.
  package static func shape(_ shape: Shape) -> JSON { .array(shape.dimensions.map(JSON.integer)) }
}
