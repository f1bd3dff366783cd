import FileConnector
import Foundation
import Tidemill
import TidemillConnectors
import TidemillFiles
import TidemillFormats

/// A sink of JSON files on a simulated disk.
func fileSink(_ directory: String, on disk: SimulatedFileSystem) -> FileSink {
  FileSink(directory: directory, writer: JSONWriter(zone: .utc), fileExtension: "json", files: disk)
}

/// The lines that a stranger reads in a directory.
func visible(_ directory: String, on disk: SimulatedFileSystem) throws -> [String] {
  guard disk.exists(directory) else { return [] }
  return try disk.names(in: directory).filter { !$0.hasPrefix("_") && !$0.hasPrefix(".") }
    .flatMap { SimulationDisk.lines(try disk.read("\(directory)/\($0)")) }
}

/// The members of a JSON object, read by Foundation, which is strict.
func jsonObject(_ text: String) throws -> [String: Any] {
  try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
}
