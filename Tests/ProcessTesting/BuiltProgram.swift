import Foundation

/// The programs that are built with the tests.
public enum BuiltProgram {
  /// Where they lie: beside the test bundle, which is the program itself on Linux and is named in the arguments on macOS.
  public static let folder: String = {
    let bundles = Bundle.allBundles.map(\.bundlePath) + CommandLine.arguments
    guard let bundle = bundles.first(where: { $0.contains(".xctest") }) else { return Bundle.main.bundlePath }
    return bundle.split(separator: "/", omittingEmptySubsequences: false).prefix { !$0.hasSuffix(".xctest") }
      .joined(separator: "/")
  }()

  public static let tidemill = folder + "/tidemill"
  public static let microbench = folder + "/tidemill-microbench"
}
