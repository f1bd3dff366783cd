import ArgumentParser
import Tidemill

#if Lake
  import DeltaConnector
#endif

/// `tidemill vacuum TABLE`.
struct VacuumCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vacuum",
    abstract: "Remove files of a Delta table that nobody needs any more.",
    discussion: """
      A table keeps the files of its older versions, so that readers at work, and those who look back, find them. This removes \
      those that left the table longer ago than it keeps them (7 days, or what its property \
      delta.deletedFileRetentionDuration says), and what a crash has left unfinished. A shorter time is refused.

      Examples:

        tidemill vacuum totals --dry-run
        tidemill vacuum s3://shop/totals --retain '30 days'

      \(ExitStatus.documentation)
      """)

  @Argument(help: ArgumentHelp("The table's directory, or s3://bucket/folder.", valueName: "table"))
  var table: String

  @Option(help: ArgumentHelp("Keep what left the table in this time, such as '30 days'.", valueName: "time"))
  var retain: String?

  @Flag(name: .long, help: "Only print what would be removed.")
  var dryRun = false

  func run() throws {
    do {
      try vacuum()
    } catch {
      throw TidemillFailure(error)
    }
  }

  private func vacuum() throws {
    #if Lake
      let retention = try retain.map { text in
        guard let span = TimeSpan(parsing: text), span >= .zero else {
          throw TidemillError(
            .invalidQuery, "--retain cannot be '\(text)'", hint: "it takes an interval such as '7 days'")
        }
        return span
      }
      let (files, bytes) = try DeltaVacuum.run(table, retention: retention, isTrial: dryRun) { file in
        try StandardOutput.shared.write(file.path + "\n")
      }
      StandardError.write("\(dryRun ? "would remove" : "removed") \(files) files of \(bytes) bytes\n")
    #else
      throw TidemillError(
        .unsupported, "this build of tidemill knows no Delta tables",
        hint: "they come with the package trait Lake: make build and swift build --enable-all-traits take all traits")
    #endif
  }
}
