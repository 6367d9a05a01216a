import GraphIR

/// How much a name that somebody typed differs from that of a network; the least comes first.
///
/// Capitals, dashes, dots and underscores do not count. Of a line that the zoo has in another version, as for
/// `mobilenet_v4`, the nearest version comes first, whatever follows it; then come names that begin with what was typed,
/// as `resnext50_32x4d` does with `ResNeXt50`.
struct NameDifference: Comparable {
  /// How far the versions are apart if the names agree up to them, more than any if they do not.
  private let versions: Int
  /// Whether the name goes on after what was typed, or ends there.
  private let isCompletion: Bool
  /// Bytes to insert, remove or replace.
  private let edits: Int

  /// A name shares its line with another if they agree in this many letters before the version.
  private static let lettersOfALine = 5

  /// The difference between two names.
  init(_ known: String, _ typed: String) {
    let (known, typed) = (Self.essence(of: known), Self.essence(of: typed))
    isCompletion = known.hasPrefix(typed)
    edits = editDistance(known, typed, limit: .max) ?? .max
    versions = known == typed ? 0 : Self.versionDifference(known, typed) ?? .max
  }

  static func < (left: NameDifference, right: NameDifference) -> Bool {
    (left.versions, left.isCompletion ? 0 : 1, left.edits) < (
      right.versions, right.isCompletion ? 0 : 1, right.edits
    )
  }

  private static func essence(of name: String) -> String {
    String(name.lowercased().filter { $0.isLetter || $0.isNumber })
  }

  /// How far `v3` is from `v4`; `nil` for names of different lines, or without a version.
  private static func versionDifference(_ known: String, _ typed: String) -> Int? {
    guard let (line, version) = version(of: typed), let other = Self.version(of: known), other.line == line
    else {
      return nil
    }
    return abs(other.version - version)
  }

  /// `mobilenetv` and 4 for `mobilenetv4large`: one digit behind the v of a version.
  private static func version(of name: String) -> (line: Substring, version: Int)? {
    guard let match = name.firstMatch(of: /^([a-z]+v)([0-9])/), match.1.count >= lettersOfALine,
      let version = Int(match.2)
    else { return nil }
    return (match.1, version)
  }
}
