import Engine
import Testing

/// Every run is done once, and every thread has something to do.
@Suite struct DivisionTests {
  @Test(arguments: 1...9, 1...9) func threadsShareAllRuns(runs: Int, threads: Int) {
    let division = Division(runs: runs, sharesLayers: true)
    #expect(division.threads(requested: threads) == threads)
    let teams = division.teams(threads: threads)
    let solo = division.soloRuns(threads: threads)
    #expect(solo + teams.count == runs)
    #expect(solo.isMultiple(of: threads))
    #expect(teams.isEmpty || Array(teams.joined()) == Array(0..<threads))
    #expect(teams.allSatisfy { !$0.isEmpty })
    #expect(teams.count <= division.arenas(threads: threads))
  }

  @Test(arguments: 1...9, 1...9) func layersAreNotSharedWhereTheyAreShort(runs: Int, requested: Int) {
    let division = Division(runs: runs, sharesLayers: false)
    let threads = division.threads(requested: requested)
    #expect(threads == min(runs, requested))
    #expect(division.soloRuns(threads: threads) == runs)
    #expect(division.teams(threads: threads).isEmpty)
    #expect(division.threadsOnLayer(requested: requested) == 1)
  }

  @Test func aLayerIsMeasuredWithTheThreadsThatRunIt() {
    #expect(Division(runs: 1, sharesLayers: true).threadsOnLayer(requested: 4) == 4)
    #expect(Division(runs: 2, sharesLayers: true).threadsOnLayer(requested: 4) == 2)
    #expect(Division(runs: 8, sharesLayers: true).threadsOnLayer(requested: 4) == 1)
  }
}
