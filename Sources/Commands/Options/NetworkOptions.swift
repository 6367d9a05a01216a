import ArgumentParser
import Session
import Zoo

/// Options that change a network from what its registry entry says.
struct NetworkOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: .init(
      "Change a number of the family, named as in the paper; may be repeated. 'cnnzoo about' lists them.",
      valueName: "key=value"))
  var settings: [String] = []

  @Option(help: .init("Number of outputs of the head.", valueName: "n"))
  var classes: Int?

  @Option(
    help: .init("Input size: 224, 224x224 (height, width) or 1x28x28 (channels first).", valueName: "size"),
    transform: InputSize.init(parsing:))
  var inputSize: InputSize?

  func validate() throws {
    try check(classes, in: Limits.classes, option: "--classes")
    for setting in settings where !setting.contains("=") {
      throw ValidationError("--set expects key=value, not '\(setting)'")
    }
  }

  /// The request for the network called `name` with these changes.
  func request(_ name: String) -> NetworkRequest {
    NetworkRequest(
      name, settings: settings.map(SettingValue.init(parsing:)), classes: classes, inputSize: inputSize)
  }

  /// The network called `name` with these changes.
  ///
  /// Throws ``RegistryError`` for a name and ``SettingError`` for a setting that does not exist.
  func resolve(_ name: String) throws -> Network { try Network(request(name)) }
}
