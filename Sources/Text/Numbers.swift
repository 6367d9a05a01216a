/// Numbers for people, in no locale.
package enum Numbers {
  /// Digits in groups of three: `25,557,032`.
  package static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// Three significant digits with a decimal prefix: `4.09 G`.
  package static func scaled(_ value: Int) -> String {
    scaled(value, base: 1000, prefixes: ["", "k", "M", "G", "T", "P", "E"], unit: "")
  }

  /// Three significant digits in powers of 1024: `3.06 MiB`.
  package static func bytes(_ value: Int) -> String {
    scaled(value, base: 1024, prefixes: ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"], unit: "B")
  }

  /// A number with `digits` places behind the point: `76.13`.
  package static func fixed(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    let power = (0..<digits).reduce(1) { power, _ in power * 10 }
    let scaled = (value.magnitude * Double(power)).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let whole = Int(scaled)
    let fraction = String(whole % power)
    let sign = value < 0 && whole > 0 ? "-" : ""
    if digits == 0 { return sign + String(whole) }
    return sign + String(whole / power) + "." + String(repeating: "0", count: digits - fraction.count)
      + fraction
  }

  /// A positive number with `digits` significant digits: `0.0012`, or `1.2e-5` where that is shorter.
  package static func significant(_ value: Double, digits: Int) -> String {
    guard value.isFinite, value > 0 else { return "\(value)" }
    var exponent = 0
    var mantissa = value
    while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    if fixed(mantissa, digits: digits - 1).hasPrefix("10") { (mantissa, exponent) = (1, exponent + 1) }
    if -4..<digits + 3 ~= exponent { return fixed(value, digits: max(digits - 1 - exponent, 0)) }
    return fixed(mantissa, digits: digits - 1) + "e\(exponent)"
  }

  private static func scaled(_ value: Int, base: Int, prefixes: [String], unit: String) -> String {
    var scale = 0
    var power = 1
    // 999.5 would round to four digits.
    while scale + 1 < prefixes.count, Double(value.magnitude) / Double(power) >= 999.5 {
      scale += 1
      power *= base
    }
    let name = prefixes[scale] + unit
    let space = name.isEmpty ? "" : " "
    if scale == 0 { return "\(value)\(space)\(name)" }
    let number = Double(value) / Double(power)
    let digits = number.magnitude < 9.995 ? 2 : number.magnitude < 99.95 ? 1 : 0
    return fixed(number, digits: digits) + space + name
  }
}
