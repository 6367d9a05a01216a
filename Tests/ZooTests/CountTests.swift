import GraphIR
import Testing
import Zoo

/// Compares the counts of every registered network with the published figures.
struct CountTests {
  @Test(arguments: Registry.standard.all.map(\.name))
  func countsAreThePublishedOnes(_ name: String) throws {
    let entry = try Registry.standard.entry(name)
    let totals = try entry.graph().totals
    #expect(totals.parameters == entry.expect.parameters)
    #expect(totals.macs == entry.expect.macs)
    #expect(totals.auxiliary == entry.expect.auxiliary)
    #expect(!entry.expect.source.isEmpty)
  }

  @Test(arguments: Registry.standard.all.map(\.name))
  func macsGrowWithTheBatchAndParametersDoNot(_ name: String) throws {
    let entry = try Registry.standard.entry(name)
    let totals = try entry.graph(batch: 3).totals
    #expect(totals.macs == 3 * entry.expect.macs)
    #expect(totals.parameters == entry.expect.parameters)
  }
}
