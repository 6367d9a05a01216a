/// The number of files in folders that were skipped because of their extensions.
package struct SkippedFiles: Hashable, Sendable {
  /// Files by extension, in lower case without the dot; the key of files without an extension is empty.
  package private(set) var counts: [String: Int] = [:]

  /// No files.
  package init() {}

  /// All files.
  package var total: Int { counts.values.reduce(0, +) }

  /// Counts a file with this `name`.
  mutating func add(_ name: [UInt8]) { counts[FileName.suffix(of: name) ?? "", default: 0] += 1 }

  /// Adds the counts of `others`.
  package mutating func add(_ others: SkippedFiles) { counts.merge(others.counts, uniquingKeysWith: +) }
}

extension SkippedFiles: CustomStringConvertible {
  /// `3 .heic, 1 .txt, 1 without an extension`: most frequent first.
  package var description: String {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.value) " + ($0.key.isEmpty ? "without an extension" : ".\($0.key)") }
      .joined(separator: ", ")
  }
}

/// What a file's name says about it.
package enum FileName {
  /// The part after the last dot, in lower case; `nil` without a dot.
  package static func suffix(of name: [UInt8]) -> String? {
    name.lastIndex(of: UInt8(ascii: ".")).map {
      String(decoding: name[($0 + 1)...], as: UTF8.self).lowercased()
    }
  }

  /// Whether a system or an archiver created the file or folder for its own use.
  package static func isHousekeeping(_ name: [UInt8]) -> Bool {
    name.first == UInt8(ascii: ".")
      || ["__macosx", "thumbs.db", "desktop.ini"].contains(String(decoding: name, as: UTF8.self).lowercased())
  }
}
