import Bench
import Testing

/// Kernels of OpenBLAS that are older than the CPU.
@Suite struct OpenBLASCoreTests {
  @Test(arguments: [("Haswell", "avx512"), ("Zen", "avx512"), ("Nehalem", "avx2"), ("Prescott", "avx512")])
  func olderKernelsAreNamed(core: String, instructionSet: String) throws {
    let sentence = try #require(OpenBLASCore.mismatch(core, instructionSet: instructionSet))
    #expect(sentence.contains(core) && !sentence.contains("\n"))
  }

  @Test(arguments: [
    ("SkylakeX", "avx512"), ("Cooperlake", "avx512"), ("Haswell", "avx2"), ("Zen", "avx2"),
    ("Nehalem", "portable"),
    ("NeoverseN1", "neon"), ("LaterThanThis", "avx512"),
  ]) func fittingAndUnknownOnesAreNot(core: String, instructionSet: String) {
    #expect(OpenBLASCore.mismatch(core, instructionSet: instructionSet) == nil)
  }
}
