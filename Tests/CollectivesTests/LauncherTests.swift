import Collectives
import TensorCore
import Testing

/// What launchers say in the environment, and how work is divided.
@Suite struct LauncherTests {
  private func launcher(_ variables: [String: Int]) -> Launcher? { Launcher { variables[$0] } }

  @Test func knowsMPIRunAndSlurm() {
    #expect(launcher([:]) == nil)
    #expect(launcher(["OMPI_COMM_WORLD_SIZE": 1, "OMPI_COMM_WORLD_RANK": 0]) == nil)
    #expect(launcher(["OMPI_COMM_WORLD_SIZE": 4, "OMPI_COMM_WORLD_RANK": 3])?.rank == 3)
    let other = launcher(["PMI_SIZE": 2, "PMI_RANK": 1])
    #expect(other?.count == 2 && other?.findsOthers == true)
    let step = launcher(["SLURM_NTASKS": 8, "SLURM_STEP_NUM_TASKS": 4, "SLURM_PROCID": 0])
    #expect(step?.count == 4 && step?.name == "srun" && step?.findsOthers == false)
    let joined = launcher(["SLURM_STEP_NUM_TASKS": 4, "SLURM_PROCID": 1, "PMIX_RANK": 1])
    #expect(joined?.rank == 1 && joined?.findsOthers == true)
    // A batch script is one process, whatever its steps may have.
    #expect(launcher(["SLURM_NTASKS": 8, "SLURM_PROCID": 0]) == nil)
    #expect(launcher(["SLURM_NTASKS": 8, "SLURM_PROCID": 2])?.rank == 2)
  }

  @Test func sharesCoverEverythingOnce() {
    for processes in 1...7 {
      for count in 0...40 {
        let shares = (0..<processes).map { Share(rank: $0, processes: processes) }
        #expect(shares.flatMap { Array($0.range(of: count)) } == Array(0..<count))
        let counts = shares.map { $0.range(of: count).count }
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1 && counts == counts.sorted(by: >))
        let groups = shares.map { $0.range(of: count, inGroupsOf: 6) }
        #expect(groups.flatMap { Array($0) } == Array(0..<count))
        #expect(groups.allSatisfy { $0.isEmpty || $0.lowerBound % 6 == 0 })
      }
    }
  }
}
