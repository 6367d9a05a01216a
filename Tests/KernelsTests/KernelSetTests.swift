import Kernels
import Testing

/// The choice of a set of kernels by name.
@Suite struct KernelSetTests {
  @Test func everyAvailableSetHasItsName() throws {
    #expect(KernelSet.available.last?.name == "portable")
    for set in KernelSet.available {
      let named = try KernelSet.named(set.name)
      #expect(named.name == set.name)
    }
  }

  /// The error says what was asked for, and what there is.
  @Test(arguments: ["sse9", "AVX2", " portable", ""]) func otherNamesAreErrors(name: String) {
    let known = KernelSet.available.map(\.name)
    let error = #expect(throws: KernelSetError.self) { try KernelSet.named(name) }
    #expect(error?.name == name && error?.available == known)
    #expect(
      error?.description
        == "CNNZOO_SIMD: no kernels named \"\(name)\" on this CPU; use \(known.joined(separator: ", ")), or unset it"
    )
  }
}
