/// One number of a family that `--set name=value` can change.
package struct Setting<Model>: Sendable {
  /// The paper's word for it: `growthRate`, `cardinality`.
  package let name: String
  /// What it does, in a few words.
  package let meaning: String
  let read: @Sendable (Model) -> String
  let apply: @Sendable (inout Model, String) throws(SettingError) -> Void

  /// A setting that reads and writes the model itself, for numbers that follow from others (depth).
  package init(
    _ name: String, _ meaning: String, read: @escaping @Sendable (Model) -> String,
    apply: @escaping @Sendable (inout Model, String) throws(SettingError) -> Void
  ) {
    self.name = name
    self.meaning = meaning
    self.read = read
    self.apply = apply
  }

  /// A whole number in a range.
  package static func integer(
    _ name: String, _ property: any WritableKeyPath<Model, Int> & Sendable, in range: ClosedRange<Int>,
    _ meaning: String
  ) -> Setting {
    Setting(name, meaning, read: { String($0[keyPath: property]) }) {
      (model, text) throws(SettingError) in
      guard let value = Int(text), range.contains(value) else {
        throw .invalid(
          name: name, value: text,
          expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      model[keyPath: property] = value
    }
  }

  /// A number in a range.
  package static func number(
    _ name: String, _ property: any WritableKeyPath<Model, Double> & Sendable, in range: ClosedRange<Double>,
    _ meaning: String
  ) -> Setting {
    Setting(name, meaning, read: { "\($0[keyPath: property])" }) {
      (model, text) throws(SettingError) in
      guard let value = Double(text), range.contains(value) else {
        throw .invalid(
          name: name, value: text,
          expected: "a number from \(range.lowerBound) to \(range.upperBound)")
      }
      model[keyPath: property] = value
    }
  }

  /// A list of whole numbers, as many as now: `blocks=3,4,6,3`.
  package static func integers(
    _ name: String, _ property: any WritableKeyPath<Model, [Int]> & Sendable, in range: ClosedRange<Int>,
    _ meaning: String
  ) -> Setting {
    Setting(name, meaning, read: { $0[keyPath: property].map(String.init).joined(separator: ",") }) {
      (model, text) throws(SettingError) in
      let values = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      let expected = model[keyPath: property].count
      guard values.count == expected, values.allSatisfy({ $0.map(range.contains) ?? false }) else {
        throw .invalid(
          name: name, value: text,
          expected:
            "\(expected) whole numbers from \(range.lowerBound) to \(range.upperBound), joined by commas")
      }
      model[keyPath: property] = values.compactMap(\.self)
    }
  }

  /// A boolean.
  package static func flag(
    _ name: String, _ property: any WritableKeyPath<Model, Bool> & Sendable, _ meaning: String
  ) -> Setting {
    Setting(name, meaning, read: { String($0[keyPath: property]) }) {
      (model, text) throws(SettingError) in
      guard let value = Bool(text) else {
        throw .invalid(name: name, value: text, expected: "true or false")
      }
      model[keyPath: property] = value
    }
  }

  /// Depth in a family whose members differ in one number n, as in `6n + 2`.
  ///
  /// The formula may depend on other settings.
  package static func depth(
    _ property: any WritableKeyPath<Model, Int> & Sendable, upTo limit: Int = 1000,
    _ formula: @escaping @Sendable (Model) -> DepthFormula
  ) -> Setting {
    Setting(
      "depth", "layers with weights", read: { String(formula($0).depth($0[keyPath: property])) }
    ) { (model, text) throws(SettingError) in
      let formula = formula(model)
      guard let depth = Int(text), let n = formula.n(depth), 1...limit ~= n else {
        throw .invalid(
          name: "depth", value: text,
          expected: "\(formula) with n from 1 to \(limit) (\(formula.depth(1)), \(formula.depth(2)), …)"
        )
      }
      model[keyPath: property] = n
    }
  }

  /// Depth in a family whose members are listed in a table of the paper.
  package static func depth(
    oneOf depths: [Int], read: @escaping @Sendable (Model) -> Int,
    choose: @escaping @Sendable (inout Model, Int) -> Void
  ) -> Setting {
    Setting("depth", "layers with weights, of those in the paper's table", read: { String(read($0)) }) {
      (model, text) throws(SettingError) in
      guard let depth = Int(text), depths.contains(depth) else {
        throw .invalid(
          name: "depth", value: text,
          expected: "one of the table's depths \(depths.map(String.init).joined(separator: ", "))")
      }
      choose(&model, depth)
    }
  }
}

/// How depth follows from the number n of units: `layersPerUnit · n + others`.
package struct DepthFormula: Hashable, Sendable, CustomStringConvertible {
  let layersPerUnit: Int
  let others: Int

  /// A formula from its two numbers.
  package init(_ layersPerUnit: Int, plus others: Int) {
    self.layersPerUnit = layersPerUnit
    self.others = others
  }

  /// Depth of n units.
  func depth(_ n: Int) -> Int { layersPerUnit * n + others }

  /// Units of a depth; `nil` for a depth that no n gives.
  func n(_ depth: Int) -> Int? {
    let (layers, overflow) = depth.subtractingReportingOverflow(others)
    return !overflow && layers > 0 && layers % layersPerUnit == 0 ? layers / layersPerUnit : nil
  }

  /// `6n + 2`.
  package var description: String { "\(layersPerUnit)n + \(others)" }
}

/// Why `--set` was refused.
package enum SettingError: Error, Hashable, Sendable {
  /// The family has no such number.
  case unknown(name: String, known: [String])
  /// The value is not one the family can have.
  case invalid(name: String, value: String, expected: String)
}

extension SettingError: CustomStringConvertible {
  /// One line: what was given, what is possible.
  package var description: String {
    switch self {
    case .unknown(let name, let known) where known.isEmpty:
      "\(name): this network has nothing to set"
    case .unknown(let name, let known):
      "\(name): not a setting of this network: it has \(known.joined(separator: ", "))"
    case .invalid(let name, let value, let expected):
      "\(name)=\(value): \(expected) expected"
    }
  }
}
