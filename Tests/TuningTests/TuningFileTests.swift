import Testing
import Tuning

@Suite struct TuningFileTests {
  static let file = TuningFile(
    cpu: "Maker 25 1 Model",
    winners: [
      .init(instructionSet: "avx2", threads: 2, problem: "conv 3x3 to 1x64x56x56/64"): "winograd_4",
      .init(instructionSet: "avx2", threads: 1, problem: "conv 3x3 to 1x64x56x56/64"): "winograd_6",
      .init(instructionSet: "portable", threads: 2, problem: "conv 1x1"): "implicit_gemm",
    ])

  @Test func comesBackAsItWas() throws {
    #expect(try TuningFile(TuningFileTests.file.bytes, cpu: "Maker 25 1 Model") == TuningFileTests.file)
    let empty = TuningFile(cpu: "x")
    #expect(try TuningFile(empty.bytes, cpu: "x") == empty)
  }

  @Test func otherCPUAndOtherVersionAreTold() {
    #expect(throws: TuningFileError.otherCPU) {
      try TuningFile(TuningFileTests.file.bytes, cpu: "Maker 25 1 Model 2")
    }
    let later = Array("cnnzoo tuning 99\n".utf8) + TuningFileTests.file.bytes
    #expect(throws: TuningFileError.otherVersion) { try TuningFile(later, cpu: "Maker 25 1 Model") }
  }

  /// A truncated file, or one with a flipped bit, is never accepted.
  @Test func damageIsSeen() {
    let bytes = TuningFileTests.file.bytes
    for length in 0..<bytes.count {
      #expect(throws: TuningFileError.self, "cut after \(length)") {
        try TuningFile(Array(bytes[..<length]), cpu: "Maker 25 1 Model")
      }
    }
    for index in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << bit
        #expect(throws: TuningFileError.self, "byte \(index), bit \(bit)") {
          try TuningFile(changed, cpu: "Maker 25 1 Model")
        }
      }
    }
  }

  /// Lines are checked even if the hash is right, as in a file that another program made.
  @Test(arguments: [
    "avx2\t2\tproblem", "avx2\t0\tproblem\twinograd_4", "avx2\ttwo\tproblem\twinograd_4", "avx2\t2\t\tname",
    "avx2\t99999999999999999999\tproblem\tname", "avx2\t2\tproblem\tname\tmore", "",
    "avx2\t2\tproblem\tone\navx2\t2\tproblem\ttwo",
  ])
  func wrongLinesAreRefused(lines: String) {
    let head = "cnnzoo tuning 1\ncpu x\n\(lines)\n"
    let count = lines.split(separator: "\n", omittingEmptySubsequences: false).count
    let hash = head.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let text = head + "end \(count) \(String(hash, radix: 16))\n"
    #expect(throws: TuningFileError.self) { try TuningFile(Array(text.utf8), cpu: "x") }
  }
}
