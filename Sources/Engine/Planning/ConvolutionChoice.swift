import Kernels

/// How a user wants convolutions to be computed.
package enum ConvolutionChoice: Hashable, Sendable {
  /// Each by the algorithm with the least expected time.
  case automatic
  /// By this algorithm wherever it can compute the convolution, and automatically elsewhere.
  case algorithm(ConvolutionAlgorithm)

  /// Everything by im2col and OpenBLAS's `sgemm`: convolutions, and in training also their gradients.
  ///
  /// It can compute every convolution of floats, so none of them is left to the automatic choice. Between feature maps in
  /// bfloat16 it is `sbgemm`, where the library has that.
  package static let openBLAS = algorithm(.im2col)

  /// The choice that a command line names, or `nil` if there is none of that name.
  package init?(name: String) {
    switch name {
    case Self.automatic.name: self = .automatic
    case Self.openBLAS.name: self = .openBLAS
    default:
      guard let algorithm = ConvolutionAlgorithm.allCases.first(where: { $0.name == name }) else {
        return nil
      }
      self = .algorithm(algorithm)
    }
  }

  /// Every name: `auto`, `openblas`, then the algorithms' own, of which `im2col` is another word for `openblas`.
  package static let names = [automatic.name, openBLAS.name] + ConvolutionAlgorithm.allCases.map(\.name)

  /// The name that reports give it: `auto`, `openblas`, `winograd_4`.
  package var name: String {
    switch self {
    case .automatic: "auto"
    case .openBLAS: "openblas"
    case .algorithm(let algorithm): algorithm.name
    }
  }

  /// Whether layers between feature maps in bfloat16 are left to the automatic choice, though an algorithm is asked for.
  package var hasNoBFloat16: Bool {
    switch self {
    case .automatic: false
    case .algorithm(let algorithm): algorithm.readsFloats
    }
  }

  /// The algorithm that is asked for, by its own name.
  package var algorithm: String? {
    switch self {
    case .automatic: nil
    case .algorithm(let algorithm): algorithm.name
    }
  }
}
