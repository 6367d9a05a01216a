extension TensorRename {
  /// Replaces names that follow a pattern: `.pattern("block{b}.layer.{i}.", to: "layer{b}.{i}.")`.
  ///
  /// `{i}` stands for a whole number, which `{i}` and `{i+1}` in `own` repeat. A pattern that ends with a dot is the
  /// beginning of names, any other the whole name.
  package static func pattern(_ published: String, to own: String) -> TensorRename {
    let (found, replacement) = (NamePattern(published), NamePattern(own))
    let isBeginning = published.hasSuffix(".")
    return TensorRename { name in
      guard let (numbers, rest) = found.match(name), isBeginning || rest.isEmpty else { return nil }
      return replacement.filled(with: numbers) + rest
    }
  }
}

/// Text with places for numbers.
private struct NamePattern: Sendable {
  private enum Piece {
    case text(Substring)
    case number(Character, plus: Int)
  }

  /// Digits of a number that is looked at: no network has more layers.
  private static let digits = 6

  private let pieces: [Piece]

  init(_ pattern: String) {
    var pieces: [Piece] = []
    for (index, part) in pattern.split(separator: "{", omittingEmptySubsequences: false).enumerated() {
      guard index > 0, let close = part.firstIndex(of: "}"), let letter = part.first else {
        pieces.append(.text(part))
        continue
      }
      pieces.append(.number(letter, plus: part[..<close].hasSuffix("+1") ? 1 : 0))
      pieces.append(.text(part[part.index(after: close)...]))
    }
    self.pieces = pieces
  }

  /// The numbers at the beginning of `name`, and what follows the pattern; `nil` for another beginning.
  func match(_ name: String) -> (numbers: [Character: Int], rest: Substring)? {
    var rest = name[...]
    var numbers: [Character: Int] = [:]
    for piece in pieces {
      switch piece {
      case .text(let text):
        guard rest.hasPrefix(text) else { return nil }
        rest = rest.dropFirst(text.count)
      case .number(let letter, _):
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard digits.count <= NamePattern.digits, let number = Int(digits) else { return nil }
        numbers[letter] = number
        rest = rest.dropFirst(digits.count)
      }
    }
    return (numbers, rest)
  }

  /// The text with numbers in their places.
  func filled(with numbers: [Character: Int]) -> String {
    pieces.reduce(into: "") { text, piece in
      switch piece {
      case .text(let part): text += part
      case .number(let letter, let plus): text += String((numbers[letter] ?? 0) + plus)
      }
    }
  }
}
