import Engine
import Files
import GraphIR
import Inputs
import TensorCore
import Weights

/// Why a training run could not start, or ended before its last epoch.
package enum TrainingError: Error, Hashable, Sendable {
  /// Too few images for one batch.
  case batchTooLarge(batch: Int, images: Int)
  /// Fewer images in a batch than processes.
  case batchTooSmall(batch: Int, processes: Int)
  /// The data has more classes than the network has outputs.
  case tooFewOutputs(classes: Int, outputs: Int)
  /// The output folder already holds a training run.
  case holdsRun(folder: String)
  /// Another process is using the folder.
  case locked(folder: String)
  /// The training run to resume was started with other settings.
  case otherSettings(folder: String, differences: [String])
  /// The saved state does not belong to this network and optimizer.
  case wrongState(path: String, detail: String)
  /// The loss is no longer a number.
  case notFinite(step: Int, epoch: Int, layer: String?)
  /// A step made a weight that is not finite.
  case weightNotFinite(step: Int, epoch: Int, tensor: String)
  /// The logits of an image are not finite.
  case logitsNotFinite(image: Int)
  /// A batch norm whose input has one value per channel.
  case singleValue(layer: String, input: Shape)
  /// SIGINT or SIGTERM came, and the state was saved.
  case stopped(signal: Int32, folder: String)
  /// A pattern that no parameter matches.
  case nothingToFreeze(pattern: String)
  /// A training run without a finished epoch.
  case noMetrics(path: String)
  /// The file system.
  case file(FileError)
  /// A weight file.
  case checkpoint(CheckpointError)
  /// An image.
  case input(InputError)
  /// Threads that the system does not start.
  case threads(ThreadError)
  /// The network could not be planned.
  case plan(String)
}

extension TrainingError: CustomStringConvertible {
  /// One line: where, what, what to do.
  package var description: String {
    switch self {
    case .batchTooLarge(let batch, let images):
      "--batch-size \(batch): there are only \(images) training images"
    case .batchTooSmall(let batch, let processes):
      "--batch-size \(batch): \(processes) processes need at least \(processes) images"
    case .tooFewOutputs(let classes, let outputs):
      "the data has \(classes) classes, the network \(outputs) outputs: leave out --classes, or set it to \(classes)"
    case .holdsRun(let folder):
      "\(escaped(folder)): holds a run already: give --resume to continue it, or another --output"
    case .locked(let folder):
      "\(escaped(folder)): another process trains into this folder: give another --output, or wait for it"
    case .otherSettings(let folder, let differences):
      "\(escaped(folder)): the run was started with other settings: \(differences.joined(separator: "; "))"
    case .wrongState(let path, let detail):
      "\(escaped(path)): not the state of this run: \(detail)"
    case .notFinite(let step, let epoch, let layer):
      "step \(step) of epoch \(epoch): the loss is not a finite number"
        + (layer.map { "; the first layer that is not finite is \($0)" } ?? "")
        + ": try a smaller --lr, --warmup or --clip"
    case .weightNotFinite(let step, let epoch, let tensor):
      "step \(step) of epoch \(epoch): values of \(tensor) are not finite: try a smaller --lr, --warmup or --clip"
    case .logitsNotFinite(let image):
      "image \(image + 1): the network's logits are not finite numbers"
    case .singleValue(let layer, let input):
      "\(layer): batch norm cannot learn from one value per channel (its input is \(input)):"
        + " give a larger --batch-size or --input-size"
    case .stopped(let signal, let folder):
      "stopped by \(signal == 2 ? "SIGINT" : "SIGTERM"); \(escaped(folder)) is saved: continue with --resume"
    case .nothingToFreeze(let pattern):
      "--freeze \(escaped(pattern)): no parameter of the network matches"
    case .noMetrics(let path):
      "\(escaped(path)): no epoch has ended yet: there is nothing to draw"
    case .file(let error): error.description
    case .checkpoint(let error): error.description
    case .input(let error): error.description
    case .threads(let error): error.description
    case .plan(let reason): reason
    }
  }
}
