/// How the learning rate changes during a training run.
package enum Schedule: Hashable, Sendable {
  /// Always the base rate.
  case constant
  /// Multiplied by `factor` every `epochs` epochs.
  case step(epochs: Int, factor: Double)
  /// Multiplied by `factor` after each of these epochs.
  case multiStep(epochs: [Int], factor: Double)
  /// Down to `floor` along half a cosine, step by step (Loshchilov and Hutter 2017, arXiv:1608.03983).
  case cosine(floor: Double)
  /// Down to 0 as a power of the share of steps that are left: linearly for `power` 1. Caffe's `poly`.
  case polynomial(power: Double)
  /// Up to the base rate and down again along two half cosines (Smith 2018, arXiv:1803.09820): the rise
  /// takes the share `rise` of all steps, starts at base / `start` and ends at base / `start` / `end`.
  case oneCycle(rise: Double, start: Double, end: Double)
}

extension Schedule: CustomStringConvertible {
  /// The text that ``init(parsing:)`` reads.
  package var description: String {
    switch self {
    case .constant: "constant"
    case .step(let epochs, let factor): "step:\(epochs),\(factor)"
    case .multiStep(let epochs, let factor):
      "multi-step:\((epochs.map(String.init) + ["\(factor)"]).joined(separator: ","))"
    case .cosine(let floor): "cosine:\(floor)"
    case .polynomial(let power): "poly:\(power)"
    case .oneCycle(let rise, let start, let end): "one-cycle:\(rise),\(start),\(end)"
    }
  }

  /// Parses `constant`, `step:EPOCHS,FACTOR`, `multi-step:EPOCH,…,FACTOR`, `cosine[:FLOOR]`,
  /// `poly[:POWER]` and `one-cycle[:RISE,START,END]`.
  ///
  /// Throws ``RecipeError/invalidText(_:expected:)``.
  package init(parsing text: String) throws(RecipeError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let fields =
      parts.count < 2
      ? [] : parts[1].split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
    func isEpoch(_ field: Double) -> Bool { field >= 1 && field < 1e6 && field == field.rounded() }
    switch (parts.first ?? "", fields.contains(where: \.isInfinite) ? -1 : fields.count) {
    case ("constant", 0): self = .constant
    case ("step", 2) where isEpoch(fields[0]) && fields[1] > 0:
      self = .step(epochs: Int(fields[0]), factor: fields[1])
    case ("multi-step", 2...)
    where fields.dropLast().allSatisfy(isEpoch) && fields[fields.count - 1] > 0:
      self = .multiStep(epochs: fields.dropLast().map { Int($0) }, factor: fields[fields.count - 1])
    case ("cosine", 0): self = .cosine(floor: 0)
    case ("cosine", 1) where fields[0] >= 0: self = .cosine(floor: fields[0])
    case ("poly", 0): self = .polynomial(power: 1)
    case ("poly", 1) where fields[0] > 0: self = .polynomial(power: fields[0])
    case ("one-cycle", 0): self = .oneCycle(rise: 0.3, start: 25, end: 1e4)
    case ("one-cycle", 3) where fields[0] > 0 && fields[0] < 1 && fields[1] >= 1 && fields[2] >= 1:
      self = .oneCycle(rise: fields[0], start: fields[1], end: fields[2])
    default:
      throw .invalidText(
        text,
        expected: "constant, step:EPOCHS,FACTOR, multi-step:EPOCH,EPOCH,FACTOR, cosine, cosine:FLOOR, "
          + "poly, poly:POWER, one-cycle or one-cycle:RISE,START,END")
    }
  }
}
