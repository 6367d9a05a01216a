import Glibc

/// A process that works alone: sums are its own values.
package final class SingleProcess: ProcessGroup {
  private var numbers: [Double] = []

  /// A group of one.
  package init() {}

  package let rank = 0
  package let count = 1
  package let hosts = ["this host"]

  package func startSum(_ values: UnsafeMutableBufferPointer<Float>) {}
  package func finishSums() {}
  package func startCollection(_ numbers: [Double]) { self.numbers = numbers }
  package func finishCollection() -> [[Double]] { [numbers] }
  package func exchange(_ blocks: UnsafeMutableRawPointer, bytes: Int) {}
  package func broadcast(_ bytes: UnsafeMutableRawBufferPointer) {}
  package func gather(_ bytes: [UInt8]) -> [[UInt8]]? { [bytes] }
  package func leave() {}
  package func abort(status: Int32) -> Never { exit(status) }
}
