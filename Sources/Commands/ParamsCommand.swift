import Anatomy
import ArgumentParser
import GraphIR
import Session
import Text
import Zoo

/// `cnnzoo params`: counts parameters and multiply-accumulates.
struct ParamsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "params", abstract: "Count parameters and multiply-accumulates.",
    discussion: """
      Counts are compared with the published figures; exit status 65 if they differ. With --set, --classes or \
      --input-size there are no figures to compare with.
      """)

  @Argument(help: .init("Names of networks, see 'cnnzoo list'.", valueName: "model"))
  var models: [String]

  @OptionGroup var network: NetworkOptions

  @Flag(help: "List every layer that has parameters or MACs.")
  var perLayer = false

  @Option(
    name: .customLong("as"),
    help: .init(
      "Count like other tools as well, separated by commas: \(CountingConvention.names).",
      valueName: "conventions"))
  var conventions: ConventionList?

  @OptionGroup var output: FormatOption

  func validate() throws {
    try refuse(
      "--as", when: perLayer && output.format != .json,
      "with --per-layer: it counts whole networks; --format json has both")
  }

  func run() throws {
    let counts = try models.map { name in
      let network = try network.resolve(name)
      return Count(network: network, graph: try network.graph(), conventions: conventions?.conventions ?? [])
    }
    try emit(output.format == .json ? json(counts) : table(counts))
    for count in counts { try count.verify() }
  }

  private func json(_ counts: [Count]) -> String {
    counts.map { count in
      let totals = count.totals
      var object: JSONObject = [
        "schema": "cnnzoo.params/1", "model": .string(count.network.name),
        "parameters": .integer(totals.parameters), "trainable": .integer(totals.parameters),
        "buffers": .integer(totals.buffers), "auxiliary": .integer(totals.auxiliary),
        "macs": .integer(totals.macs),
      ]
      if !count.converted.isEmpty {
        var others: JSONObject = [:]
        for (convention, count) in count.converted { others.append(convention.rawValue, .integer(count)) }
        object.append("as", .object(others))
      }
      if perLayer { object.append("layers", .array(count.layers.map(object(of:)))) }
      return object.line
    }.joined()
  }

  private func object(of layer: Layer) -> JSON {
    [
      "name": .string(layer.name), "operator": .string(layer.kind),
      "output_shape": .shape(layer.outputShape), "parameters": .integer(layer.parameters),
      "buffers": .integer(layer.buffers), "macs": .integer(layer.macs),
      "auxiliary": .bool(layer.isAuxiliary),
    ]
  }

  private func table(_ counts: [Count]) -> String {
    if perLayer { return layerTable(counts).text(as: output.format) }
    let totals = totalTable(counts).text(as: output.format)
    guard output.format == .text, let conventions = conventions?.conventions else { return totals }
    return totals + "\n" + conventions.map { "\($0): \($0.meaning)\n" }.joined()
  }

  private func totalTable(_ counts: [Count]) -> Table {
    var table = Table(
      [
        .init("model", key: "model"), .init("parameters", key: "parameters", .right),
        .init("trainable", key: "trainable", .right), .init("buffers", key: "buffers", .right),
        .init("auxiliary", key: "auxiliary", .right), .init("MACs", key: "macs", .right),
      ] + (conventions?.conventions ?? []).map { .init($0.rawValue, key: $0.rawValue, .right) })
    table.rows = counts.map { count in
      let totals = count.totals
      let own: [Table.Cell] = [
        .init(count.network.name), .count(totals.parameters), .count(totals.parameters),
        .count(totals.buffers), .count(totals.auxiliary), .count(totals.macs),
      ]
      return own + count.converted.map { .count($0.count) }
    }
    return table
  }

  private func layerTable(_ counts: [Count]) -> Table {
    var table = Table([
      .init("model", key: "model"), .init("layer", key: "name"), .init("operator", key: "operator"),
      .init("output", key: "output_shape"), .init("parameters", key: "parameters", .right),
      .init("buffers", key: "buffers", .right), .init("MACs", key: "macs", .right),
    ])
    table.rows = counts.flatMap { count in
      count.layers.map {
        [
          .init(count.network.name), .init($0.name), .init("\($0.kind) \($0.attributes)", raw: $0.kind),
          .shape($0.outputShape), .count($0.parameters), .count($0.buffers), .count($0.macs),
        ]
      }
    }
    return table
  }
}

/// The counts of one network.
private struct Count {
  let network: Network
  let totals: Totals
  let converted: [(convention: CountingConvention, count: Int)]
  /// The layers that have parameters or MACs.
  let layers: [Layer]

  init(network: Network, graph: Graph, conventions: [CountingConvention]) {
    self.network = network
    totals = graph.totals
    converted = conventions.map { ($0, $0.count(graph, source: network.architecture.frameworkSource)) }
    layers = Breakdown(graph).layers.filter { $0.parameters + $0.buffers + $0.macs > 0 }
  }

  /// Throws ``DataError`` if the network does not have the published counts.
  func verify() throws(DataError) {
    guard network.isPublished else { return }
    let expected = network.entry.expect
    for (what, found, published) in [
      ("parameters", totals.parameters, expected.parameters),
      ("auxiliary parameters", totals.auxiliary, expected.auxiliary), ("MACs", totals.macs, expected.macs),
    ] where found != published {
      throw DataError(
        "\(network.name): the built network has \(Numbers.grouped(found)) \(what), the published figure is"
          + " \(Numbers.grouped(published))")
    }
  }
}

/// The value of `--as`: conventions separated by commas.
struct ConventionList: ExpressibleByArgument {
  let conventions: [CountingConvention]

  init?(argument: String) {
    let found = argument.split(separator: ",", omittingEmptySubsequences: false)
      .map { CountingConvention(rawValue: String($0)) }
    conventions = found.compactMap(\.self)
    guard conventions.count == found.count else { return nil }
  }
}

extension CountingConvention {
  /// All names, separated by commas.
  static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
