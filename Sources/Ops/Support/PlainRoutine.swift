import GraphIR

/// A routine that reads its parameters as the checkpoint has them, and needs no scratch.
protocol DirectRoutine: DirectRoutine {}

extension DirectRoutine {
}

/// A routine that has no parameters either.
protocol PlainRoutine: DirectRoutine {}

extension PlainRoutine {
  var packedCount: Int { 0 }
  func directOffset(ofParameter index: Int) -> Int? { nil }
}
