import Engine
import Foundation
import Support
import Synchronization
import Testing
import Tuning

@Suite struct TuningStoreTests {
  /// A temporary folder, and what the stores in it reported.
  final class Place {
    private let folder: TemporaryFolder
    var notes: [String] = []

    init() throws { folder = try TemporaryFolder() }

    func store(cpu: String = "Maker 25 1 Model") -> TuningStore {
      TuningStore(folder: folder.path("home"), cpu: cpu) { self.notes.append($0) }
    }
  }

  @Test func winnersAreFoundAgain() throws {
    let place = try Place()
    let store = place.store()
    #expect(store.choices(instructionSet: "avx2", threads: 2) == AlgorithmChoices())
    store.keep(AlgorithmChoices(["a": "winograd_4"]), instructionSet: "avx2", threads: 2)
    store.keep(AlgorithmChoices(["a": "im2col"]), instructionSet: "avx2", threads: 1)
    let later = place.store()
    #expect(later.choices(instructionSet: "avx2", threads: 2)["a"] == "winograd_4")
    #expect(later.choices(instructionSet: "avx2", threads: 1)["a"] == "im2col")
    #expect(later.choices(instructionSet: "avx512", threads: 2) == AlgorithmChoices())
    #expect(place.store(cpu: "Other").choices(instructionSet: "avx2", threads: 2) == AlgorithmChoices())
    #expect(place.notes.isEmpty)
  }

  /// Two runs at the same time lose nothing of each other.
  @Test func whatOthersWroteStays() throws {
    let place = try Place()
    let (first, second) = (place.store(), place.store())
    first.keep(AlgorithmChoices(["a": "one"]), instructionSet: "avx2", threads: 2)
    second.keep(AlgorithmChoices(["b": "two"]), instructionSet: "avx2", threads: 2)
    #expect(
      place.store().choices(instructionSet: "avx2", threads: 2)
        == AlgorithmChoices(["a": "one", "b": "two"]))
  }

  @Test func aDamagedFileIsIgnoredAndReplaced() throws {
    let place = try Place()
    place.store().keep(AlgorithmChoices(["a": "one"]), instructionSet: "avx2", threads: 2)
    let path = try #require(place.store().path)
    try Data([0xff, 0, 1, 2]).write(to: URL(filePath: path))
    let store = place.store()
    #expect(store.choices(instructionSet: "avx2", threads: 2) == AlgorithmChoices())
    #expect(place.notes == ["\(path): ignored: damaged"])
    store.keep(AlgorithmChoices(["b": "two"]), instructionSet: "avx2", threads: 2)
    #expect(place.store().choices(instructionSet: "avx2", threads: 2) == AlgorithmChoices(["b": "two"]))
    #expect(place.notes.count == 1)
  }

  @Test func aFolderInPlaceOfTheFileIsNoted() throws {
    let place = try Place()
    let path = try #require(place.store().path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let store = place.store()
    #expect(place.notes.count == 1 && place.notes[0].contains("not a regular file"))
    store.keep(AlgorithmChoices(["a": "one"]), instructionSet: "avx2", threads: 2)
    #expect(place.notes.count == 2 && place.notes[1].hasSuffix("measurements hold for this run only"))
  }

  @Test func withoutAFolderNothingIsKept() {
    let notes = Mutex<[String]>([])
    let store = TuningStore(folder: nil, cpu: "x") { line in notes.withLock { $0.append(line) } }
    store.keep(AlgorithmChoices(["a": "one"]), instructionSet: "avx2", threads: 2)
    #expect(notes.withLock { $0 } == ["no folder to keep measurements in: set CNNZOO_HOME"])
  }

  /// Names of CPUs go into a path.
  @Test func namesOfCPUsAreTamed() {
    let store = TuningStore(folder: "/f", cpu: "../A (R)\n CPU\t@ 3,0 é") { _ in }
    #expect(store.path == "/f/tuning-a-r-cpu-3-0.txt")
  }
}
