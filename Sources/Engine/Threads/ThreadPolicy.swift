import Glibc

/// How many threads work when nobody says.
package enum ThreadPolicy {
  /// Threads that this process can keep busy.
  ///
  /// The physical cores among the CPUs it may run on, and no more than its control group has time
  /// for. A second hardware thread of a core shares its multipliers, so it is not counted.
  package static let defaultThreads: Int = {
    let cores = physicalCores(among: allowedCPUs())
    return max(1, min(cores, controlGroupLimit() ?? cores))
  }()

  /// Numbers of the CPUs that the scheduler may use for this process.
  private static func allowedCPUs() -> [Int] {
    let prefix = "Cpus_allowed_list:"
    guard let line = lines(of: "/proc/self/status").first(where: { $0.hasPrefix(prefix) }) else { return [0] }
    return line.dropFirst(prefix.count).split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0.filter(\.isNumber)) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }

  /// Distinct cores behind the CPUs; every CPU is a core where the system does not tell.
  private static func physicalCores(among cpus: [Int]) -> Int {
    let cores = cpus.map { cpu in
      firstLine(of: "/sys/devices/system/cpu/cpu\(cpu)/topology/thread_siblings_list") ?? "\(cpu)"
    }
    return Set(cores).count
  }

  /// CPUs' worth of time that control groups allow (version 2, then version 1).
  private static func controlGroupLimit() -> Int? {
    if let words = firstLine(of: "/sys/fs/cgroup/cpu.max")?.split(separator: " "), words.count == 2 {
      guard let quota = Double(words[0]), let period = Double(words[1]), period > 0 else { return nil }
      return max(1, Int(quota / period))
    }
    guard let quota = firstLine(of: "/sys/fs/cgroup/cpu/cpu.cfs_quota_us").flatMap(Double.init), quota > 0,
      let period = firstLine(of: "/sys/fs/cgroup/cpu/cpu.cfs_period_us").flatMap(Double.init), period > 0
    else { return nil }
    return max(1, Int(quota / period))
  }

  private static func firstLine(of path: String) -> String? { lines(of: path).first }

  /// The lines of one of the kernel's small text files; none if there is no such file.
  private static func lines(of path: String) -> [String] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
