/// The bytes of an encoded image, shared by everything that decodes them.
@safe final class ImageBytes {
  /// The bytes; they live as long as this object.
  let storage: UnsafeMutableBufferPointer<UInt8>

  /// Uninitialized memory for `count` bytes.
  init(count: Int) { unsafe storage = .allocate(capacity: count) }

  /// A copy of `bytes`.
  convenience init(_ bytes: [UInt8]) {
    self.init(count: bytes.count)
    _ = unsafe storage.initialize(from: bytes)
  }

  deinit { unsafe storage.deallocate() }

  /// The number of bytes.
  var count: Int { unsafe storage.count }
}
