import ArgumentParser
import Datasets
import Text

/// What is held out for validation of a data set without splits.
struct HeldOutOptions: ParsableArguments {
  @Option(
    help: .init(
      "Fraction of each class to hold out for validation, for a folder of classes without splits.",
      valueName: "x"))
  var valFraction: Double?

  @Option(
    help: .init(
      "Seed of the choice which images are held out; file names decide the rest. Default: 0.", valueName: "s")
  )
  var valSeed: UInt64?

  func validate() throws {
    if let valFraction, !(valFraction > 0 && valFraction < 1) {
      throw ValidationError("--val-fraction must be above 0 and below 1")
    }
  }

  /// What is held out: what is said here, otherwise what was before; `nil` for nothing.
  ///
  /// Throws a ``ValidationError`` for a seed without a fraction.
  func heldOut(before: HeldOutImages? = nil) throws -> HeldOutImages? {
    guard let fraction = valFraction ?? before?.fraction else {
      try refuse("--val-seed", when: true, "without --val-fraction")
      return nil
    }
    return HeldOutImages(fraction: fraction, seed: valSeed ?? before?.seed ?? 0)
  }
}

extension Dataset {
  /// The data set with some images held out for validation; says on standard error how many.
  func divided(asAskedBy heldOut: HeldOutImages?) throws -> Dataset {
    guard let heldOut else { return self }
    let divided = try self.divided(heldOut)
    let (train, validation) = (try divided.images(of: .train).count, try divided.images(of: .val).count)
    note(
      "\(Numbers.grouped(validation)) of \(Numbers.grouped(train + validation)) images held out for validation"
        + " (seed \(heldOut.seed))")
    return divided
  }
}
