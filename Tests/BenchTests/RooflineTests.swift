import Bench
import Testing

/// What bounds a layer, for invented machines and layers.
@Suite struct RooflineTests {
  /// 100 GFLOP/s, 20 GB/s, one microsecond per barrier.
  private func roofline(threads: Int) -> Roofline {
    Roofline(
      sgemmGFLOPs: 100, ownGFLOPs: 60, readGigabytesPerSecond: 20, barrierSeconds: 1e-6, wakeSeconds: 5e-6,
      threads: threads)
  }

  private func bound(
    milliseconds: Double, products: Double, megabytes: Double, tiles: [Int], threads: Int = 2
  ) -> Bound? {
    roofline(threads: threads).bound(
      of: LayerWork(
        seconds: milliseconds * 1e-3, products: products, bytes: Int(megabytes * 1e6), tiles: tiles))
  }

  @Test func nearTheRoofOfArithmetic() {
    // 100 MFLOP in 2 ms are 50 of 100 GFLOP/s; in 2.1 ms they are less than half.
    #expect(bound(milliseconds: 2, products: 50e6, megabytes: 1, tiles: [64]) == .compute)
    #expect(bound(milliseconds: 2.1, products: 50e6, megabytes: 1, tiles: [64]) == .small)
  }

  @Test func nearTheRoofOfMemory() {
    // 20 MB in 2 ms are 10 of 20 GB/s.
    #expect(bound(milliseconds: 2, products: 5e6, megabytes: 20, tiles: [64]) == .memory)
    #expect(bound(milliseconds: 2.1, products: 5e6, megabytes: 20, tiles: [64]) == .small)
  }

  @Test func theNearerRoofCounts() {
    #expect(bound(milliseconds: 2, products: 60e6, megabytes: 22, tiles: [64]) == .compute)
    #expect(bound(milliseconds: 2, products: 60e6, megabytes: 26, tiles: [64]) == .memory)
  }

  @Test func tilesThatDoNotDivide() {
    // Two threads lose half of their time with one work item, a quarter with three, a sixth with five.
    #expect(bound(milliseconds: 2, products: 50e6, megabytes: 1, tiles: [1]) == .threads)
    #expect(bound(milliseconds: 2, products: 50e6, megabytes: 1, tiles: [3]) == .threads)
    #expect(bound(milliseconds: 2, products: 50e6, megabytes: 1, tiles: [5]) == .compute)
    #expect(bound(milliseconds: 2, products: 50e6, megabytes: 1, tiles: [1, 1, 64]) == .compute)
    #expect(bound(milliseconds: 2, products: 50e6, megabytes: 1, tiles: [1], threads: 1) == .compute)
  }

  @Test func barriersThatTakeTheTime() {
    // Three barriers take 3 of 10 microseconds, but only 15 % of 20.
    #expect(bound(milliseconds: 0.01, products: 5e5, megabytes: 0, tiles: [2, 2, 2]) == .threads)
    #expect(bound(milliseconds: 0.02, products: 1e6, megabytes: 0, tiles: [2, 2, 2]) == .compute)
    #expect(bound(milliseconds: 0.01, products: 5e5, megabytes: 0, tiles: [2, 2, 2], threads: 1) == .compute)
  }

  @Test func layersWithoutProducts() {
    #expect(bound(milliseconds: 1, products: 0, megabytes: 12, tiles: [64]) == .memory)
    #expect(bound(milliseconds: 1, products: 0, megabytes: 2, tiles: [64]) == .compute)
  }

  @Test func layersThatDoNothing() {
    #expect(bound(milliseconds: 0, products: 0, megabytes: 2, tiles: []) == nil)
    #expect(bound(milliseconds: 0.001, products: 0, megabytes: 2, tiles: [0]) == nil)
  }
}
