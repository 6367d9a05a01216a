import Engine
import Support
import Testing

/// The number of threads on simulated machines: folders with the files that Linux would show.
@Suite struct ThreadPolicyTests {
  /// The threads on a machine of `cpus` CPUs, two per core if they are `paired`, with further `files`.
  private func threads(
    cpus: Int, paired: Bool = false, allowed: String? = nil, wish: String? = nil,
    files: [String: String] = [:]
  ) throws -> Int {
    let root = try TemporaryFolder()
    var files = files
    files["/proc/self/status"] = "Name:\tcnnzoo\nCpus_allowed_list:\t\(allowed ?? "0-\(cpus - 1)")\n"
    for cpu in 0..<cpus {
      files["/sys/devices/system/cpu/cpu\(cpu)/topology/thread_siblings_list"] =
        paired ? "\(cpu % (cpus / 2)),\(cpu % (cpus / 2) + cpus / 2)\n" : "\(cpu)\n"
    }
    for (path, text) in files { try root.write(text, to: String(path.dropFirst())) }
    return ThreadPolicy.threads(root: root.path, wish: wish)
  }

  @Test func countsCoresThatTheProcessMayUse() throws {
    #expect(try threads(cpus: 8) == 8)
    #expect(try threads(cpus: 8, paired: true) == 4)
    #expect(try threads(cpus: 8, allowed: "1,4-6") == 4)
    #expect(try threads(cpus: 8, paired: true, allowed: "0-1,4") == 2)
  }

  @Test(arguments: ["200000 100000", "250000 100000"])
  func aQuotaOfTheProcessOwnGroupCounts(quota: String) throws {
    #expect(
      try threads(
        cpus: 8, files: ["/proc/self/cgroup": "0::/batch/job\n", "/sys/fs/cgroup/batch/job/cpu.max": quota])
        == 2)
  }

  @Test func theTightestGroupAroundTheProcessCounts() throws {
    #expect(
      try threads(
        cpus: 8,
        files: [
          "/proc/self/cgroup": "0::/batch/job\n", "/sys/fs/cgroup/batch/cpu.max": "300000 100000",
          "/sys/fs/cgroup/batch/job/cpu.max": "max 100000",
        ]) == 3)
  }

  @Test func aContainerSeesItsGroupAsTheRoot() throws {
    #expect(
      try threads(
        cpus: 8, files: ["/proc/self/cgroup": "0::/../../job\n", "/sys/fs/cgroup/cpu.max": "100000 100000"])
        == 1)
  }

  @Test(arguments: ["cpu,cpuacct", "cpu"]) func versionOneIsReadInEitherMount(mount: String) throws {
    #expect(
      try threads(
        cpus: 8,
        files: [
          "/proc/self/cgroup": "7:memory:/a\n4:cpu,cpuacct:/docker/1f\n1:name=systemd:/x\n",
          "/sys/fs/cgroup/\(mount)/docker/1f/cpu.cfs_quota_us": "150000\n",
          "/sys/fs/cgroup/\(mount)/docker/1f/cpu.cfs_period_us": "50000\n",
          "/sys/fs/cgroup/\(mount)/cpu.cfs_quota_us": "-1\n",
          "/sys/fs/cgroup/\(mount)/cpu.cfs_period_us": "100000\n",
        ]) == 3)
  }

  @Test func aQuotaBelowOneCPUStillGivesAThread() throws {
    #expect(
      try threads(cpus: 2, files: ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "5000 100000"])
        == 1)
  }

  @Test func aWishLowersTheNumberAndNeverRaisesIt() throws {
    #expect(try threads(cpus: 8, wish: "3") == 3)
    #expect(try threads(cpus: 8, wish: "2,4") == 2)
    #expect(try threads(cpus: 4, wish: "64") == 4)
    for nonsense in ["", "0", "-2", "many"] { #expect(try threads(cpus: 4, wish: nonsense) == 4) }
  }
}
