import Files

/// A line of `metrics.jsonl`: numbers and strings by name.
package struct MetricsLine: Hashable, Sendable {
  /// Members whose value is a number that float32 holds, as every metric is.
  package let numbers: [String: Double]
  /// Members whose value is a string.
  package let texts: [String: String]

  /// Parses a flat JSON object; `nil` for anything else.
  package init?(parsing line: Substring) {
    var rest = line.utf8[...]
    var (numbers, texts): ([String: Double], [String: String]) = ([:], [:])
    func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d } }
    func take(_ character: Unicode.Scalar) -> Bool {
      skipBlanks()
      guard rest.first == UInt8(ascii: character) else { return false }
      rest.removeFirst()
      return true
    }
    func text() -> String? {
      guard take("\"") else { return nil }
      let content = rest.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
      rest = rest[content.endIndex...]
      return take("\"") ? String(Substring(content)) : nil
    }
    guard take("{") else { return nil }
    repeat {
      guard let key = text(), take(":") else { return nil }
      skipBlanks()
      if rest.first == UInt8(ascii: "\"") {
        guard let value = text() else { return nil }
        texts[key] = value
      } else {
        let word = rest.prefix { ![UInt8(ascii: ","), UInt8(ascii: "}"), 0x20].contains($0) }
        rest = rest[word.endIndex...]
        if let value = Double(Substring(word)), Float(value).isFinite { numbers[key] = value }
      }
    } while take(",")
    guard take("}"), rest.allSatisfy({ $0 == 0x20 || $0 == 0x0d }) else { return nil }
    self.numbers = numbers
    self.texts = texts
  }
}

/// The metrics of a training run.
package struct RunHistory: Sendable {
  /// The folder of the training run.
  package let name: String
  /// One line per epoch.
  package let epochs: [MetricsLine]

  private static let limit = 1 << 28

  /// Reads `metrics.jsonl` in the folder of a training run.
  ///
  /// Throws ``TrainingError/file(_:)``, and ``TrainingError/noMetrics(path:)`` where no epoch has ended. A last line
  /// that is still being written is ignored.
  package init(folder: String) throws(TrainingError) {
    let path = folder + "/metrics.jsonl"
    let text: String
    do throws(FileError) {
      let file = try RegularFile(path: path)
      text = String(decoding: try file.bytes(at: 0, count: min(file.size, Self.limit)), as: UTF8.self)
    } catch { throw .file(error) }
    name = folder
    epochs = text.split(separator: "\n").compactMap { MetricsLine(parsing: $0) }.filter {
      $0.texts["kind"] == "epoch"
    }
    if epochs.isEmpty { throw .noMetrics(path: path) }
  }

  /// The values of a member over the epochs.
  package func curve(_ member: String) -> [(x: Double, y: Double)] {
    epochs.compactMap { line in
      guard let epoch = line.numbers["epoch"], let value = line.numbers[member] else { return nil }
      return (epoch, value)
    }
  }
}
