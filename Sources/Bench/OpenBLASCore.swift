/// The kernels that OpenBLAS chose, held against what the CPU can do.
///
/// An OpenBLAS that is older than the CPU does not know it and takes kernels for another one.
package enum OpenBLASCore {
  /// Vector instructions of x86-64, in the order in which they came.
  private enum Level: Int {
    case sse
    case avx
    case avx2
    case avx512

    var name: String {
      switch self {
      case .sse: "SSE"
      case .avx: "AVX"
      case .avx2: "AVX2"
      case .avx512: "AVX-512"
      }
    }
  }

  private static let cores: [Level: [String]] = [
    .avx512: ["skylakex", "cooperlake", "sapphirerapids"],
    .avx2: ["haswell", "zen", "excavator"],
    .avx: ["sandybridge", "bulldozer", "piledriver", "steamroller"],
    .sse: [
      "katmai", "coppermine", "northwood", "banias", "prescott", "core2", "penryn", "dunnington", "nehalem",
      "atom",
      "nano", "athlon", "opteron", "opteron_sse3", "barcelona", "bobcat", "generic",
    ],
  ]

  /// A sentence for whoever compares with `sgemm`, where OpenBLAS does not use what the CPU has; `nil` where it does,
  /// and for names that are not known.
  ///
  /// - Parameters:
  ///   - core: What OpenBLAS calls its kernels.
  ///   - instructionSet: The fastest set of kernels of cnnzoo that the CPU runs.
  /// - Returns: The sentence.
  package static func mismatch(_ core: String, instructionSet: String) -> String? {
    let levels: [String: Level] = ["avx512": .avx512, "avx2": .avx2]
    guard let cpu = levels[instructionSet],
      let used = cores.first(where: { $0.value.contains(core.lowercased()) })?.key,
      used.rawValue < cpu.rawValue
    else { return nil }
    return
      "OpenBLAS uses its \(core) kernels (\(used.name)) on a CPU with \(cpu.name), so sgemm is slower than it"
      + " could be: check OPENBLAS_CORETYPE, or use a newer OpenBLAS"
  }
}
