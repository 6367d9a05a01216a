import ArgumentParser
import Datasets
import Engine
import Fetching
import Files
import GraphIR
import Inputs
import Kernels
import Recipes
import Rendering
import Session
import Training
import TrainingSession
import Weights
import Zoo

/// Exit statuses: those of sysexits.h, and one for partial failure.
enum ExitStatus: Int32 {
  case success = 0
  /// Some of several inputs failed.
  case partial = 1
  /// Usage error.
  case usage = 64
  /// Bad input data.
  case badData = 65
  /// An input does not exist.
  case noInput = 66
  /// Not available in this build or on this machine.
  case unavailable = 69
  /// A bug in this program.
  case software = 70
  /// An output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed midway.
  case inputOutput = 74
}

extension ExitStatus {
  /// The exit status of an error.
  ///
  /// No other place knows it.
  init(of error: any Error) {
    self =
      switch error {
      case is UsageError, is ValidationError, is RegistryError, is SettingError, is RecipeError,
        is GraphError, is KernelSetError, is PreprocessingError:
        .usage
      case let error as FileError: ExitStatus(of: error)
      case is ThreadError, is WorkSpaceError, is LaunchError: .unavailable
      case is OutputError: .inputOutput
      case is DataError: .badData
      case let error as SessionError: ExitStatus(of: error)
      case let error as TrainingSessionError: ExitStatus(of: error)
      case let error as CheckpointError: ExitStatus(of: error)
      case let error as InputError: ExitStatus(of: error)
      case let error as ClassificationError: ExitStatus(of: error)
      case let error as DatasetError: ExitStatus(of: error)
      case let error as TrainingError: ExitStatus(of: error)
      case let error as DownloadError: ExitStatus(of: error)
      case let error as WeightStore.Failure: ExitStatus(of: error)
      case let error as RenderingError: ExitStatus(of: error)
      default: .software
      }
  }

  private init(of error: SessionError) {
    self =
      switch error {
      case .batchTooLarge, .cannotBuild, .takesNoImages, .nothingToInvert, .nothingToQuantize, .quantized,
        .noSuchLayer, .noFeatureMaps, .noFilters:
        .usage
      case .noWeights: .noInput
      case .otherNetwork, .impossibleDescription, .notQuantized, .losesMore, .notFinite, .labelsTooLarge,
        .wrongLabelCount,
        .wrongTensorShape:
        .badData
      case .notEnoughMemory, .notEnoughAddressSpace, .memoryRefused: .unavailable
      }
  }

  private init(of error: RenderingError) {
    self =
      switch error {
      case .missingLibrary, .outOfMemory: .unavailable
      case .tooManyPixels: .cannotCreate
      }
  }

  private init(of error: DownloadError) {
    self =
      switch error {
      case .file(let error): ExitStatus(of: error)
      case .missing: .noInput
      case .unreachable, .refused, .busy, .tooManyRedirects, .forbiddenRedirect, .noDigest: .unavailable
      case .brokenOff, .stopped: .inputOutput
      case .tooLarge, .wrongDigest: .badData
      }
  }

  private init(of error: WeightStore.Failure) {
    self =
      switch error {
      case .noFolder, .cannotRemove: .cannotCreate
      case .unpublished, .noAddress, .notStored: .noInput
      case .damaged: .badData
      }
  }

  private init(of error: TrainingSessionError) {
    self =
      switch error {
      case .unmatchedClasses: .badData
      case .benchmarkNotFinite: .unavailable
      }
  }

  private init(of error: CheckpointError) {
    self =
      switch error {
      case .file(let error): ExitStatus(of: error)
      case .tooLargeToWrite: .cannotCreate
      case .unusable, .mismatch, .ambiguous, .noSuchKey, .notHeld: .badData
      }
  }

  private init(of error: ClassificationError) {
    self = if case .image(let error) = error { ExitStatus(of: error) } else { .badData }
  }

  private init(of error: InputError) {
    self =
      switch error {
      case .file(let error): ExitStatus(of: error)
      case .noImages: .noInput
      case .unreadableList: .inputOutput
      case .outOfMemory: .unavailable
      case .empty, .fileTooLarge, .notAnImage, .unsupportedFormat, .unsupported, .tooManyPixels,
        .tooManyPixelsAtOnce, .tooManyScans, .corrupt, .pathTooLong:
        .badData
      }
  }

  private init(of error: DatasetError) {
    self =
      switch error {
      case .file(let error): ExitStatus(of: error)
      case .input(let error): ExitStatus(of: error)
      case .container(let error): ExitStatus(of: error)
      case .missing: .noInput
      case .notADataset, .notAFolder, .damagedGzip, .tooLarge, .longerThanStated, .wrongMagic, .wrongExtents,
        .wrongRange, .wrongSize, .wrongRow, .wrongItem, .wrongLabel, .tooFewClasses, .unknownClass,
        .tooFewImages,
        .unreadableName, .sameName:
        .badData
      case .noSplit, .alreadyDivided, .several: .usage
      }
  }

  private init(of error: TrainingError) {
    self =
      switch error {
      case .file(let error): ExitStatus(of: error)
      case .checkpoint(let error): ExitStatus(of: error)
      case .input(let error): ExitStatus(of: error)
      case .batchTooLarge, .batchTooSmall, .tooFewOutputs, .otherSettings, .nothingToFreeze, .singleValue:
        .usage
      case .holdsRun, .locked: .cannotCreate
      case .wrongState, .notFinite, .weightNotFinite, .logitsNotFinite, .noMetrics: .badData
      case .threads: .unavailable
      case .plan, .stopped: .software
      }
  }

  private init(of error: FileError) {
    self =
      switch error {
      case .notFound, .notRegular, .unreadable, .unlistable: .noInput
      case .cutShort: .badData
      case .cannotCreate: .cannotCreate
      case .readFailed, .writeFailed: .inputOutput
      case .outOfMemory: .unavailable
      }
  }
}

/// The command line asks for something impossible.
struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Input data is not what it should be.
struct DataError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
