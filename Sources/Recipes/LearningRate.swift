import Glibc

/// The learning rate of each step: a linear warm-up, then a schedule.
///
/// In closed form, so that a resumed training run needs no state; tested against PyTorch's schedulers.
package struct LearningRate: Hashable, Sendable {
  /// The rate that the schedule starts from, or the peak of one-cycle.
  package var base: Double
  /// How it changes.
  package var schedule: Schedule
  /// Epochs of linear warm-up before the schedule begins.
  package var warmupEpochs: Int
  /// Share of the base rate that the warm-up starts from.
  package var warmupStart: Double

  /// Where a warm-up starts unless a recipe says otherwise.
  package static let usualWarmupStart = 0.01

  /// A rate from its parts.
  package init(
    base: Double, schedule: Schedule, warmupEpochs: Int = 0, warmupStart: Double = usualWarmupStart
  ) {
    self.base = base
    self.schedule = schedule
    self.warmupEpochs = warmupEpochs
    self.warmupStart = warmupStart
  }

  /// The rate of `step`, counted from 0 over the whole training run.
  package func rate(step: Int, stepsPerEpoch: Int, epochs: Int) -> Double {
    let warmup = min(warmupEpochs, epochs) * stepsPerEpoch
    if step < warmup {
      return base * (warmupStart + (1 - warmupStart) * Double(step) / Double(warmup))
    }
    let (done, total) = (step - warmup, max(1, epochs * stepsPerEpoch - warmup))
    let epoch = done / max(stepsPerEpoch, 1)
    switch schedule {
    case .constant:
      return base
    case .step(let period, let factor):
      return base * pow(factor, Double(epoch / max(period, 1)))
    case .multiStep(let milestones, let factor):
      return base * pow(factor, Double(milestones.count { epoch >= $0 }))
    case .cosine(let floor):
      return floor + (base - floor) * (1 + cos(.pi * Double(done) / Double(total))) / 2
    case .polynomial(let power):
      return base * pow(1 - Double(done) / Double(total), power)
    case .oneCycle(let rise, let start, let end):
      let peak = rise * Double(total) - 1
      let low = base / start
      // A rise of a single step has no width: that step has the base rate already.
      return Double(done) <= peak
        ? anneal(from: low, to: base, share: peak > 0 ? Double(done) / peak : 1)
        : anneal(from: base, to: low / end, share: (Double(done) - peak) / (Double(total - 1) - peak))
    }
  }

  private func anneal(from: Double, to: Double, share: Double) -> Double {
    to + (from - to) / 2 * (1 + cos(.pi * share))
  }
}

extension LearningRate {
  /// Moves the epochs at which the rate changes, for a training run of another length: the shape of the curve stays.
  package mutating func stretch(from old: Int, to new: Int) {
    func moved(_ epoch: Int) -> Int { max(1, Int((Double(epoch) * Double(new) / Double(old)).rounded())) }
    if warmupEpochs > 0 { warmupEpochs = moved(warmupEpochs) }
    switch schedule {
    case .step(let epochs, let factor): schedule = .step(epochs: moved(epochs), factor: factor)
    case .multiStep(let epochs, let factor): schedule = .multiStep(epochs: epochs.map(moved), factor: factor)
    case .constant, .cosine, .polynomial, .oneCycle: break
    }
  }
}
