import Text
import Tradeoffs
import Zoo

/// Networks side by side, as `compare` and `pick` print them.
struct CandidateReport {
  let candidates: [Candidate]
  let batch: Int
  let threads: Int

  func text(as format: OutputFormat) -> String {
    format == .json ? candidates.map { json($0).line }.joined() : table.text(as: format)
  }

  private func json(_ candidate: Candidate) -> JSONObject {
    [
      "schema": "cnnzoo.compare/1", "model": .string(candidate.name), "family": .string(candidate.family),
      "top1_percent": candidate.accuracy.map { .number($0.percent) } ?? .null,
      "top1_source": candidate.accuracy.map { .string($0.source) } ?? .null,
      "parameters": .integer(candidate.parameters), "macs": .integer(candidate.macs),
      "batch": .integer(batch), "threads": .integer(threads),
      "memory_bytes": .integer(candidate.memoryBytes),
      "minimum_ms": candidate.milliseconds.map(JSON.number) ?? .null,
    ]
  }

  private var table: Table {
    var table = Table([
      .init("model", key: "model"), .init("top-1 %", key: "top1_percent", .right),
      .init("parameters", key: "parameters", .right), .init("MACs", key: "macs", .right),
      .init("ms", key: "minimum_ms", .right), .init("memory", key: "memory_bytes", .right),
      .init("top-1 by", key: "top1_source"),
    ])
    table.rows = candidates.map { candidate in
      [
        .init(candidate.name), candidate.accuracy.map { .fixed($0.percent, digits: 2) } ?? .empty,
        .scaled(candidate.parameters), .scaled(candidate.macs),
        candidate.milliseconds.map { .milliseconds($0, digits: 2) } ?? .empty, .bytes(candidate.memoryBytes),
        .init(candidate.accuracy?.source ?? ""),
      ]
    }
    return table
  }
}
