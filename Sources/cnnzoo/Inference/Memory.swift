import Glibc
import Text

/// The machine's memory.
enum Memory {
  /// Throws ``UnavailableError`` if `bytes` are more than the machine has.
  static func check(_ bytes: Int, for what: String) throws(UnavailableError) {
    let installed = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard bytes > installed, installed > 0 else { return }
    throw UnavailableError(
      "\(what) needs \(Numbers.bytes(bytes)) of memory, this machine has \(Numbers.bytes(installed)):"
        + " take a smaller batch or input")
  }
}

/// This machine or this build cannot do what was asked for.
struct UnavailableError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
