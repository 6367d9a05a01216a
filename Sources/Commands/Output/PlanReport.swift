import Engine
import GraphIR
import Session
import TensorCore
import Text

/// What `summary --plan` prints.
struct PlanReport {
  let network: Network
  let plan: PlanDescription
  /// The memory that it needs.
  let memory: MemoryStatement
  /// Threads that are available.
  let threads: Int

  private var isTraining: Bool { plan.division == nil }
  private var imagesOfBatch: Int { plan.imagesPerRun * (plan.division?.runs ?? 1) }
  /// Threads that find work.
  private var workingThreads: Int { plan.division?.threads(requested: threads) ?? threads }

  // MARK: JSON

  /// The object of schema `cnnzoo.plan/1`.
  var json: JSONObject {
    var object: JSONObject = [
      "schema": "cnnzoo.plan/1", "model": .string(network.name),
      "mode": .string(isTraining ? "train" : "infer"), "convolution": .string(plan.convolution.name),
      "instruction_set": .string(plan.instructionSet),
      "input_shape": .shape(network.image.withLeading(imagesOfBatch)), "threads": .integer(threads),
      "effective_threads": .integer(workingThreads),
    ]
    if let division = plan.division {
      object.append("runs", .integer(division.runs))
      object.append("images_per_run", .integer(plan.imagesPerRun))
      object.append("arenas", .integer(division.arenas(threads: workingThreads)))
      object.append("threads_share_layers", .bool(division.sharesLayers))
    }
    object.append("arena_bytes", .integer(plan.arenaBytes))
    object.append("memory", .object(memory.json))
    object.append("precision", .string(plan.precision.name))
    object.append("steps", .array(plan.rows.map { .object(step($0)) }))
    return object
  }

  private func step(_ row: PlanDescription.Row) -> JSONObject {
    var object: JSONObject = ["step": .integer(row.number), "name": .string(row.name)]
    if let direction = row.direction { object.append("pass", .string(direction.rawValue)) }
    for (key, value) in [
      ("operator", .string(row.kind)), ("attributes", .string(row.attributes)),
      ("algorithm", .string(row.algorithm)), ("output_shape", .shape(row.shape)),
    ] as [(String, JSON)] { object.append(key, value) }
    if let value = row.value {
      object.append("offset", .integer(value.offset))
      object.append("bytes", .integer(value.bytes))
      object.append("pixel_bytes", .integer(value.pixelBytes))
      object.append("pixel_stride_bytes", .integer(value.pixelStride))
      object.append("first_step", .integer(value.life.lowerBound))
      object.append("last_step", .integer(value.life.upperBound))
      object.append("inside_step", value.inside.map(JSON.integer) ?? .null)
    }
    if let statistics = row.statistics {
      object.append("statistics_offset", .integer(statistics.offset))
      object.append("statistics_bytes", .integer(statistics.bytes))
      object.append("statistics_last_step", .integer(statistics.life.upperBound))
    }
    object.append("packed_bytes", .integer(row.packedBytes))
    object.append("scratch_offset", row.scratch.map { .integer($0.offset) } ?? .null)
    object.append("scratch_bytes", .integer(row.scratch?.bytes ?? 0))
    object.append("thread_scratch_bytes", .integer(row.threadScratchBytes))
    return object
  }

  // MARK: Table

  /// A row per step.
  var table: Table {
    var table = Table(
      [.init("step", key: "step", .right), .init("layer", key: "name")]
        + (isTraining ? [.init("pass", key: "pass")] : []) + [
          .init("operator", key: "operator"), .init("algorithm", key: "algorithm"),
          .init("output", key: "output_shape"), .init("offset", key: "offset", .right),
          .init("size", key: "bytes", .right), .init("stride", key: "pixel_stride_bytes", .right),
          .init("from", key: "first_step", .right), .init("to", key: "last_step", .right),
          .init("in", key: "inside_step", .right), .init("weights", key: "packed_bytes", .right),
        ]
        + (isTraining
          ? [
            .init("statistics at", key: "statistics_offset", .right),
            .init("statistics", key: "statistics_bytes", .right),
          ] : []) + [
          .init("scratch at", key: "scratch_offset", .right), .init("scratch", key: "scratch_bytes", .right),
          .init("a thread", key: "thread_scratch_bytes", .right),
        ])
    table.rows = plan.rows.map(cells)
    return table
  }

  private func cells(_ row: PlanDescription.Row) -> [Table.Cell] {
    func offset(_ region: PlanDescription.Region?) -> Table.Cell {
      region.map { .count($0.offset) } ?? .empty
    }
    func size(_ bytes: Int?) -> Table.Cell {
      guard let bytes, bytes > 0 else { return .init("", raw: "0") }
      return .bytes(bytes)
    }
    func number(_ value: Int?) -> Table.Cell { value.map { .init(String($0)) } ?? .empty }
    let value = row.value
    let isDense = value.map { $0.pixelStride == $0.pixelBytes } ?? true
    var cells: [Table.Cell] = [.init(String(row.number)), .init(row.name)]
    if isTraining { cells.append(.init(row.direction?.rawValue ?? "")) }
    let words = [row.kind, row.attributes].filter { !$0.isEmpty }.joined(separator: " ")
    cells += [.init(words, raw: row.kind), .init(row.algorithm), .shape(row.shape)]
    cells += [offset(value), value.map { .bytes($0.bytes) } ?? .empty]
    cells.append(
      value.map { .init(isDense ? "" : Numbers.grouped($0.pixelStride), raw: String($0.pixelStride)) }
        ?? .empty
    )
    cells += [number(value?.life.lowerBound), number(value?.life.upperBound), number(value?.inside)]
    cells.append(size(row.packedBytes))
    if isTraining { cells += [offset(row.statistics), size(row.statistics?.bytes)] }
    cells += [offset(row.scratch), size(row.scratch?.bytes), size(row.threadScratchBytes)]
    return cells
  }

  // MARK: Text

  /// The table between a heading and the memory, for people.
  func text(style: TextStyle) -> String {
    var text = style.heading(network.name) + "  \(isTraining ? "training" : "inference")"
    text += ", convolution \(plan.convolution.name)"
    if plan.precision != .float32 { text += ", \(plan.precision.name)" }
    text += ", \(plan.instructionSet) kernels\n"
    text += "input \(network.image.withLeading(imagesOfBatch)), \(division)\n\n"
    text += table.aligned(style: style)
    return text + "\nmemory  \(memory.text)\n"
  }

  /// How the batch is divided, and among how many threads.
  private var division: String {
    func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
    let threads = count(workingThreads, "thread")
    guard let division = plan.division else { return threads }
    let runs = count(division.runs, "run") + " of " + count(plan.imagesPerRun, "image")
    let sharing = workingThreads == 1 ? "" : division.sharesLayers ? " that share layers" : ", one run each"
    return "\(runs), \(threads)\(sharing)"
  }
}

extension Shape {
  /// The shape of a batch of `count` of these.
  fileprivate func withLeading(_ count: Int) -> Shape { Shape([count] + dimensions) }
}
