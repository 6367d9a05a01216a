import CImage
import TensorCore

/// Which part of a resized axis a center crop keeps, and where it lands.
///
/// torchvision's rules (transforms/functional.py): the long side of the resize is truncated; the crop
/// starts at half the difference, rounded half to even; an axis shorter than the crop is padded with
/// zeros, the odd one at the end.
struct CroppedAxis: Hashable {
  /// Length before the resize.
  let source: Int
  /// Length after the resize.
  let resized: Int
  /// First resized place that is kept.
  let start: Int
  /// Places that are kept.
  let count: Int
  /// Zeros before them.
  let padding: Int

  init(source: Int, resized: Int, crop: Int) {
    self.source = source
    self.resized = resized
    count = min(resized, crop)
    padding = (crop - count) / 2
    let difference = resized - count
    let down = difference / 2
    start = difference % 2 == 0 || down % 2 == 0 ? down : down + 1
  }

  /// Places that the resize takes away; negative where it adds some.
  var reduction: Int { source - resized }

  /// Where the first place of the crop lies in the resized axis; negative where it is padding.
  var origin: Int { start - padding }
}

/// How an image as shown becomes the pixels of a network's input: both axes.
struct CropGeometry: Hashable {
  /// Columns.
  let x: CroppedAxis
  /// Rows.
  let y: CroppedAxis
  /// Columns and rows of the result.
  let width: Int
  let height: Int
  let interpolation: ImagePreprocessing.Interpolation

  /// The shorter side resized, then the center crop.
  init(width: Int, height: Int, _ description: ImagePreprocessing) {
    let long = Int(Double(description.resize * max(width, height)) / Double(min(width, height)))
    let isPortrait = width <= height
    x = CroppedAxis(
      source: width, resized: isPortrait ? description.resize : long, crop: description.cropWidth)
    y = CroppedAxis(
      source: height, resized: isPortrait ? long : description.resize, crop: description.cropHeight)
    self.width = description.cropWidth
    self.height = description.cropHeight
    interpolation = description.interpolation
  }

  /// The whole image at another size, whatever that does to its proportions.
  init(
    width: Int, height: Int, toWidth: Int, toHeight: Int, _ interpolation: ImagePreprocessing.Interpolation
  ) {
    x = CroppedAxis(source: width, resized: toWidth, crop: toWidth)
    y = CroppedAxis(source: height, resized: toHeight, crop: toHeight)
    self.width = toWidth
    self.height = toHeight
    self.interpolation = interpolation
  }

  /// Whether no pixel changes its value: there is only a crop, and zeros around.
  var keepsPixels: Bool { x.source == x.resized && y.source == y.resized }
}

/// The weights of one pass of the resize, for the places that survive the crop, in stored order.
///
/// Bit for bit Pillow's `Image.resize`: an antialiased filter whose support grows with the scale,
/// weights normalized in double and rounded to ``CIMAGE_WEIGHT_BITS`` fractional bits.
struct ResampledAxis {
  /// First source place of each output.
  let first: [Int32]
  /// Source places of each output.
  let counts: [Int32]
  /// `taps` weights an output, of which `counts` are used.
  let weights: [Int32]
  /// Distance between the weights of two outputs.
  let taps: Int
  /// Place of output 0 in the crop, padding included, and the step to the next: 1, or -1 where the stored
  /// axis runs backwards.
  let destination: (start: Int, step: Int)

  /// Number of outputs.
  var outputs: Int { first.count }

  /// Source places that any output needs.
  var needed: Range<Int> {
    guard let low = first.first, let high = first.last, let count = counts.last else { return 0..<0 }
    return Int(low)..<Int(high) + Int(count)
  }

  /// The pass to the cropped axis; with `reversed`, source place 0 is shown last.
  init(_ cropped: CroppedAxis, filter: ImagePreprocessing.Interpolation, reversed: Bool) {
    let source = cropped.source
    // Pillow keeps the box of the source in single precision.
    let scale = Double(Float(source)) / Double(cropped.resized)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    let inverseScale = 1 / filterScale
    let taps = Int(support.rounded(.up)) * 2 + 1
    var first = [Int32](repeating: 0, count: cropped.count)
    var counts = first
    var weights = [Int32](repeating: 0, count: cropped.count * taps)
    var exact = [Double](repeating: 0, count: taps)
    for index in 0..<cropped.count {
      let center = (Double(cropped.start + index) + 0.5) * scale
      let low = max(Int(center - support + 0.5), 0)
      let high = min(Int(center + support + 0.5), source)
      var total = 0.0
      for tap in 0..<high - low {
        exact[tap] = filter.weight((Double(tap + low) - center + 0.5) * inverseScale)
        total += exact[tap]
      }
      let output = reversed ? cropped.count - 1 - index : index
      first[output] = Int32(reversed ? source - high : low)
      counts[output] = Int32(high - low)
      for tap in 0..<high - low {
        let weight = (total != 0 ? exact[tap] / total : exact[tap]) * Double(1 << CIMAGE_WEIGHT_BITS)
        let place = reversed ? high - low - 1 - tap : tap
        weights[output * taps + place] = Int32(weight < 0 ? weight - 0.5 : weight + 0.5)
      }
    }
    self.first = first
    self.counts = counts
    self.weights = weights
    self.taps = taps
    destination =
      reversed ? (cropped.padding + cropped.count - 1, -1) : (cropped.padding, 1)
  }
}

extension ImagePreprocessing.Interpolation {
  /// Half the width of the filter at scale 1.
  fileprivate var support: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// The filter at distance `x`: a triangle, or Keys' cubic convolution with a = -1/2.
  fileprivate func weight(_ x: Double) -> Double {
    let x = abs(x)
    switch self {
    case .bilinear:
      return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    }
  }
}
