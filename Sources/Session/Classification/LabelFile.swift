import Text

/// The forms in which people keep names of classes.
///
/// - one name per line;
/// - `synset.txt`: a WordNet number before each name;
/// - a JSON or Python list: `["tench", "goldfish"]`;
/// - a JSON or Python dictionary by index, `{0: 'tench'}` or `{"0": ["n01440764", "tench"]}`, or by name, `{"tench": 0}`.
enum LabelFile {
  /// The names in `bytes`, in the order of the classes.
  static func names(in bytes: UnsafeRawBufferPointer) -> [String] {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    let content = unsafe Array(bytes).starts(with: mark) ? Array(bytes.dropFirst(3)) : Array(bytes)
    return list(content) ?? dictionary(content) ?? lines(content)
  }

  /// A list of strings; `nil` for any other text.
  private static func list(_ bytes: [UInt8]) -> [String]? {
    var scanner = TextScanner(bytes, from: 0)
    guard let names = names(&scanner), scanner.isAtEnd else { return nil }
    return names
  }

  private static func names(_ scanner: inout TextScanner) -> [String]? {
    guard scanner.take("[") else { return nil }
    var names: [String] = []
    repeat {
      if scanner.peek("]") { break }
      guard let name = scanner.stringLiteral() else { return nil }
      names.append(name)
    } while scanner.take(",")
    return scanner.take("]") && !names.isEmpty ? names : nil
  }

  /// A dictionary whose indices are complete; `nil` for any other text.
  private static func dictionary(_ bytes: [UInt8]) -> [String]? {
    var scanner = TextScanner(bytes, from: 0)
    guard scanner.take("{") else { return nil }
    var names: [Int: String] = [:]
    repeat {
      if scanner.peek("}") { break }
      guard let (index, name) = member(&scanner), names.updateValue(name, forKey: index) == nil else {
        return nil
      }
    } while scanner.take(",")
    guard scanner.take("}"), scanner.isAtEnd, !names.isEmpty else { return nil }
    let ordered = (0..<names.count).compactMap { names[$0] }
    return ordered.count == names.count ? ordered : nil
  }

  private static func member(_ scanner: inout TextScanner) -> (Int, String)? {
    if let index = scanner.natural() {
      guard scanner.take(":"), let name = name(&scanner) else { return nil }
      return (index, name)
    }
    guard let key = scanner.stringLiteral(), scanner.take(":") else { return nil }
    if let index = scanner.natural() { return (index, key) }
    guard let index = Int(key), let name = name(&scanner) else { return nil }
    return (index, name)
  }

  /// A name, or the last of a list, where a WordNet number comes first.
  private static func name(_ scanner: inout TextScanner) -> String? {
    scanner.peek("[") ? names(&scanner)?.last : scanner.stringLiteral()
  }

  /// Lines without their end and without WordNet numbers; an empty last line is none.
  private static func lines(_ bytes: [UInt8]) -> [String] {
    let text = String(decoding: bytes, as: UTF8.self)
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    if lines.last?.isEmpty == true { lines.removeLast() }
    let names = lines.map { afterNumber($0) }
    return lines.isEmpty || names.contains(nil) ? lines.map(String.init) : names.compactMap { $0 }
  }

  /// What follows `n01440764 ` in a line; `nil` for other lines.
  private static func afterNumber(_ line: Substring) -> String? {
    guard line.first == "n", line.dropFirst().prefix(8).allSatisfy({ $0.isASCII && $0.isNumber }),
      line.dropFirst(9).first?.isWhitespace == true
    else { return nil }
    return String(line.dropFirst(9).drop(while: \.isWhitespace))
  }
}
