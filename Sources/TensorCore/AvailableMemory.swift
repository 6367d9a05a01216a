import CAllocator
import Glibc

/// The memory that this process may still take.
///
/// Swift ends the program if an allocation fails, so code that allocates as much as a file or an option demands asks here
/// first.
package enum AvailableMemory {
  /// Left for everything that is too small to be checked, and to the gaps between allocations.
  private static let reserve = 8 << 20

  /// Bytes of memory that the machine has; `nil` if the system does not tell.
  package static var installed: Int? {
    let bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return bytes > 0 ? bytes : nil
  }

  /// Whether the address space of this process is limited, as by `ulimit -v`.
  package static var isLimited: Bool { limit != nil }

  /// Bytes of address space that this process may still take; `nil` where it is not limited.
  package static var addressSpace: Int? { limit.map { max($0 - addressSpaceInUse - reserve, 0) } }

  /// Makes the allocator of the process keep no more address space than it needs, where that is limited.
  package static func prepareForLimit() { if isLimited { callocator_keep_nothing() } }

  /// Whether `bytes` more can be allocated.
  package static func holds(_ bytes: Int) -> Bool {
    bytes <= installed ?? .max && bytes <= addressSpace ?? .max && (bytes < smallestMapping || canMap(bytes))
  }

  /// Allocations of fewer bytes may come from memory that the process has.
  private static let smallestMapping = 1 << 20

  /// Whether the system grants `bytes` now: it may also refuse because of all that other processes have
  /// (`vm.overcommit_memory`).
  ///
  /// Nothing of the mapping is touched, so this takes a few microseconds for any size.
  private static func canMap(_ bytes: Int) -> Bool {
    let memory = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard unsafe memory != MAP_FAILED else { return false }
    unsafe munmap(memory, bytes)
    return true
  }

  private static var limit: Int? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return nil }
    return limit.rlim_cur < rlim_t(Int.max) ? Int(limit.rlim_cur) : nil
  }

  /// The first number of the file: pages.
  private static var addressSpaceInUse: Int {
    let file = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = unsafe read(file, &bytes, bytes.count)
    let digits = bytes.prefix(max(count, 0)).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return (Int(String(decoding: digits, as: UTF8.self)) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
