import Recipes
import TensorCore
import Text
import Weights
import Zoo

/// What `about` prints.
struct AboutReport {
  let entry: ModelEntry
  let family: Family
  /// The description in the embedded weights, if there are any.
  let embedded: WeightDescription?

  private var paper: Paper { entry.paper }
  private var citation: String {
    "\(paper.authors), \"\(paper.title)\", \(paper.venue)" + (paper.arXiv.map { ", arXiv:\($0)" } ?? "")
  }
  private var remarks: [String] { entry.remarks + family.about.remarks }

  private var recipes: [Recipe] { entry.architecture.recipes }

  /// Published accuracies of the paper and of weight files.
  private var accuracies: [PublishedAccuracy] { entry.accuracy + entry.weights.flatMap(\.accuracy) }

  /// The object of schema `cnnzoo.about/1`.
  var json: JSONObject {
    let settings: [JSON] = entry.architecture.currentSettings.map {
      ["name": .string($0.name), "value": .string($0.value), "meaning": .string($0.meaning)]
    }
    let accuracy: [JSON] = accuracies.map {
      ["metric": .string($0.metric), "percent": .number($0.percent), "source": .string($0.source)]
    }
    let weights: [JSON] = entry.weights.map {
      [
        "source": .string($0.source), "file": .string($0.file),
        "address": $0.address.map(JSON.string) ?? .null,
        "mebibytes": $0.mebibytes.map(JSON.number) ?? .null,
        "sha256_prefix": $0.hashPrefix.map(JSON.string) ?? .null,
      ]
    }
    return [
      "schema": "cnnzoo.about/1", "model": .string(entry.name), "family": .string(family.name),
      "title": .string(family.about.title),
      "paper": [
        "authors": .string(paper.authors), "title": .string(paper.title), "venue": .string(paper.venue),
        "arxiv": paper.arXiv.map(JSON.string) ?? .null,
      ],
      "idea": .string(family.about.idea), "change": .string(family.about.change),
      "remarks": .array(remarks.map(JSON.string)),
      "variants": .array(family.entries.map { .string($0.name) }),
      "input_shape": .shape(entry.input.shape), "classes": .integer(entry.classes),
      "published": [
        "parameters": .integer(entry.expect.parameters), "auxiliary": .integer(entry.expect.auxiliary),
        "macs": .integer(entry.expect.macs), "source": .string(entry.expect.source),
      ],
      "accuracy": .array(accuracy), "settings": .array(settings), "weights": .array(weights),
      "compiled_in": embedded.map(json) ?? .null, "recipes": .array(recipes.map(json)),
    ]
  }

  private func json(_ recipe: Recipe) -> JSON {
    [
      "name": .string(recipe.name), "images": .string(recipe.images.rawValue),
      "source": .string(recipe.source),
      "expected": recipe.expected.map(JSON.string) ?? .null,
    ]
  }

  private func json(_ weights: WeightDescription) -> JSON {
    [
      "data": .string(weights.data), "input_shape": .shape(weights.inputShape),
      "classes": .integer(weights.classes), "labels": .array(weights.classNames.map(JSON.string)),
    ]
  }

  /// Published files, then the places that are searched, in order.
  private var weightLines: [String] {
    var lines = entry.weights.map { weights in
      weights.storedName + (weights.mebibytes.map { ", \(Numbers.fixed($0, digits: 1)) MiB" } ?? "")
        + " (\(weights.source))"
    }
    if entry.weightsToFetch != nil { lines.append("fetched by 'cnnzoo pull \(entry.name)'") }
    if let embedded {
      lines.append(
        "embedded: trained by cnnzoo on \(embedded.data), input \(embedded.inputShape),"
          + " \(embedded.classes) classes")
    }
    lines.append(
      "searched in $CNNZOO_HOME (default ~/.cache/cnnzoo) as \(entry.name).safetensors, .pth or .npz"
        + " or under a published name, and under that in ~/.cache/torch/hub/checkpoints")
    return lines
  }

  /// Sections and their paragraphs.
  private var sections: [(title: String, lines: [String])] {
    var figures = ["\(Numbers.grouped(entry.expect.parameters)) parameters"]
    if entry.expect.auxiliary > 0 {
      figures.append("\(Numbers.grouped(entry.expect.auxiliary)) more in auxiliary heads")
    }
    figures.append("\(Numbers.grouped(entry.expect.macs)) MACs at \(entry.input.shape)")
    figures.append("source: \(entry.expect.source)")
    return [
      ("Paper", [citation]), ("Idea", [family.about.idea]), ("Change", [family.about.change]),
      ("Figures", figures),
      (
        "Accuracy",
        accuracies.map { "\($0.metric) \(Numbers.fixed($0.percent, digits: 2)) % (\($0.source))" }
      ),
      ("Remarks", remarks),
      (
        "Settings",
        entry.architecture.currentSettings.map { "\($0.name)=\($0.value): \($0.meaning)" }
      ),
      ("Recipes", recipes.map(line)),
      ("Variants", [family.entries.map(\.name).joined(separator: ", ")]),
      ("Weights", weightLines),
    ].filter { !$0.1.isEmpty }
  }

  /// `paper (images above 32 pixels): source; reported: 8.75 % error`.
  private func line(_ recipe: Recipe) -> String {
    let images =
      switch recipe.images {
      case .any: ""
      case .small: " (images of at most 32 pixels)"
      case .large: " (images above 32 pixels)"
      }
    return "\(recipe.name)\(images): \(recipe.source)"
      + (recipe.expected.map { "; reported: \($0)" } ?? "")
  }

  /// A row per line of every section.
  var table: Table {
    var table = Table([.init("section", key: "section"), .init("text", key: "text")])
    table.rows = sections.flatMap { section in
      section.lines.map { [.init(section.title.lowercased()), .init($0)] }
    }
    return table
  }

  /// Sections as headings and lists.
  var markdown: String {
    "# \(entry.name)\n"
      + sections.map { section in
        "\n## \(section.title)\n\n"
          + (section.lines.count == 1
            ? section.lines[0] + "\n" : section.lines.map { "- \($0)\n" }.joined())
      }.joined()
  }

  /// Sections in two columns, wrapped for a terminal of 80 columns.
  func text(style: TextStyle) -> String {
    let indent = 10
    var text = style.heading("\(entry.name)") + "  \(family.about.title)\n\n"
    for section in sections {
      var label = section.title
      for line in section.lines {
        for wrapped in wrap(line, columns: 80 - indent) {
          text += label + String(repeating: " ", count: indent - label.count) + wrapped + "\n"
          label = ""
        }
      }
      text += "\n"
    }
    text.removeLast()
    return text
  }
}

/// Breaks a paragraph at blanks into lines of at most `columns` characters; longer words get their own line.
func wrap(_ text: String, columns: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    if !line.isEmpty && line.count + 1 + word.count > columns {
      lines.append(line)
      line = ""
    }
    line += (line.isEmpty ? "" : " ") + word
  }
  return lines + [line]
}
