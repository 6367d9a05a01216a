import Engine
import Files
import Inputs
import Kernels
import Session
import Weights
import Zoo

/// Why a classifier cannot be created, or cannot classify an input.
public struct ClassifierError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of error it is.
  public enum Reason: Hashable, Sendable {
    /// There is no network of that name.
    case unknownNetwork
    /// No weights are installed for the network.
    case weightsNotFound
    /// The weight file is missing or damaged, or holds the weights of another network.
    case unusableWeights
    /// The image is missing or damaged, or is not an image; or the network takes none.
    case unusableImage
    /// The input has the wrong number of values.
    case unusableInput
    /// The machine has too little memory, or this process may not take as much, or start as many threads.
    case outOfMemory
  }

  /// What kind of error it is.
  public let reason: Reason
  /// One line with the details: which file, what was expected, what was found.
  public let description: String

  init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }

  init(_ error: any Error) {
    let reason: Reason =
      switch error {
      case is RegistryError: .unknownNetwork
      case SessionError.noWeights: .weightsNotFound
      case SessionError.notEnoughMemory, SessionError.notEnoughAddressSpace, SessionError.memoryRefused,
        ClassificationError.image(InputError.outOfMemory),
        ClassificationError.image(InputError.file(.outOfMemory)), CheckpointError.file(.outOfMemory),
        is ThreadError, is WorkSpaceError:
        .outOfMemory
      case is ClassificationError, SessionError.takesNoImages: .unusableImage
      default: .unusableWeights
      }
    self.init(reason, "\(error)")
  }
}
