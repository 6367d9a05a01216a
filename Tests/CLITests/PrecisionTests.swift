import Support
import Testing

/// What `--precision` says about options that have no effect in it.
@Suite struct PrecisionTests {
  private func run(_ options: String...) throws -> CommandRun {
    try CommandRun.cnnzoo(
      ["bench", "squeezenet1_1", "--input-size", "64", "--runs", "1", "--seconds", "0", "--threads", "1"]
        + options)
  }

  /// An algorithm without a form in the precision is said to be set aside; any other, and the default, need no words.
  @Test(arguments: [("bf16", "strassen"), ("bf16", "implicit_gemm"), ("int8", "winograd_4")])
  func algorithmsWithoutAForm(precision: String, algorithm: String) throws {
    let asked = try run("--precision", precision, "--convolution", algorithm)
    #expect(asked.status == 0, "\(asked.errors)")
    // A CPU that does not multiply bfloat16 computes float32, by the algorithm.
    let hasForm = asked.errors.contains("without AVX512_BF16")
    #expect(asked.errors.contains("--convolution \(algorithm): ") == !hasForm, "\(asked.errors)")
    let plain = try run("--precision", precision)
    #expect(plain.status == 0 && !plain.errors.contains("--convolution"), "\(plain.errors)")
  }

  @Test func algorithmsWithAForm() throws {
    let run = try run("--precision", "bf16", "--convolution", "winograd_4")
    #expect(run.status == 0 && !run.errors.contains("--convolution"), "\(run.errors)")
  }
}
