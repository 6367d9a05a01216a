import Kernels

extension ConvolutionAlgorithm {
  /// Names of Winograd's algorithms, to switch them off.
  package static let winogradNames = Set(Winograd.tileSizes.map { ConvolutionAlgorithm.winograd(m: $0).name })
}
