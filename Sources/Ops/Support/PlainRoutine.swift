import GraphIR

/// A routine that reads its parameters as a checkpoint stores them, and needs no scratch.
protocol DirectRoutine: Routine {}

extension DirectRoutine {
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {}
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }
}

/// A routine that has no parameters, and needs no scratch.
protocol PlainRoutine: DirectRoutine {}

extension PlainRoutine {
  var packedCount: Int { 0 }
  func directOffset(ofParameter index: Int) -> Int? { nil }
}
