import Support
import Testing

/// The binary without MPI, started by a launcher of several processes.
@Suite struct LaunchTests {
  private static let launchers: [[String: String]] = [
    ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"], ["PMI_SIZE": "4", "PMI_RANK": "0"],
    ["SLURM_NTASKS": "2", "SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "0"],
  ]

  /// Copies of a run would write into one folder; each would take the time of the whole.
  @Test(
    arguments: launchers,
    ["train lenet5_modern --data /nowhere --output /nowhere/run", "eval lenet5 --data /nowhere"])
  func severalProcessesNeedMPI(launcher: [String: String], line: String) throws {
    let run = try CommandRun.cnnzoo(line.split(separator: " ").map(String.init), environment: launcher)
    #expect(run.status == 69 && run.output.isEmpty)
    #expect(
      run.errors.split(separator: "\n").count == 1 && run.errors.contains("built without MPI"),
      "\(run.errors)")
  }

  /// The first of the processes says it for all.
  @Test func theOthersAreSilent() throws {
    for line in ["infer lenet5_modern /nowhere.png", "infer lenet5_modern --top x /nowhere.png"] {
      let run = try CommandRun.cnnzoo(
        line.split(separator: " ").map(String.init),
        environment: ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1"])
      #expect([64, 69].contains(run.status) && run.output.isEmpty && run.errors.isEmpty, "\(run.errors)")
    }
  }

  /// Commands that divide nothing run as they are, and so does a batch script of Slurm.
  @Test func otherCommandsRun() throws {
    let summary = try CommandRun.cnnzoo("params", "lenet5", environment: Self.launchers[0])
    #expect(summary.status == 0 && summary.errors.isEmpty)
    let infer = try CommandRun.cnnzoo(
      "infer", "lenet5_modern", "/nowhere.png", environment: ["SLURM_NTASKS": "4", "SLURM_PROCID": "0"])
    #expect(infer.status == 66)
  }
}
