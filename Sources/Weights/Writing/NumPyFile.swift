import Files
import TensorCore

/// Reads and writes `.npy`, the format of tensors on the command line.
package enum NumPyFile {
  /// Reads an array of float32, float64 or float16, in C or Fortran order, as float32.
  ///
  /// Throws ``CheckpointError``.
  package static func read(path: String) throws(CheckpointError) -> (shape: Shape, values: [Float]) {
    let source = try ByteSource(path: path)
    let file = try Checkpoint(source)
    guard file.format == .npy, let tensor = file.tensors.first, tensor.elementType.isFloatingPoint,
      let array = try StateDict(file)[tensor.name]
    else { throw source.unusable(.notANumPyArray) }
    return array
  }

  /// Writes float32 in C order, version 1.0, atomically.
  ///
  /// There must be as many `values` as `shape` has elements. Throws ``FileError``.
  package static func write(_ values: [Float], shape: Shape, to path: String) throws(FileError) {
    precondition(values.count == shape.count)
    let header = header(shape)
    try unsafe AtomicFile.write(to: path) { append throws(FileError) in
      try unsafe header.withUnsafeBufferPointer { bytes throws(FileError) in
        try unsafe append(UnsafeRawBufferPointer(bytes))
      }
      try unsafe values.withUnsafeBufferPointer { floats throws(FileError) in
        try unsafe append(UnsafeRawBufferPointer(floats))
      }
    }
  }

  /// What stands before the elements: version 1.0, float32 in C order.
  static func header(_ shape: Shape) -> [UInt8] {
    let extents = shape.dimensions.map { "\($0)," }.joined(separator: " ")
    // NumPy writes `(5,)` but `(2, 3)`.
    let tuple = shape.rank > 1 ? String(extents.dropLast()) : extents
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(tuple)), }"
    let preamble = 10
    let length = (preamble + text.utf8.count + 1).roundedUp(to: 64) - preamble
    let blanks = String(repeating: " ", count: length - text.utf8.count - 1)
    return NumPyHeader.magic + [
      1, 0, UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8),
    ]
      + Array((text + blanks + "\n").utf8)
  }
}
