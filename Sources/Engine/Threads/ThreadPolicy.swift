import Glibc

/// How many threads work when nobody says.
package enum ThreadPolicy {
  /// Threads that this process can keep busy, found once.
  package static let defaultThreads = threads(
    root: "", wish: getenv("OMP_NUM_THREADS").map { String(cString: $0) })

  /// The physical cores among the CPUs that the process may run on, but no more than its control groups have time
  /// for, nor than `wish` asks for.
  ///
  /// A second hardware thread of a core shares its multipliers, so it is not counted.
  ///
  /// - Parameters:
  ///   - root: where `/proc` and `/sys` are; empty for the machine itself.
  ///   - wish: a number of threads as OpenMP's `OMP_NUM_THREADS` has it, of whose list the first counts.
  package static func threads(root: String, wish: String?) -> Int {
    let system = SystemFiles(root: root)
    var threads = system.physicalCores(among: system.allowedCPUs())
    if let limit = system.controlGroupLimit() { threads = min(threads, max(1, Int(limit))) }
    if let first = wish?.split(separator: ",").first, let asked = Int(first.filter { $0 != " " }), asked > 0 {
      threads = min(threads, asked)
    }
    return max(1, threads)
  }
}

/// What Linux says about a process and the CPUs, in its small text files.
private struct SystemFiles {
  let root: String

  /// Numbers of the CPUs that the scheduler may use for this process.
  func allowedCPUs() -> [Int] {
    let prefix = "Cpus_allowed_list:"
    guard let line = lines(of: "/proc/self/status").first(where: { $0.hasPrefix(prefix) }) else { return [0] }
    return line.dropFirst(prefix.count).split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0.filter(\.isNumber)) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }

  /// Distinct cores behind the CPUs; every CPU is a core where the system does not tell.
  func physicalCores(among cpus: [Int]) -> Int {
    let cores = cpus.map { cpu in
      lines(of: "/sys/devices/system/cpu/cpu\(cpu)/topology/thread_siblings_list").first ?? "\(cpu)"
    }
    return Set(cores).count
  }

  /// CPUs' worth of time that the process's control groups allow: the least of its own group and all groups around
  /// it, each of which holds for what is inside. `nil` where none has a limit.
  func controlGroupLimit() -> Double? {
    // A line is `id:controllers:path`; version 2 has id 0 and no controllers.
    let groups = lines(of: "/proc/self/cgroup").map {
      $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    }
    var limits: [Double] = []
    for group in groups where group.count == 3 {
      let controllers = group[1].split(separator: ",")
      for folder in selfAndAncestors(group[2]) {
        if controllers.isEmpty {
          limits += [versionTwoLimit("/sys/fs/cgroup\(folder)")].compactMap(\.self)
        } else if controllers.contains("cpu") {
          limits += ["cpu", "\(group[1])"].compactMap { versionOneLimit("/sys/fs/cgroup/\($0)\(folder)") }
        }
      }
    }
    return limits.min()
  }

  /// `/a/b`, `/a` and the root for `/a/b`.
  ///
  /// In a container the root may be the only one to be seen, and is then the container's own group.
  private func selfAndAncestors(_ path: Substring) -> [String] {
    let parts = path.split(separator: "/").filter { $0 != ".." }
    return (0...parts.count).reversed().map { parts[..<$0].map { "/" + $0 }.joined() }
  }

  /// `cpu.max` holds quota and period in microseconds, or `max` for no quota.
  private func versionTwoLimit(_ folder: String) -> Double? {
    let words = lines(of: folder + "/cpu.max").first?.split(separator: " ") ?? []
    guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), period > 0 else {
      return nil
    }
    return quota / period
  }

  /// A quota of -1 is none.
  private func versionOneLimit(_ folder: String) -> Double? {
    guard let quota = lines(of: folder + "/cpu.cfs_quota_us").first.flatMap(Double.init), quota > 0,
      let period = lines(of: folder + "/cpu.cfs_period_us").first.flatMap(Double.init), period > 0
    else { return nil }
    return quota / period
  }

  /// The lines of a small text file; none if there is no such file.
  private func lines(of path: String) -> [String] {
    guard let file = fopen(root + path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
