import Recipes
import TensorCore

/// How the images of a batch are mixed with their partners.
package enum BatchMix: Hashable, Sendable {
  /// Values are averaged, with this share of the image itself: mixup.
  case blended(share: Float)
  /// A box of the image is its partner's: CutMix.
  case cut(CutMixBox)

  /// Draws what an augmentation does to a batch of images of this size; `nil` for one that mixes nothing.
  ///
  /// With both mixup and CutMix, each has half of the batches, as in torchvision's references.
  init?(_ augmentation: Augmentation, height: Int, width: Int, _ generator: inout CounterGenerator) {
    let (mixup, cutmix) = (augmentation.mixup, augmentation.cutmix)
    if mixup == 0 && cutmix == 0 { return nil }
    let cuts = mixup == 0 || cutmix > 0 && generator.next() >> 63 == 1
    let alpha = cuts ? cutmix : mixup
    let (a, b) = (generator.gamma(shape: alpha), generator.gamma(shape: alpha))
    let share = a + b > 0 ? a / (a + b) : 1
    if cuts {
      let (x, y) = (generator.below(width), generator.below(height))
      self = .cut(CutMixBox(height: height, width: width, share: share, x: x, y: y))
    } else {
      self = .blended(share: Float(share))
    }
  }

  /// Share of the image itself, and of its label.
  package var share: Float {
    switch self {
    case .blended(let share): share
    case .cut(let box): Float(box.share)
    }
  }

  /// Mixes `[C, H, W]` with `partner`, which has the same size.
  func apply(to image: UnsafeMutableBufferPointer<Float>, with partner: ArraySlice<Float>) {
    switch self {
    case .blended(let share):
      for (i, other) in zip(image.indices, partner) { image[i] = share * image[i] + (1 - share) * other }
    case .cut(let box):
      for line in stride(from: 0, to: image.count, by: box.width * box.height) {
        for row in box.rows {
          for i in box.columns {
            let i = line + row * box.width + i
            image[i] = partner[partner.startIndex + i]
          }
        }
      }
    }
  }
}

/// The box of CutMix (Yun et al., 2019, arXiv:1905.04899, equation 2), as torchvision computes it.
package struct CutMixBox: Hashable, Sendable {
  /// Height of the image.
  let height: Int
  /// Width of the image.
  let width: Int
  /// Rows that are replaced.
  package let rows: Range<Int>
  /// Columns that are replaced.
  package let columns: Range<Int>

  /// A box around a center, with the sides of the image times √(1 - `share`), clipped to the image.
  package init(height: Int, width: Int, share: Double, x: Int, y: Int) {
    (self.height, self.width) = (height, width)
    let radius = 0.5 * (1 - share).squareRoot()
    let (halfWidth, halfHeight) = (Int(radius * Double(width)), Int(radius * Double(height)))
    rows = (y - halfHeight..<y + halfHeight).clamped(to: 0..<height)
    columns = (x - halfWidth..<x + halfWidth).clamped(to: 0..<width)
  }

  /// Share of the image outside the box.
  package var share: Double { 1 - Double(rows.count * columns.count) / Double(width * height) }
}
