import ArgumentParser
import Files

/// Throws a ``ValidationError`` if the value of an option is not in `range`; `nil` always is.
func check<Number: Comparable>(_ value: Number?, in range: ClosedRange<Number>, option: String) throws {
  if let value, !range.contains(value) {
    throw ValidationError("\(option) must be between \(text(range.lowerBound)) and \(text(range.upperBound))")
  }
}

/// Throws a ``ValidationError`` if the value of an option is not in `range`; `nil` always is.
func check<Number: Comparable>(_ value: Number?, in range: Range<Number>, option: String) throws {
  if let value, !range.contains(value) {
    throw ValidationError(
      "\(option) must be at least \(text(range.lowerBound)) and below \(text(range.upperBound))")
  }
}

/// Throws a ``ValidationError`` if the value of an option is less than `least`; `nil` never is.
func check(_ value: Int?, atLeast least: Int, option: String) throws {
  if let value, value < least { throw ValidationError("\(option) must be at least \(least)") }
}

/// Throws a ``ValidationError`` if the value of an option is not finite and above `bound`; `nil` always is.
func check<Number: FloatingPoint>(_ value: Number?, above bound: Number, option: String) throws {
  if let value, !(value > bound && value.isFinite) {
    throw ValidationError("\(option) must be above \(text(bound))")
  }
}

/// Throws a ``ValidationError`` if a path has none of the `suffixes`; `nil` is fine.
func check(_ path: String?, endsIn suffixes: String..., option: String) throws {
  try check(path, endsIn: suffixes, option: option)
}

/// The same for an array of suffixes.
func check(_ path: String?, endsIn suffixes: [String], option: String) throws {
  if let path, !suffixes.contains(where: path.hasSuffix) {
    let expected = [suffixes.dropLast().joined(separator: ", "), suffixes[suffixes.count - 1]]
    throw ValidationError(
      "\(option) '\(escaped(path))' must end in "
        + expected.filter { !$0.isEmpty }.joined(separator: " or "))
  }
}

/// Throws a ``ValidationError`` if one of `options` is given although it has no effect; `reason` goes on: `with --plan`.
func refuse(_ options: String..., when isUseless: Bool, _ reason: @autoclosure () -> String) throws {
  guard isUseless else { return }
  let given = CommandLineArguments.current.options
  if let option = options.first(where: given.contains) {
    throw ValidationError("\(option) has no effect \(reason())")
  }
}

/// A bound as people write it: whole numbers without a decimal point.
private func text<Number>(_ bound: Number) -> String {
  let text = "\(bound)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
