import Glibc

/// The machine's memory.
package enum Memory {
  /// Throws ``SessionError/notEnoughMemory(network:needed:installed:)`` where `bytes` are more than the machine has.
  package static func check(_ bytes: Int, for network: String) throws(SessionError) {
    let installed = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard bytes > installed, installed > 0 else { return }
    throw .notEnoughMemory(network: network, needed: bytes, installed: installed)
  }
}
