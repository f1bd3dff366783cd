import TidemillColumns
import TidemillFiles

/// The beginning of the first file that a path means, for learning its columns.
public enum FileSample {
  /// - Throws: when nothing is there, or the first file with anything in it cannot be read.
  public static func read(path: String, compression: Compression = .auto, byteLimit: Int = 1 << 18) throws -> [UInt8] {
    let listing = try FileListing(path: path, compression: compression)
    guard let first = try listing.list().first(where: { $0.size > 0 }) else {
      throw TidemillError(
        .badInput, "there is nothing in \(path) to learn the columns from",
        hint: "wait until a file is there, or declare the columns with CREATE STREAM")
    }
    let path = listing.fullPath(first.path)
    if let codec = compression.codec(of: path) {
      guard let file = try PosixFile(path: path) else { throw systemError("open", path) }
      return try CompressedBytes(file, codec, 0..<first.size).beginning(byteLimit)
    }
    do {
      return try LocalFileSystem().read(path, from: 0, count: min(first.size, byteLimit))
    } catch let error as FileError {
      throw TidemillError(.io, "\(error)", hint: "check that it may be read")
    }
  }
}
