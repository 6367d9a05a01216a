import Bench
import Engine
import GraphIR
import Session
import TensorCore
import Text

/// A measurement of one network at one batch size and number of threads.
struct BenchMeasurement {
  let network: Network
  /// The requested algorithm for its convolutions.
  let convolution: ConvolutionChoice
  /// The requested precision.
  let precision: ComputePrecision
  let result: BenchmarkResult
  /// The measurements that chose its algorithms.
  let tuning: [Tuner.Result]
  /// Largest resident size of the process so far.
  let peakResidentBytes: Int
}

/// What `bench` prints.
struct BenchReport {
  let machine: Machine
  let mode: BenchCommand.Mode
  var measurements: [BenchMeasurement] = []

  init(machine: Machine, mode: BenchCommand.Mode) {
    self.machine = machine
    self.mode = mode
  }

  /// The object of schema `cnnzoo.bench/1`.
  func json(_ measurement: BenchMeasurement) -> JSONObject {
    let result = measurement.result
    let statistics = result.statistics
    var object: JSONObject = [
      "schema": "cnnzoo.bench/1", "model": .string(measurement.network.name), "mode": .string(mode.rawValue),
      "convolution": .string(measurement.convolution.name),
      "batch": .integer(result.batch), "threads": .integer(result.threads),
      "effective_threads": .integer(result.effectiveThreads),
      "input_shape": .shape(measurement.network.image), "macs": .integer(result.macs),
      "median_ms": .number(statistics.median), "minimum_ms": .number(statistics.minimum),
      "maximum_ms": .number(statistics.maximum), "p90_ms": .number(statistics.percentile(90)),
      "p99_ms": .number(statistics.percentile(99)), "spread": .number(statistics.spread),
      "outliers": .integer(statistics.outliers), "images_per_second": .number(result.imagesPerSecond),
      "gflops": .number(result.gflops), "sgemm_gflops": .number(result.sgemmGFLOPs),
      "sgemm_share": .number(result.sgemmShare), "own_gflops": .number(result.ownGFLOPs),
      "compute_share": .number(result.computeShare),
      "peak_rss_bytes": .integer(measurement.peakResidentBytes),
      "rss_before_bytes": .integer(result.residentBytesBefore), "memory": .object(result.memory.json),
      "precision": .string(measurement.precision.name),
      "machine": [
        "cpu": .string(machine.cpu), "cores": .integer(machine.cores),
        "instruction_set": .string(machine.instructionSet),
        "openblas_version": .string(machine.openBLASVersion),
        "openblas_core": .string(machine.openBLASCore), "openblas_threads": .integer(1),
      ],
      "samples_ms": .array(result.samplesMilliseconds.map(JSON.number)),
    ]
    if !result.layers.isEmpty {
      let layers: [JSON] = result.layers.map {
        var layer: JSONObject = ["name": .string($0.name)]
        if let direction = $0.direction { layer.append("half", .string(direction.rawValue)) }
        for (key, value) in [
          ("operator", .string($0.operation)), ("algorithm", .string($0.algorithm)),
          ("replaced_algorithm", $0.replacedAlgorithm.map(JSON.string) ?? .null),
          ("bound", $0.bound.map { .string($0.rawValue) } ?? .null), ("output_shape", .shape($0.outputShape)),
          ("ms", .number($0.milliseconds)),
          ("macs", .integer($0.macs)), ("bytes", .integer($0.bytes)), ("gflops", .number($0.gflops)),
          ("gigabytes_per_second", .number($0.gigabytesPerSecond)),
        ] as [(String, JSON)] { layer.append(key, value) }
        return .object(layer)
      }
      object.append("layers", .array(layers))
      if let roofline = result.roofline {
        object.append(
          "roofline",
          [
            "sgemm_gflops": .number(roofline.sgemmGFLOPs), "own_gflops": .number(roofline.ownGFLOPs),
            "read_gigabytes_per_second": .number(roofline.readGigabytesPerSecond),
            "barrier_us": .number(roofline.barrierSeconds * 1e6),
            "wake_us": .number(roofline.wakeSeconds * 1e6), "threads": .integer(roofline.threads),
          ])
      }
    }
    if !measurement.tuning.isEmpty {
      let problems: [JSON] = measurement.tuning.map { result in
        [
          "problem": .string(result.problem), "algorithm": .string(result.winner),
          "candidates": .array(
            result.candidates.map {
              ["algorithm": .string($0.algorithm), "ms": .number($0.milliseconds)]
            }),
        ]
      }
      object.append("tuning", .array(problems))
    }
    return object
  }

  /// A row per measurement, or per layer.
  func table(perLayer: Bool) -> Table { perLayer ? layerTable : totalTable }

  private var totalTable: Table {
    var table = Table([
      .init("model", key: "model"), .init("batch", key: "batch", .right),
      .init("threads", key: "threads", .right), .init("convolution", key: "convolution"),
      .init("median ms", key: "median_ms", .right), .init("minimum ms", key: "minimum_ms", .right),
      .init("p90 ms", key: "p90_ms", .right), .init("p99 ms", key: "p99_ms", .right),
      .init("images/s", key: "images_per_second", .right), .init("GFLOP/s", key: "gflops", .right),
      .init("of sgemm", key: "sgemm_share", .right), .init("of best", key: "compute_share", .right),
      .init("peak memory", key: "peak_rss_bytes", .right),
      .init("iterations", key: "runs", .right),
    ])
    table.rows = measurements.map { measurement in
      let result = measurement.result
      let statistics = result.statistics
      let times = [
        statistics.median, statistics.minimum, statistics.percentile(90), statistics.percentile(99),
      ].map { Table.Cell.milliseconds($0, digits: 2) }
      return [
        .init(measurement.network.name), .init(String(result.batch)), .init(String(result.threads)),
        .init(measurement.convolution.name),
      ]
        + times + [
          .fixed(result.imagesPerSecond, digits: 1), .fixed(result.gflops, digits: 1),
          .percent(result.sgemmShare, digits: 0), .percent(result.computeShare, digits: 0),
          .bytes(measurement.peakResidentBytes), .init(String(result.samplesMilliseconds.count)),
        ]
    }
    return table
  }

  private var layerTable: Table {
    let passes: [Table.Column] = mode == .train ? [.init("pass", key: "half")] : []
    var table = Table(
      [
        .init("model", key: "model"), .init("batch", key: "batch", .right),
        .init("threads", key: "threads", .right), .init("convolution", key: "convolution"),
        .init("layer", key: "name"),
      ] + passes + [
        .init("operator", key: "operator"), .init("algorithm", key: "algorithm"),
        .init("output", key: "output_shape"), .init("ms", key: "ms", .right),
        .init("share", key: "share", .right), .init("GFLOP/s", key: "gflops", .right),
        .init("GB/s", key: "gigabytes_per_second", .right), .init("bound", key: "bound"),
      ])
    for measurement in measurements {
      let result = measurement.result
      let sum = result.layers.reduce(0) { $0 + $1.milliseconds }
      table.rows += result.layers.map { layer in
        let pass: [Table.Cell] = layer.direction.map { [.init($0.rawValue)] } ?? []
        let beginning: [Table.Cell] = [
          .init(measurement.network.name), .init(String(result.batch)), .init(String(result.threads)),
          .init(measurement.convolution.name), .init(layer.name),
        ]
        return beginning + pass + [
          .init(layer.operation),
          .init(
            layer.algorithm + (layer.replacedAlgorithm.map { " for \($0)" } ?? ""), raw: layer.algorithm),
          .shape(layer.outputShape),
          .milliseconds(layer.milliseconds, digits: 3), .percent(layer.milliseconds / sum, digits: 1),
          .fixed(layer.gflops, digits: 1), .fixed(layer.gigabytesPerSecond, digits: 1),
          layer.bound.map { .init($0.rawValue) } ?? .empty,
        ]
      }
    }
    return table
  }

  /// The machine, and the tables.
  func text(perLayer: Bool, style: TextStyle) -> String {
    var text = "\(machine.cpu), \(machine.cores) cores, \(machine.instructionSet) kernels\n"
    text += "OpenBLAS \(machine.openBLASVersion) (\(machine.openBLASCore)), one thread per call\n\n"
    text += totalTable.aligned(style: style)
    for roofline in measurements.compactMap(\.result.roofline) {
      text +=
        "\n\(roofline.threads) threads: sgemm \(Numbers.fixed(roofline.sgemmGFLOPs, digits: 0)) GFLOP/s,"
      text += " our own matrix kernel \(Numbers.fixed(roofline.ownGFLOPs, digits: 0)) GFLOP/s,"
      text += " memory reads \(Numbers.fixed(roofline.readGigabytesPerSecond, digits: 1)) GB/s,"
      text += " barrier \(Numbers.fixed(roofline.barrierSeconds * 1e6, digits: 1)) µs\n"
    }
    if perLayer { text += "\n" + layerTable.aligned(style: style) }
    return text
  }
}
