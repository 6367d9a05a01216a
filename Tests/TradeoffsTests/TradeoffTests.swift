import Files
import Graphics
import Support
import Testing
import Tradeoffs
import Zoo

@Suite struct TradeoffTests {
  private func candidate(_ generator: inout Generator, _ index: Int) -> Candidate {
    // Few different numbers, so that equal ones are frequent.
    let accuracy = Int.random(in: 0...12, using: &generator)
    let time = Int.random(in: 0...10, using: &generator)
    return Candidate(
      name: "net\(index)", family: "f", familyTitle: "F",
      accuracy: accuracy == 0
        ? nil : PublishedAccuracy("ImageNet top-1", 60 + 2 * Double(accuracy), source: "s"),
      parameters: Int.random(in: 1...9, using: &generator) * 1_000_000,
      macs: Int.random(in: 1...9, using: &generator) * 100_000_000,
      memoryBytes: Int.random(in: 1...9, using: &generator) << 20,
      milliseconds: time == 0 ? nil : Double(time))
  }

  /// What `pick` prints against the definition, on random networks within random limits.
  @Test func pickingAgreesWithBruteForce() {
    var generator = Generator("pickingAgreesWithBruteForce")
    for _ in 0..<2000 {
      let all = (0..<Int.random(in: 0...25, using: &generator)).map { candidate(&generator, $0) }
      var limits = TradeoffLimits()
      func maybe<Number>(_ number: Number) -> Number? { Bool.random(using: &generator) ? number : nil }
      limits.minimumAccuracy = maybe(Double(Int.random(in: 60...85, using: &generator)))
      limits.maximumMilliseconds = maybe(Double(Int.random(in: 1...10, using: &generator)))
      limits.maximumMemoryBytes = maybe(Int.random(in: 1...9, using: &generator) << 20)
      limits.maximumParameters = maybe(Int.random(in: 1...9, using: &generator) * 1_000_000)
      limits.maximumMACs = maybe(Int.random(in: 1...9, using: &generator) * 100_000_000)

      let picked = all.filter(limits.mayAdmit).filter(limits.admitsTime).paretoSet
      let admitted = all.filter { net in
        guard let accuracy = net.accuracy?.percent, let time = net.milliseconds else { return false }
        if let least = limits.minimumAccuracy, accuracy < least { return false }
        if let most = limits.maximumMilliseconds, time > most { return false }
        if let most = limits.maximumMemoryBytes, net.memoryBytes > most { return false }
        if let most = limits.maximumParameters, net.parameters > most { return false }
        if let most = limits.maximumMACs, net.macs > most { return false }
        return true
      }
      let expected = admitted.filter { net in
        !admitted.contains { other in
          let (a, b) = (other.accuracy?.percent ?? 0, net.accuracy?.percent ?? 0)
          let (s, t) = (other.milliseconds ?? 0, net.milliseconds ?? 0)
          return a >= b && s <= t && other.memoryBytes <= net.memoryBytes
            && (a > b || s < t || other.memoryBytes < net.memoryBytes)
        }
      }
      #expect(Set(picked.map(\.name)) == Set(expected.map(\.name)))
      #expect(picked.count == expected.count)
      #expect(zip(picked, picked.dropFirst()).allSatisfy { $0.milliseconds ?? 0 <= $1.milliseconds ?? 0 })
    }
  }

  @Test func accuracyIsThatOfTheSizeThatIsMeasured() throws {
    // torchvision has weights of this network for 224 and for 384 pixels.
    let entry = try Registry.standard.entry("regnet_y_16gf")
    let best = entry.weights.flatMap(\.accuracy).filter { $0.metric == "ImageNet top-1" }.map(\.percent).max()
    let own = try #require(entry.accuracyAtOwnSize)
    #expect(own.percent < best ?? 0)
  }

  private func measurement(_ model: String, _ milliseconds: Double, version: String = "1") -> Measurement {
    Measurement(
      conditions: .init(
        model: model, batch: 1, threads: 2, instructionSet: "avx2", openBLAS: "0.3 Zen", version: version),
      minimumMilliseconds: milliseconds, medianMilliseconds: milliseconds + 1, runs: 5, time: 1_700_000_000)
  }

  @Test func timesAreKeptForEachMachineAndVersion() throws {
    let folder = try TemporaryFolder()
    func store(_ cpu: String) -> MeasurementStore {
      MeasurementStore(folder: folder.path("cache"), cpu: cpu) { Issue.record("\($0)") }
    }
    store("a").keep(measurement("net", 3))
    store("b").keep(measurement("net", 4))
    store("a").keep(measurement("net", 2.5, version: "2"))
    store("a").keep(measurement("other", 7))
    let (a, b) = (store("a"), store("b"))
    #expect(a[measurement("net", 0).conditions]?.minimumMilliseconds == 3)
    #expect(a[measurement("net", 0, version: "2").conditions]?.minimumMilliseconds == 2.5)
    #expect(a[measurement("other", 0).conditions] == measurement("other", 7))
    #expect(b[measurement("net", 0).conditions]?.minimumMilliseconds == 4)
    #expect(b[measurement("other", 0).conditions] == nil)
    a.keep(measurement("net", 1))
    #expect(store("a")[measurement("net", 0).conditions]?.minimumMilliseconds == 1)
  }

  @Test(arguments: ["", "{", "[]", "{\"schema\":\"cnnzoo.measurements/9\",\"measurements\":[]}"])
  func aDamagedFileIsIgnored(text: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(text, to: "measurements.json")
    var notes: [String] = []
    let store = MeasurementStore(folder: folder.path, cpu: "a") { notes.append($0) }
    #expect(notes.count == 1 && notes[0].contains("measurements.json"))
    store.keep(measurement("net", 3))
    #expect(
      MeasurementStore(folder: folder.path, cpu: "a", note: { notes.append($0) })[
        measurement("net", 0).conditions] != nil)
    #expect(notes.count == 1)
  }

  @Test func rowsThatMakeNoSenseAreLeftOut() throws {
    let folder = try TemporaryFolder()
    let row =
      #"{"cpu":"a","model":"net","batch":1,"threads":2,"instruction_set":"avx2","openblas":"0.3 Zen","version":"1","minimum_ms":MIN,"median_ms":4,"runs":5,"time":1}"#
    for (minimum, isKnown) in [("3", true), ("-3", false), ("\"3\"", false), ("5", false), ("null", false)] {
      let rows = row.replacing("MIN", with: minimum)
      try folder.write(
        "{\"schema\":\"cnnzoo.measurements/1\",\"measurements\":[\(rows),7]}", to: "measurements.json")
      let store = MeasurementStore(folder: folder.path, cpu: "a") { Issue.record("\($0)") }
      #expect((store[measurement("net", 0).conditions] != nil) == isKnown)
    }
  }

  private func measuredCandidates(batches: [Int] = []) throws -> [Candidate] {
    var candidates = try Registry.standard.families.flatMap { family in
      try family.entries.map { try Candidate($0, of: family, batch: 1, threads: 1, batches: batches) }
    }
    for index in candidates.indices { candidates[index].milliseconds = Double(candidates[index].macs) / 1e8 }
    return candidates
  }

  /// Every label lies inside the drawing, none covers another, and every family is in the legend.
  @Test(arguments: TradeoffChart.Kind.allCases) func chartsCanBeRead(kind: TradeoffChart.Kind) throws {
    let candidates = try measuredCandidates()
    for networks in [candidates, Array(candidates.filter { $0.accuracy != nil }.prefix(3)), []] {
      let chart = TradeoffChart(kind, networks, conditions: "here")
      let drawing = chart.drawing
      #expect(drawing.faults(linesMayCross: true) == [])
      let needsAccuracy = kind != .memoryMACs && kind != .timeMACs
      let texts = drawing.labels.map(\.text)
      for network in networks where network.accuracy != nil || !needsAccuracy {
        #expect(texts.contains(network.familyTitle))
        #expect(drawing.svg.contains("<title>\(network.name)</title>"))
      }
      #expect(networks.isEmpty || texts.contains { text in networks.contains { $0.name == text } })
      // A name does not touch its circle.
      for element in drawing.elements {
        guard case .circle(let center, let radius, _, let name?) = element,
          let label = drawing.labels.first(where: { $0.text == name })
        else { continue }
        #expect(label.box.distance(to: center) > radius + 1, "\(name)")
      }
      let text = chart.text(columns: 60, isColored: false)
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= 72 })
    }
  }

  @Test func memoryOverBatchCanBeRead() throws {
    let candidates = try measuredCandidates(batches: MemoryChart.batches)
    for networks in [
      candidates, candidates.filter { $0.parameters < 12_000_000 }, Array(candidates.suffix(2)),
    ] {
      let chart = MemoryChart(networks, threads: 1)
      #expect(chart.drawing.faults(linesMayCross: true) == [])
      #expect(chart.text(columns: 60, isColored: false).contains("images in a batch"))
    }
  }
}
