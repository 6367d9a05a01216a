import Zoo

/// A network as somebody asks for it: a name, and what is to differ from its registry entry.
package struct NetworkRequest: Hashable, Sendable {
  /// Name of the registry entry: `resnet50`.
  package var name: String
  /// Settings of the family, applied in order.
  package var settings: [SettingValue]
  /// Outputs of the head; `nil` for the network's own number.
  package var classes: Int?
  /// Size of the input; `nil` for the network's own.
  package var inputSize: InputSize?

  /// A request from its parts.
  package init(
    _ name: String, settings: [SettingValue] = [], classes: Int? = nil, inputSize: InputSize? = nil
  ) {
    self.name = name
    self.settings = settings
    self.classes = classes
    self.inputSize = inputSize
  }

  /// Whether the network is to be exactly as its entry says, so that the published figures hold.
  var isUnchanged: Bool { settings.isEmpty && classes == nil && inputSize == nil }
}

extension SettingValue {
  /// Reads `key=value`; without `=` the value is empty, which no setting takes.
  package init(parsing text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    self.init(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
  }

  /// `key=value`.
  package var text: String { "\(name)=\(value)" }
}
