import Datasets
import Files
import Inputs
import Text
import TrainingSession

/// What `data check` prints.
struct DatasetReport {
  let data: String
  let classNames: [String]
  let check: DatasetCheck

  /// A row for each class of each split.
  var table: Table {
    var table = Table([
      .init("split", key: "split"), .init("class", key: "class", .right), .init("label", key: "label"),
      .init("images", key: "images", .right), .init("share", key: "share", .right),
      .init("broken", key: "broken", .right),
    ])
    for split in check.splits {
      for (label, count) in split.counts.enumerated() {
        table.rows.append([
          .init(split.split.rawValue), .init("\(label)"), .init(classNames[label]), .count(count),
          .percent(Double(count) / Double(max(split.count, 1)), digits: 1), .count(split.broken[label]),
        ])
      }
    }
    return table
  }

  /// The object of schema `cnnzoo.data/1`.
  var json: JSONObject {
    func images(_ images: [DatasetCheck.Image]) -> JSON {
      .array(
        images.map {
          [
            "split": .string($0.split.rawValue), "class": .integer($0.label),
            "label": .string(classNames[$0.label]), "image": .string($0.name),
          ]
        })
    }
    return [
      "schema": "cnnzoo.data/1", "data": .string(data),
      "splits": .array(check.splits.map { .object(json(of: $0)) }),
      "broken": .array(
        check.broken.map {
          [
            "split": .string($0.image.split.rawValue), "class": .integer($0.image.label),
            "label": .string(classNames[$0.image.label]), "image": .string($0.image.name),
            "error": .string("\($0.error)"),
          ]
        }),
      "duplicates": .array(
        check.duplicates.map { ["sha256": .string($0.digest), "images": images($0.images)] }),
    ]
  }

  private func json(of split: DatasetCheck.Split) -> JSONObject {
    func size(_ size: DatasetCheck.Size?) -> JSON {
      size.map { ["width": .integer($0.width), "height": .integer($0.height)] } ?? .null
    }
    var formats = JSONObject()
    for (format, count) in Self.formats(of: split) { formats.append(format.name, .integer(count)) }
    return [
      "split": .string(split.split.rawValue), "images": .integer(split.count),
      "classes": .array(
        split.counts.enumerated().map { label, count in
          [
            "class": .integer(label), "label": .string(classNames[label]), "images": .integer(count),
            "broken": .integer(split.broken[label]),
          ]
        }),
      "imbalance": split.imbalance.map(JSON.number) ?? .null, "formats": .object(formats),
      "smallest": size(split.sizes.first), "median": size(split.medianSize),
      "largest": size(split.sizes.last),
    ]
  }

  private static func formats(of split: DatasetCheck.Split) -> [(format: ImageFormat, count: Int)] {
    ImageFormat.allCases.compactMap { format in split.formats[format].map { (format, $0) } }
  }

  private static let shown = 10

  /// For people.
  var text: String {
    var text = table.aligned(style: .standardOutput)
    for split in check.splits {
      text += "\n\(split.split.rawValue): \(Numbers.grouped(split.count)) images"
      let formats = Self.formats(of: split)
      if !formats.isEmpty {
        text +=
          ", " + formats.map { "\(Numbers.grouped($0.count)) \($0.format.name)" }.joined(separator: ", ")
      }
      if let smallest = split.sizes.first, let median = split.medianSize, let largest = split.sizes.last {
        text +=
          smallest == largest
          ? "; all \(Self.text(smallest))"
          : "; \(Self.text(smallest)) to \(Self.text(largest)), median \(Self.text(median))"
      }
      if let imbalance = split.imbalance {
        text +=
          imbalance == 1
          ? "; classes of one size"
          : "; the largest class has \(Numbers.fixed(imbalance, digits: 2)) times the images of the smallest"
      }
    }
    text += "\n"
    if !check.broken.isEmpty {
      text += "\n\(Numbers.grouped(check.broken.count)) broken\n"
      text += check.broken.map { "  \($0.error)\n" }.joined()
    }
    text += duplicates("in more than one split", check.duplicates.filter(\.crossSplits))
    text += duplicates(
      "with more than one class", check.duplicates.filter { !$0.crossSplits && $0.crossClasses })
    text += duplicates(
      "within a class", check.duplicates.filter { !$0.crossSplits && !$0.crossClasses })
    return text
  }

  /// Groups of images with the same content, the first ones by name.
  private func duplicates(_ what: String, _ groups: [DatasetCheck.Duplicates]) -> String {
    if groups.isEmpty { return "" }
    var text = "\n\(Numbers.grouped(groups.count)) duplicated \(what)\n"
    for group in groups.prefix(Self.shown) {
      let names = group.images.map { image in
        "\(image.split.rawValue) \(escaped(classNames[image.label])) \(escaped(image.name))"
      }
      text += "  " + names.joined(separator: " = ") + "\n"
    }
    if groups.count > Self.shown { text += "  and \(Numbers.grouped(groups.count - Self.shown)) more\n" }
    return text
  }

  private static func text(_ size: DatasetCheck.Size) -> String { "\(size.width)×\(size.height)" }
}

extension DatasetCheck.Split {
  /// Images of the largest class over those of the smallest; `nil` where a class has none, and for a single class.
  fileprivate var imbalance: Double? {
    guard let most = counts.max(), let least = counts.min(), least > 0, counts.count > 1 else { return nil }
    return Double(most) / Double(least)
  }

  fileprivate var medianSize: DatasetCheck.Size? { sizes.isEmpty ? nil : sizes[sizes.count / 2] }
}
