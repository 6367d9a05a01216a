import Engine
import Kernels
import TensorCore

/// The memory of the machine and of this process.
package enum Memory {
  /// Throws where the machine does not have as much memory, or this process may not take it.
  ///
  /// Where address space is limited, the stacks of threads and OpenBLAS's work space count as well.
  ///
  /// - Parameters:
  ///   - bytes: What is going to be allocated.
  ///   - network: What messages call it.
  ///   - newThreads: Threads that are going to be started for it.
  ///   - callers: Threads that are going to call OpenBLAS at the same time.
  /// - Throws: ``SessionError/notEnoughMemory(network:needed:installed:)``,
  ///   ``SessionError/notEnoughAddressSpace(network:needed:left:)`` or
  ///   ``SessionError/memoryRefused(network:needed:)``.
  package static func check(
    _ bytes: Int, for network: String, newThreads: Int, callers: Int
  ) throws(SessionError) {
    if let installed = AvailableMemory.installed, bytes > installed {
      throw .notEnoughMemory(network: network, needed: bytes, installed: installed)
    }
    guard let left = AvailableMemory.addressSpace else {
      if !AvailableMemory.holds(bytes) { throw .memoryRefused(network: network, needed: bytes) }
      return
    }
    let needed =
      bytes + newThreads * ThreadError.stackBytes + BLAS.missingWorkSpaceBytes(threads: callers)
    if needed > left { throw .notEnoughAddressSpace(network: network, needed: needed, left: left) }
  }

  /// The same for a plan, and what is allocated beside it.
  package static func check(
    _ plan: Plan, threads: Int, beside bytes: Int = 0, for network: String
  ) throws(SessionError) {
    let threads = plan.division.threads(requested: threads)
    let building = plan.memory.weightBytes + threads * plan.stagingCount * MemoryLayout<Float>.stride
    try check(
      bytes + max(plan.memory.peakBytes(threads: threads), building), for: network, newThreads: threads - 1,
      callers: plan.callsOpenBLAS ? threads : 0)
  }
}
