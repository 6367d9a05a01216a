import ArgumentParser
import Tradeoffs

/// The options that leave out networks by their accuracy and by what they cost.
struct LimitOptions: ParsableArguments {
  @Option(help: .init("Least top-1 accuracy on ImageNet.", valueName: "percent"))
  var minAccuracy: Double?

  @Option(help: .init("Longest time of a batch, in milliseconds.", valueName: "ms"))
  var maxMs: Double?

  @Option(help: .init("Most memory, such as 300MB or 1.5GiB.", valueName: "size"))
  var maxMemory: ByteQuantity?

  @Option(help: .init("Most parameters, such as 25000000 or 25M.", valueName: "n"))
  var maxParams: Quantity?

  @Option(help: .init("Most MACs, such as 4100000000 or 4.1G.", valueName: "n"))
  var maxMacs: Quantity?

  func validate() throws {
    try check(minAccuracy, in: 0...100, option: "--min-accuracy")
    try check(maxMs, above: 0, option: "--max-ms")
  }

  /// The limits.
  var limits: TradeoffLimits {
    var limits = TradeoffLimits()
    limits.minimumAccuracy = minAccuracy
    limits.maximumMilliseconds = maxMs
    limits.maximumMemoryBytes = maxMemory?.bytes
    limits.maximumParameters = maxParams?.value
    limits.maximumMACs = maxMacs?.value
    return limits
  }
}

/// Bytes as people write them: `300MB`, `1.5GiB`, `1000000`.
struct ByteQuantity: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    let units: [(String, Double)] = [
      ("KiB", 0x1p10), ("MiB", 0x1p20), ("GiB", 0x1p30), ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9),
      ("B", 1),
    ]
    let unit = units.first { argument.hasSuffix($0.0) }
    let digits = argument.dropLast(unit?.0.count ?? 0)
    guard let number = Double(digits.last == " " ? digits.dropLast() : digits) else { return nil }
    let scaled = (number * (unit?.1 ?? 1)).rounded(.down)
    guard scaled >= 0, scaled < 9e18 else { return nil }
    bytes = Int(scaled)
  }
}
