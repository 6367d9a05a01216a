import TensorCore

extension Table.Cell {
  /// A shape: `1×64×112×112` for people, `1x64x112x112` for programs.
  static func shape(_ shape: Shape) -> Table.Cell {
    Table.Cell("\(shape)", raw: shape.dimensions.map(String.init).joined(separator: "x"))
  }
}
