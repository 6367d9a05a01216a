import Foundation
import Support
import Testing

/// `bench --per-layer` reports where the time went, whatever the division of the batch among threads.
@Suite(.serialized) struct LayerTimesTests {
  private static let limits = "--warm-up 0 --runs 1 --seconds 0 --per-layer"

  private func output(_ arguments: String, format: String) throws -> String {
    let run = try CommandRun.shell("cnnzoo bench \(arguments) \(Self.limits) --format \(format)")
    try #require(run.status == 0, "\(run.errors)")
    return run.output
  }

  /// A network of each kind: image by image, as a whole batch, and so small that its layers are not shared.
  @Test(
    arguments: [
      "resnet18 --input-size 64", "densenet121 --input-size 64", "googlenet --input-size 64",
      "vgg11_bn --input-size 64", "lenet5",
    ], ["infer", "train"])
  func sharesAddUp(network: String, mode: String) throws {
    let csv = try output("\(network) --mode \(mode) --batch-size 1,8 --threads 1,2", format: "csv")
    let rows = csv.split(separator: "\n").map { fields(of: $0) }
    let columns = try #require(rows.first)
    let share = try #require(columns.firstIndex(of: "share"))
    let batch = try #require(columns.firstIndex(of: "batch"))
    let threads = try #require(columns.firstIndex(of: "threads"))
    let algorithm = try #require(columns.firstIndex(of: "algorithm"))
    var sums: [String: Double] = [:]
    for row in rows.dropFirst() {
      let value = try #require(Double(row[share]), "\(row)")
      #expect(value.isFinite && value >= 0)
      // What is done where it lies takes no time; everything else does.
      if row[algorithm] != "in_place" { #expect(value > 0, "\(row)") }
      sums["\(row[batch]) images, \(row[threads]) threads", default: 0] += value
    }
    #expect(sums.count == 4)
    for (measurement, sum) in sums { #expect(abs(sum - 1) < 1e-9, "\(measurement): \(sum)") }
  }

  /// The roof of arithmetic is the better of two rates, and both are told.
  @Test func bothRatesAreTold() throws {
    let json = try output("lenet5 --threads 1", format: "json")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let roofline = try #require(object["roofline"] as? [String: Any])
    #expect(try #require(roofline["sgemm_gflops"] as? Double) > 0)
    #expect(try #require(roofline["own_gflops"] as? Double) > 0)
    let shares = try (
      #require(object["sgemm_share"] as? Double), #require(object["compute_share"] as? Double)
    )
    #expect(shares.1 <= shares.0)
    #expect(try output("lenet5 --threads 1", format: "text").contains("our own matrix kernel"))
  }

  /// Short times keep three significant digits.
  @Test func shortTimesKeepTheirDigits() throws {
    let text = try output("lenet5 --threads 1", format: "text")
    let lines = text.split(separator: "\n").filter { $0.contains("lenet5") && $0.contains("%") }
    let times = lines.flatMap { $0.split(separator: " ") }.filter { $0.hasPrefix("0.0") }
    #expect(times.contains { $0 != "0.000" })
    for time in times where Double(time) != 0 {
      #expect(time.drop { "0.".contains($0) }.count == 3, "\(time)")
    }
  }

  #if arch(x86_64)
    /// OpenBLAS can be made to use kernels for old CPUs; with CPUs that it does not know, it does so by itself.
    @Test func oldKernelsOfOpenBLASAreTold() throws {
      let run = try CommandRun.cnnzoo(
        "bench", "lenet5", "--threads", "1", "--warm-up", "0", "--runs", "1", "--seconds", "0", "--format",
        "csv",
        environment: ["OPENBLAS_CORETYPE": "Nehalem"])
      #expect(run.status == 0)
      let isPortable = try CommandRun.cnnzoo("--version").output.contains("portable")
      let lines = run.errors.split(separator: "\n").filter { $0.contains("Nehalem") }
      #expect(lines.count == (isPortable ? 0 : 1), "\(run.errors)")
    }
  #endif

  /// The fields of a line of CSV.
  private func fields(of line: Substring) -> [String] {
    var fields = [""]
    var isQuoted = false
    for character in line {
      if character == "\"" {
        isQuoted.toggle()
      } else if character == "," && !isQuoted {
        fields.append("")
      } else {
        fields[fields.count - 1].append(character)
      }
    }
    return fields
  }
}
