extension Range<Int> {
  /// This part of a flat buffer of floats, cut into pieces of at most 256 KB that threads can share.
  var pieces: [Range<Int>] {
    let length = 65_536
    return stride(from: lowerBound, to: upperBound, by: length).map {
      $0..<Swift.min($0 + length, upperBound)
    }
  }
}
