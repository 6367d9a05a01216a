import Engine
import Glibc
import Kernels

/// Where a measurement was made.
package struct Machine: Hashable, Sendable {
  /// The CPU's name as the system tells it.
  package let cpu: String
  /// The CPU with everything by which its like is told apart: makers give one name to several models.
  package let cpuIdentity: String
  /// Physical cores that this process may use.
  package let cores: Int
  /// Instruction set of the kernels in use.
  package let instructionSet: String
  /// Version of OpenBLAS.
  package let openBLASVersion: String
  /// The kernels that OpenBLAS chose.
  package let openBLASCore: String
  /// A sentence for whoever compares with OpenBLAS, where its kernels are older than the CPU.
  package let openBLASMismatch: String?

  /// This machine.
  package static func current() -> Machine {
    let fields = cpuFields()
    func values(_ names: [String]) -> [String] { names.compactMap { fields[$0] } }
    return Machine(
      cpu: values(["model name", "CPU part"]).first ?? "unknown",
      cpuIdentity: values([
        "vendor_id", "cpu family", "model", "model name", "stepping", "CPU implementer", "CPU variant",
        "CPU part", "CPU revision",
      ]).joined(separator: " "), cores: ThreadPolicy.defaultThreads,
      instructionSet: KernelSet.best.name, openBLASVersion: BLAS.version,
      openBLASCore: BLAS.coreName,
      openBLASMismatch: OpenBLASCore.mismatch(
        BLAS.coreName, instructionSet: KernelSet.available.first?.name ?? ""))
  }

  /// Most memory that this process ever had resident, in bytes.
  package static func peakResidentBytes() -> Int {
    var usage = rusage()
    guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return usage.ru_maxrss * 1024
  }

  /// Memory that this process has resident now, in bytes; 0 where the system does not tell.
  package static func residentBytes() -> Int {
    // Second number of the file: pages.
    guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    let numbers = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
    return numbers.count > 1 ? (Int(numbers[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
  }

  /// What the system tells of the first CPU, by name; empty where it tells nothing.
  private static func cpuFields() -> [String: String] {
    // The file has no size of its own, so it is read until it ends.
    guard let file = unsafe fopen("/proc/cpuinfo", "r") else { return [:] }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    var fields: [String: String] = [:]
    for line in String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let name = parts[0].split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if fields[name] == nil { fields[name] = parts[1].drop { $0 == " " }.description }
    }
    return fields
  }
}
