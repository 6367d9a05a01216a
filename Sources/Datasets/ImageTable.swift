import Files
import Inputs

/// Images and classes in a table: CSV with the columns path and label, and perhaps split.
///
/// A first line with these names says in which columns they are. Paths are relative to the table's folder. Classes are in the
/// order of their names' bytes, as for folders.
enum ImageTable {
  /// Most bytes of a table: some millions of images.
  private static let mostBytes = 1 << 28

  /// Reads the table at `path`.
  ///
  /// Throws ``DatasetError``.
  static func read(_ path: String) throws(DatasetError) -> Dataset {
    let bytes = try PossiblyCompressedFile.read(path: path, limit: mostBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .wrongRow(path: path, line: 1, expected: "text in UTF-8")
    }
    var rows = try rows(of: text, path)
    let columns = Columns(rows.first?.fields ?? [])
    if columns.isHeader { rows.removeFirst() }
    let folder = FilePath(
      path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))
    var images: [DataSplit: [(path: FilePath, label: String)]] = [:]
    for row in rows {
      guard row.fields.count > max(columns.path, columns.label, columns.split ?? 0),
        !row.fields[columns.path].isEmpty, !row.fields[columns.label].isEmpty
      else { throw .wrongRow(path: path, line: row.line, expected: "a path and a label") }
      let file = row.fields[columns.path]
      var split = DataSplit.all
      if let column = columns.split {
        guard let named = DataSplit(called: row.fields[column]) else {
          throw .wrongRow(path: path, line: row.line, expected: "the split train, val or test")
        }
        split = named
      }
      let isRelative = !file.hasPrefix("/") && !folder.bytes.isEmpty
      images[split, default: []].append(
        (isRelative ? folder.appending(Array(file.utf8)) : FilePath(file), row.fields[columns.label]))
    }
    let names = Set(images.values.flatMap { $0.map(\.label) })
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !names.isEmpty else { throw .wrongRow(path: path, line: 1, expected: "a path and a label") }
    let labels = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, $0.offset) })
    return Dataset(
      name: path, classNames: names,
      splits: images.mapValues { images in
        ListedImages(files: images.map { ($0.path, labels[$0.label] ?? 0) })
      }, fixedSize: nil)
  }

  /// Where the columns are.
  private struct Columns {
    var path = 0
    var label = 1
    var split: Int?
    var isHeader = false

    init(_ fields: [String]) {
      let names = fields.map { $0.lowercased() }
      func column(_ candidates: [String]) -> Int? { names.firstIndex { candidates.contains($0) } }
      guard let path = column(["path", "file", "filename", "image", "filepath"]),
        let label = column(["label", "class", "classname", "target"])
      else { return }
      (self.path, self.label, split, isHeader) = (path, label, column(["split", "subset"]), true)
    }
  }

  /// The fields of each line that has any (RFC 4180), with the line's number.
  private static func rows(
    of text: String, _ path: String
  ) throws(DatasetError) -> [(line: Int, fields: [String])] {
    var rows: [(line: Int, fields: [String])] = []
    var fields: [String] = []
    var field = ""
    var isQuoted = false
    var (line, start) = (1, 1)
    func isQuote(_ character: Character) -> Bool { character == "\"" }
    var rest = text.drop { $0 == "\u{feff}" }
    while let character = rest.popFirst() {
      if character.isNewline { line += 1 }
      if isQuoted {
        if !isQuote(character) {
          field.append(character)
        } else if rest.first == "\"" {
          field.append(rest.removeFirst())
        } else {
          isQuoted = false
        }
      } else if isQuote(character) && field.isEmpty {
        isQuoted = true
      } else if character == "," {
        fields.append(field)
        field = ""
      } else if character.isNewline {
        if !fields.isEmpty || !field.isEmpty { rows.append((start, fields + [field])) }
        (fields, field, start) = ([], "", line)
      } else {
        field.append(character)
      }
    }
    if isQuoted { throw .wrongRow(path: path, line: start, expected: "a quote at the end of a field") }
    if !fields.isEmpty || !field.isEmpty { rows.append((start, fields + [field])) }
    return rows
  }
}

/// Images whose files and classes are listed; decoded when they are asked for.
private struct ListedImages: LabeledImages {
  let files: [(path: FilePath, label: Int)]

  var count: Int { files.count }
  func label(_ index: Int) -> Int { files[index].label }
  func source(_ index: Int) -> ImageSource { .file(files[index].path) }
}
