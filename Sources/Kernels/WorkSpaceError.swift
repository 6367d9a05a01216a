/// Address space for OpenBLAS that this process may not take.
package struct WorkSpaceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Threads that were to call the library at the same time.
  package let threads: Int
  /// Bytes that are missing.
  package let needed: Int

  /// What happened, and what to do.
  package var description: String {
    "OpenBLAS needs \(needed >> 20) MiB of address space for \(threads) threads, more than the limit leaves: raise it"
      + " (ulimit -v), or use fewer threads"
  }
}
