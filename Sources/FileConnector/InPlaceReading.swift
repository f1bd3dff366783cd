import CFileWindow
import Synchronization

/// Whether files may be read in place, without a copy.
///
/// That needs a handler of the signal SIGBUS, which a process has but one of. So it is for a program to allow, not for a library.
public enum InPlaceReading {
  private static let isOn = Atomic(false)

  /// Lets sources that are made from now on read files in place. Installs a handler of SIGBUS; faults that are not of files being
  /// read go to the one that was there before.
  public static func allow() {
    tidemill_windows_prepare()
    isOn.store(true, ordering: .relaxed)
  }

  static var isAllowed: Bool { isOn.load(ordering: .relaxed) }
}
