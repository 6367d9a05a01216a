import TensorCore

/// A tensor in a weight file: its type, shape and position.
package struct TensorEntry: Hashable, Sendable {
  /// Name in the state dict, without wrappers and `module.`.
  package internal(set) var name: String
  /// Shape, outermost first.
  package let shape: Shape
  /// Encoding of its elements.
  package let elementType: ElementType
  /// Whether the bytes of an element are in big-endian order: a NumPy array of type `>f4`.
  let isBigEndian: Bool
  /// Distance in elements between neighbors along each axis; `nil` for dense row-major order.
  package let strides: [Int]?
  /// Size of its elements in bytes.
  package let byteCount: Int
  /// Offset of its storage or archive member in the file.
  package var storageOffset: Int { extent.offset }

  /// The extent that contains the elements.
  let extent: Extent
  /// Offset of the first element in the decompressed extent.
  let firstByte: Int
  /// Number of elements from the first to the last.
  let span: Int

  /// Checks shape, strides and position against the extent.
  ///
  /// Throws ``CheckpointDefect``.
  init(
    name: String, shape: [Int], strides: [Int]? = nil, elementType: ElementType, isBigEndian: Bool = false,
    in extent: Extent, firstByte: Int
  ) throws(CheckpointDefect) {
    let label = Label(name)
    guard shape.count <= CheckpointLimits.rank else { throw .rank(tensor: label, rank: shape.count) }
    let shape = Shape(shape)
    guard let count = shape.checkedCount, let byteCount = count.multipliedIfFits(by: elementType.byteCount)
    else { throw .shape(tensor: label, shape: shape) }

    var strides = strides
    if let given = strides {
      guard given.count == shape.rank, given.allSatisfy({ $0 >= 0 }) else {
        throw .strides(tensor: label, strides: given, shape: shape)
      }
      if TensorEntry.isRowMajor(given, shape) { strides = nil }
    }
    guard let span = TensorEntry.span(of: shape, count: count, strides: strides),
      let spanBytes = span.multipliedIfFits(by: elementType.byteCount),
      let end = firstByte.addedIfFits(spanBytes), firstByte >= 0, end <= extent.count
    else { throw .outsideStorage(tensor: label, shape: shape, held: extent.count) }
    // Decompressing far more than the tensor needs would let a small file use the memory of a large one.
    guard !extent.isDeflated || span <= count else { throw .sparseInDeflated(tensor: label) }

    self.name = name
    self.shape = shape
    self.strides = strides
    self.elementType = elementType
    self.isBigEndian = isBigEndian
    self.byteCount = byteCount
    self.extent = extent
    self.firstByte = firstByte
    self.span = span
  }

  /// Axes of one element may have any stride.
  private static func isRowMajor(_ strides: [Int], _ shape: Shape) -> Bool {
    if shape.dimensions.contains(0) { return true }
    var expected = 1
    for axis in strides.indices.reversed() where shape[axis] != 1 {
      guard strides[axis] == expected else { return false }
      expected *= shape[axis]
    }
    return true
  }

  private static func span(of shape: Shape, count: Int, strides: [Int]?) -> Int? {
    guard let strides, count > 0 else { return count }
    var last = 0
    for (axis, stride) in strides.enumerated() {
      guard let step = stride.multipliedIfFits(by: shape[axis] - 1), let sum = last.addedIfFits(step)
      else { return nil }
      last = sum
    }
    return last.addedIfFits(1)
  }
}

/// Limits on the resources that a weight file can claim; messages that refuse a file name the limit.
enum CheckpointLimits {
  /// Axes of a tensor.
  static let rank = 8
  /// Nested marks of a pickle.
  static let depth = 64
  /// Bytes of a safetensors header, the format's own limit.
  static let safetensorsHeader = 100_000_000
  /// Bytes of a pickle; in published checkpoints it is smaller than a megabyte.
  static let pickle = 1 << 24
  /// Bytes of a pickle for each byte of its deflated form; repetitive as pickles are, they shrink to a tenth.
  static let pickleRatio = 64
  /// Values that a pickle may make at once, whatever its size: some 150 MB.
  static let pickleNodes = 1 << 22
  /// Bytes and values that a pickle may have however small the file is.
  static let pickleFloor = 1 << 20
  /// Bytes of the name of a module, a class or a function in a pickle.
  static let pickleName = 512
  /// Arguments of a call that makes part of a state dict.
  static let pickleArguments = 16
  /// Steps of the search through what a pickle built: shared values are passed again and again.
  static let searchSteps = 1 << 22
  /// Bytes of all names that the search joins, for each byte of the pickle, and beyond that.
  static let searchNames = (factor: 4, floor: 1 << 20)
  /// Tensors of a file, of which the largest networks have some ten thousand.
  static let tensors = 1 << 18
  /// Bytes of the header of an `.npy`.
  static let numPyHeader = 1 << 16
  /// The highest compression ratio of deflate.
  static let deflateRatio = 1032
  /// How many times larger than the file all tensors may be; tensors may share bytes.
  static let sharing = 2
}
