/// How operations on a training image are drawn, each with its magnitude.
package enum AugmentationPolicy: Hashable, Sendable {
  /// One of the 25 pairs of operations that were learned on ImageNet (Cubuk et al., 2019, arXiv:1805.09501, table 9).
  case autoAugment
  /// Two operations of the same magnitude, from 0 to 30 (Cubuk et al., 2020, arXiv:1909.13719).
  case randAugment(magnitude: Int)
  /// One operation of random magnitude, in the wide space (Müller and Hutter, 2021, arXiv:2103.10158).
  case trivialAugment
}

extension AugmentationPolicy: CustomStringConvertible {
  /// As `--augment` has it.
  package var description: String {
    switch self {
    case .autoAugment: "auto-augment"
    case .randAugment(let magnitude): "rand-augment=\(magnitude)"
    case .trivialAugment: "trivial-augment"
    }
  }
}
