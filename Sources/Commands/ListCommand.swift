import ArgumentParser
import Text
import Zoo

/// `cnnzoo list`: lists networks.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List networks with their published figures.")

  enum Order: String, ExpressibleByArgument, CaseIterable {
    case name
    case params
    case macs
    case accuracy
  }

  @Option(help: "List only this family.")
  var family: String?

  @Option(
    help:
      "Sort order; accuracy is ImageNet top-1, best first. Default: families in historical order.")
  var sort: Order?

  @Option(
    help: .init(
      "List only networks with at most this many parameters, such as 25000000 or 25M.", valueName: "n"))
  var maxParams: Quantity?

  @Option(
    help: .init("List only networks with at most this many MACs, such as 4100000000 or 4.1G.", valueName: "n")
  )
  var maxMacs: Quantity?

  @OptionGroup var output: FormatOption

  func run() throws {
    var rows: [(family: String, entry: ModelEntry)] = try families().flatMap { family in
      family.entries.map { (family.name, $0) }
    }
    rows.removeAll {
      $0.entry.expect.parameters > maxParams?.value ?? .max || $0.entry.expect.macs > maxMacs?.value ?? .max
    }
    switch sort {
    case nil: break
    case .name: rows.sort { naturallyPrecedes($0.entry.name, $1.entry.name) }
    case .params: rows.sort { $0.entry.expect.parameters < $1.entry.expect.parameters }
    case .macs: rows.sort { $0.entry.expect.macs < $1.entry.expect.macs }
    case .accuracy: rows.sort { ($0.entry.topOne ?? -1) > ($1.entry.topOne ?? -1) }
    }
    try emit(output.format == .json ? json(rows) : table(rows).text(as: output.format))
  }

  private func families() throws -> [Family] {
    guard let family else { return Registry.current.families }
    let found = Registry.current.families.filter { $0.name == family }
    if found.isEmpty {
      let names = Registry.current.families.map(\.name).joined(separator: ", ")
      throw UsageError("--family \(family): no such family; the families are \(names)")
    }
    return found
  }

  private func json(_ rows: [(family: String, entry: ModelEntry)]) -> String {
    rows.map { family, entry in
      let object: JSON = [
        "schema": "cnnzoo.list/1", "model": .string(entry.name), "family": .string(family),
        "parameters": .integer(entry.expect.parameters), "auxiliary": .integer(entry.expect.auxiliary),
        "macs": .integer(entry.expect.macs), "input_shape": .shape(entry.input.shape),
        "classes": .integer(entry.classes), "top1_percent": entry.topOne.map(JSON.number) ?? .null,
      ]
      return object.text + "\n"
    }.joined()
  }

  private func table(_ rows: [(family: String, entry: ModelEntry)]) -> Table {
    var table = Table([
      .init("model", key: "model"), .init("family", key: "family"),
      .init("parameters", key: "parameters", .right), .init("MACs", key: "macs", .right),
      .init("input", key: "input"), .init("classes", key: "classes", .right),
      .init("top-1 %", key: "top1_percent", .right),
    ])
    table.rows = rows.map { family, entry in
      [
        .init(entry.name), .init(family), .count(entry.expect.parameters), .count(entry.expect.macs),
        .shape(entry.input.shape),
        .init(String(entry.classes)), entry.topOne.map { .fixed($0, digits: 2) } ?? .empty,
      ]
    }
    return table
  }
}

extension ModelEntry {
  /// Best published top-1 accuracy on ImageNet, in percent.
  var topOne: Double? {
    (accuracy + weights.flatMap(\.accuracy)).filter { $0.metric == "ImageNet top-1" }.map(\.percent).max()
  }
}

/// A number as people write it: `25000000`, `25M`, `4.1G`, `2.5e7`.
struct Quantity: ExpressibleByArgument {
  let value: Int

  init?(argument: String) {
    let factors: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9, "T": 1e12]
    let factor = argument.last.flatMap { factors[$0] }
    guard let number = Double(factor == nil ? argument : String(argument.dropLast())) else { return nil }
    let scaled = (number * (factor ?? 1)).rounded(.down)
    guard scaled >= 0, scaled < 9e18 else { return nil }
    value = Int(scaled)
  }
}

/// Whether `left` sorts before `right` if runs of digits are compared as numbers: `vgg9` before `vgg16`.
func naturallyPrecedes(_ left: String, _ right: String) -> Bool {
  var left = left[...]
  var right = right[...]
  while let a = left.first, let b = right.first {
    let leftDigits = left.prefix(while: \.isNumber)
    let rightDigits = right.prefix(while: \.isNumber)
    if let a = Int(leftDigits), let b = Int(rightDigits), a != b { return a < b }
    if a != b { return a < b }
    left.removeFirst()
    right.removeFirst()
  }
  return left.isEmpty && !right.isEmpty
}
