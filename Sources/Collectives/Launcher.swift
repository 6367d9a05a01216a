import Glibc

/// What `mpirun` or `srun` says about the processes that it has started, in their environment.
package struct Launcher: Hashable, Sendable {
  /// The program that started them.
  package let name: String
  /// The number of this process, from 0.
  package let rank: Int
  /// How many were started.
  package let count: Int
  /// Whether MPI can find the others: it ends a process that `srun` has started without `--mpi=pmix`.
  package let findsOthers: Bool

  /// The launcher of this process; `nil` where it was started alone.
  package static let current = Launcher { name in
    unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) }
  }

  /// What the variables say that `value` looks up.
  ///
  /// A batch script of Slurm runs once, with a rank and with the number of tasks that its steps may have; only `srun` sets
  /// the number of tasks of its step.
  package init?(_ value: (String) -> Int?) {
    let variables = [
      ("mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("mpirun", "PMI_RANK", "PMI_SIZE"),
      ("srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"), ("srun", "SLURM_PROCID", "SLURM_NTASKS"),
    ]
    for (name, rank, count) in variables {
      guard let count = value(count), count > 1 else { continue }
      let rank = value(rank)
      if name == "srun" && value("SLURM_STEP_NUM_TASKS") == nil && (rank ?? 0) == 0 { continue }
      self.init(
        name: name, rank: rank ?? 0, count: count, findsOthers: name != "srun" || value("PMIX_RANK") != nil)
      return
    }
    return nil
  }

  private init(name: String, rank: Int, count: Int, findsOthers: Bool) {
    self.name = name
    self.rank = rank
    self.count = count
    self.findsOthers = findsOthers
  }
}
