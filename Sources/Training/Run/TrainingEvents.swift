import Files
import TensorBoard

/// The curves of a training run for TensorBoard, in two folders that it shows as the runs `train` and `test`.
///
/// Values that both have share a name, and so a chart; the step is that of the whole training run. A resumed training run
/// begins new files, which supersede what earlier ones have from its first step on.
final class TrainingEvents {
  private let train: EventFile
  private let test: EventFile
  /// Steps between two values of the charts per step.
  private let interval: Int

  /// Values in a chart per step, at most.
  private static let mostSteps = 10_000

  /// Begins the files in `folder` for the steps after `step`, of `total` steps.
  ///
  /// Throws ``TrainingError/file(_:)``.
  init(in folder: String, after step: Int, of total: Int) throws(TrainingError) {
    try RunFolder.create(folder)
    interval = max((total + Self.mostSteps - 1) / Self.mostSteps, 1)
    do throws(FileError) {
      train = try EventFile(in: "\(folder)/train", from: step + 1)
      test = try EventFile(in: "\(folder)/test", from: step + 1)
    } catch { throw .file(error) }
  }

  /// Writes mean loss and accuracy of a batch, and the learning rate of its step; left out for most steps of long training runs.
  func add(step: Int, loss: Double, accuracy: Double, rate: Double) throws(TrainingError) {
    guard step % interval == 0 else { return }
    do throws(FileError) {
      try train.append(
        [("step/loss", loss), ("step/top1", accuracy), ("learning_rate", rate)], step: step)
    } catch { throw .file(error) }
  }

  /// Writes mean loss and accuracy of an epoch's samples, and the result on the test images after it.
  func add(epochEndingAt step: Int, loss: Double, accuracy: Double, test result: Evaluation)
    throws(TrainingError)
  {
    do throws(FileError) {
      try train.append([("loss", loss), ("top1", accuracy)], step: step)
      try test.append([("loss", result.loss), ("top1", result.topOne), ("top5", result.topFive)], step: step)
    } catch { throw .file(error) }
  }

  /// Flushes the files to disk.
  func sync() throws(TrainingError) {
    do throws(FileError) {
      try train.sync()
      try test.sync()
    } catch { throw .file(error) }
  }
}
