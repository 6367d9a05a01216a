/// Output channels of an inception module's six convolutions: a row of table 1 of Szegedy et al., 2015.
struct InceptionModule: Hashable, Sendable {
  let one: Int  // #1×1
  let threeReduce: Int  // #3×3 reduce
  let three: Int  // #3×3
  let fiveReduce: Int  // #5×5 reduce
  let five: Int  // #5×5
  let projection: Int  // pool proj

  init(_ one: Int, _ threeReduce: Int, _ three: Int, _ fiveReduce: Int, _ five: Int, _ projection: Int) {
    self.one = one
    self.threeReduce = threeReduce
    self.three = three
    self.fiveReduce = fiveReduce
    self.five = five
    self.projection = projection
  }

  static let inception3a = InceptionModule(64, 96, 128, 16, 32, 32)
  static let inception3b = InceptionModule(128, 128, 192, 32, 96, 64)
  static let inception4a = InceptionModule(192, 96, 208, 16, 48, 64)
  static let inception4b = InceptionModule(160, 112, 224, 24, 64, 64)
  static let inception4c = InceptionModule(128, 128, 256, 24, 64, 64)
  static let inception4d = InceptionModule(112, 144, 288, 32, 64, 64)
  static let inception4e = InceptionModule(256, 160, 320, 32, 128, 128)
  static let inception5a = InceptionModule(256, 160, 320, 32, 128, 128)
  static let inception5b = InceptionModule(384, 192, 384, 48, 128, 128)
}
