/// How a training image is varied, so that the network never sees it twice alike.
///
/// All random numbers come from the sample's generator, in a fixed order, so that an augmented image is a pure function
/// of seed, epoch and sample.
package struct Augmentation: Hashable, Sendable {
  /// Zero padding before a random crop to the network's input size; 0 for none.
  package var padCrop = 0
  /// Whether to flip half of the images horizontally.
  package var flips = false
  /// Smallest share of the area that a random resized crop keeps (Szegedy et al., 2015); `nil` for none.
  package var resizedCrop: Double?
  /// Which operations vary the image further; `nil` for none.
  package var policy: AugmentationPolicy?
  /// Largest change of brightness, contrast and saturation; 0 for none.
  package var jitter = 0.0
  /// Standard deviation of the noise along the principal colors (Krizhevsky et al., 2012, section 4.1); 0 for none.
  package var lighting = 0.0
  /// Side of a randomly placed square that is erased (DeVries and Taylor 2017, arXiv:1708.04552); 0 for none.
  package var cutout = 0
  /// Probability of erasing a random rectangle (Zhong et al., 2017, arXiv:1708.04896).
  package var erasing = 0.0
  /// α of the Beta distribution that mixup draws its proportions from (Zhang et al., 2018, arXiv:1710.09412); 0 for
  /// none.
  package var mixup = 0.0
  /// α of the Beta distribution that CutMix draws its proportions from (Yun et al., 2019, arXiv:1905.04899); 0 for
  /// none.
  ///
  /// With ``mixup`` as well, each batch gets one of the two.
  package var cutmix = 0.0

  /// No augmentation.
  package init() {}
}

extension Augmentation {
  /// Parses `pad-crop=4,flip,cutout=8`; `none` is the empty list.
  ///
  /// Throws ``RecipeError/invalidText(_:expected:)``.
  package init(parsing text: String) throws(RecipeError) {
    for item in text == "none" ? [] : text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let value = parts.count == 2 ? Double(parts[1]) : nil
      switch (parts[0], value) {
      case ("pad-crop", let pixels?) where (1...64).contains(pixels) && pixels == pixels.rounded():
        padCrop = Int(pixels)
      case ("pad-crop", nil) where parts.count == 1: padCrop = 4
      case ("flip", nil) where parts.count == 1: flips = true
      case ("resized-crop", let share?) where (0.01...1).contains(share): resizedCrop = share
      case ("resized-crop", nil) where parts.count == 1: resizedCrop = 0.08
      case ("auto-augment", nil) where parts.count == 1 && policy == nil: policy = .autoAugment
      case ("rand-augment", let magnitude?)
      where (0...30).contains(magnitude) && magnitude == magnitude.rounded() && policy == nil:
        policy = .randAugment(magnitude: Int(magnitude))
      case ("rand-augment", nil) where parts.count == 1 && policy == nil: policy = .randAugment(magnitude: 9)
      case ("trivial-augment", nil) where parts.count == 1 && policy == nil: policy = .trivialAugment
      case ("jitter", let amount?) where (0...1).contains(amount): jitter = amount
      case ("lighting", let deviation?) where (0...1).contains(deviation): lighting = deviation
      case ("cutout", let side?) where (1...256).contains(side) && side == side.rounded(): cutout = Int(side)
      case ("erasing", let chance?) where (0...1).contains(chance): erasing = chance
      case ("mixup", let alpha?) where (0...10).contains(alpha): mixup = alpha
      case ("cutmix", let alpha?) where (0...10).contains(alpha): cutmix = alpha
      default:
        throw .invalidText(
          String(item),
          expected: "none, or a list of pad-crop=PIXELS, flip, resized-crop=SHARE, one of auto-augment, "
            + "rand-augment=MAGNITUDE and trivial-augment, jitter=AMOUNT, lighting=DEVIATION, cutout=SIDE, "
            + "erasing=CHANCE, mixup=ALPHA, cutmix=ALPHA")
      }
    }
  }
}

extension Augmentation: CustomStringConvertible {
  /// The text that ``init(parsing:)`` reads.
  package var description: String {
    var items: [String] = []
    if let resizedCrop { items.append("resized-crop=\(resizedCrop)") }
    if padCrop > 0 { items.append("pad-crop=\(padCrop)") }
    if flips { items.append("flip") }
    if let policy { items.append("\(policy)") }
    if jitter > 0 { items.append("jitter=\(jitter)") }
    if lighting > 0 { items.append("lighting=\(lighting)") }
    if cutout > 0 { items.append("cutout=\(cutout)") }
    if erasing > 0 { items.append("erasing=\(erasing)") }
    if mixup > 0 { items.append("mixup=\(mixup)") }
    if cutmix > 0 { items.append("cutmix=\(cutmix)") }
    return items.isEmpty ? "none" : items.joined(separator: ",")
  }
}
