import Inputs
import Recipes
import TensorCore

extension AugmentationPolicy {
  /// An operation with its magnitude.
  package typealias Step = (operation: ImageOperation, magnitude: Double)

  /// An image after the operations that the policy draws.
  func augmented(_ image: Raster, _ generator: inout CounterGenerator) -> Raster {
    draw(height: image.height, width: image.width, &generator).reduce(image) {
      $1.operation.applied(to: $0, magnitude: $1.magnitude)
    }
  }

  /// Draws operations for an image of a size.
  package func draw(height: Int, width: Int, _ generator: inout CounterGenerator) -> [Step] {
    func step(_ operation: ImageOperation, bin: Int, isNegative: Bool) -> Step {
      let magnitude = self.magnitude(of: operation, bin: bin, height: height, width: width)
      return (operation, operation.isSigned && isNegative ? -magnitude : magnitude)
    }
    func sign() -> Bool { generator.next() >> 63 == 1 }
    switch self {
    case .autoAugment:
      let pair = Self.learnedPairs[generator.below(Self.learnedPairs.count)]
      return [pair.0, pair.1].compactMap { operation, chance, bin in
        let (isDone, isNegative) = (generator.unit() < chance, sign())
        return isDone ? step(operation, bin: bin, isNegative: isNegative) : nil
      }
    case .randAugment(let magnitude):
      return (0..<2).map { _ in
        step(Self.operations[generator.below(Self.operations.count)], bin: magnitude, isNegative: sign())
      }
    case .trivialAugment:
      let operation = Self.operations[generator.below(Self.operations.count)]
      return [step(operation, bin: generator.below(bins), isNegative: sign())]
    }
  }

  /// Number of magnitudes that each operation has.
  package var bins: Int {
    switch self {
    case .autoAugment: 10
    case .randAugment, .trivialAugment: 31
    }
  }

  /// One of the ``bins`` magnitudes of an operation, for images of a size.
  package func magnitude(of operation: ImageOperation, bin: Int, height: Int, width: Int) -> Double {
    let isWide = self == .trivialAugment
    // As torch computes it: from the nearer end, in single precision.
    func between(_ start: Float, _ end: Float) -> Double {
      let step = (end - start) / Float(bins - 1)
      return Double(bin < bins / 2 ? start + step * Float(bin) : end - step * Float(bins - 1 - bin))
    }
    switch operation {
    case .identity, .autoContrast, .equalize, .invert: return 0
    case .shearX, .shearY: return between(0, isWide ? 0.99 : 0.3)
    case .translateX: return between(0, isWide ? 32 : Float(150.0 / 331 * Double(width)))
    case .translateY: return between(0, isWide ? 32 : Float(150.0 / 331 * Double(height)))
    case .rotate: return between(0, isWide ? 135 : 30)
    case .brightness, .color, .contrast, .sharpness: return between(0, isWide ? 0.99 : 0.9)
    case .posterize:
      return 8 - (Double(bin) / (Double(bins - 1) / (isWide ? 6 : 4))).rounded(.toNearestOrEven)
    case .solarize: return between(255, 0)
    }
  }

  /// The operations that RandAugment and TrivialAugment draw from.
  private static let operations = ImageOperation.allCases.filter { $0 != .invert }

  /// An operation of a learned pair: its probability, and its magnitude among ten.
  package typealias LearnedStep = (operation: ImageOperation, chance: Double, bin: Int)

  /// Table 9 of AutoAugment's paper; 0 stands where an operation has only one strength.
  package static let learnedPairs: [(LearnedStep, LearnedStep)] = [
    ((.posterize, 0.4, 8), (.rotate, 0.6, 9)),
    ((.solarize, 0.6, 5), (.autoContrast, 0.6, 0)),
    ((.equalize, 0.8, 0), (.equalize, 0.6, 0)),
    ((.posterize, 0.6, 7), (.posterize, 0.6, 6)),
    ((.equalize, 0.4, 0), (.solarize, 0.2, 4)),
    ((.equalize, 0.4, 0), (.rotate, 0.8, 8)),
    ((.solarize, 0.6, 3), (.equalize, 0.6, 0)),
    ((.posterize, 0.8, 5), (.equalize, 1.0, 0)),
    ((.rotate, 0.2, 3), (.solarize, 0.6, 8)),
    ((.equalize, 0.6, 0), (.posterize, 0.4, 6)),
    ((.rotate, 0.8, 8), (.color, 0.4, 0)),
    ((.rotate, 0.4, 9), (.equalize, 0.6, 0)),
    ((.equalize, 0.0, 0), (.equalize, 0.8, 0)),
    ((.invert, 0.6, 0), (.equalize, 1.0, 0)),
    ((.color, 0.6, 4), (.contrast, 1.0, 8)),
    ((.rotate, 0.8, 8), (.color, 1.0, 2)),
    ((.color, 0.8, 8), (.solarize, 0.8, 7)),
    ((.sharpness, 0.4, 7), (.invert, 0.6, 0)),
    ((.shearX, 0.6, 5), (.equalize, 1.0, 0)),
    ((.color, 0.4, 0), (.equalize, 0.6, 0)),
    ((.equalize, 0.4, 0), (.solarize, 0.2, 4)),
    ((.solarize, 0.6, 5), (.autoContrast, 0.6, 0)),
    ((.invert, 0.6, 0), (.equalize, 1.0, 0)),
    ((.color, 0.6, 4), (.contrast, 1.0, 8)),
    ((.equalize, 0.8, 0), (.equalize, 0.6, 0)),
  ]
}
