/// Strides of an array whose first axis changes fastest: Fortran's order.
///
/// The product of the extents fits.
func columnMajorStrides(_ shape: [Int]) -> [Int] {
  var step = 1
  return shape.map { extent in
    defer { step *= extent }
    return step
  }
}

/// Copies a strided tensor into row-major order.
func gather<Element>(
  _ source: UnsafeBufferPointer<Element>, shape: [Int], strides: [Int],
  into destination: UnsafeMutableBufferPointer<Element>
) {
  guard let rowLength = shape.last, let step = strides.last else { return }
  var index = [Int](repeating: 0, count: shape.count - 1)
  var start = 0
  for row in stride(from: 0, to: destination.count, by: rowLength) {
    for column in 0..<rowLength { unsafe destination[row + column] = unsafe source[start + column * step] }
    // Counts like an odometer: the innermost of the outer axes changes fastest.
    for axis in index.indices.reversed() {
      index[axis] += 1
      start += strides[axis]
      if index[axis] < shape[axis] { break }
      start -= shape[axis] * strides[axis]
      index[axis] = 0
    }
  }
}
