#if Lake
  import FileConnector
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors

  /// A Parquet file that was opened, with what says whether it is the same as before.
  package final class OpenedFile: Sendable {
    /// Relative to the source's folder.
    package let path: String
    /// For messages.
    package let name: String
    /// In bytes.
    package let size: Int
    /// Of the footer, which says where all else lies, and what it holds.
    package let fingerprint: UInt64
    package let file: ParquetFile
    package let columns: RequestedColumns

    /// A file does not end as Parquet files do: it may still be on its way.
    package struct Incomplete: Error {}

    /// - Parameters:
    ///   - path: relative to the source's folder.
    ///   - constants: see `ParquetPart`.
    /// - Throws: `Incomplete` for a file without its end; `TidemillError` for a damaged one.
    package init(_ input: any ByteInput, path: String, constants: [Int: Value]? = nil, request: ReadRequest) throws {
      self.path = path
      name = input.name
      size = input.count
      fingerprint = try Self.fingerprint(input)
      do {
        file = try ParquetFile(input)
      } catch let failure as ArrowFailure {
        throw Self.damaged(name, failure)
      }
      columns = try RequestedColumns(request, path: path, constants: constants, name: name, file: file)
    }

    /// What a user is told of a file that Arrow cannot read.
    package static func damaged(_ name: String, _ failure: ArrowFailure) -> TidemillError {
      failure.kind == .invalid
        ? TidemillError(
          .badInput, "\(name) is no Parquet file that can be read: \(failure)",
          hint: "put a good copy in its place, or leave it out with a glob such as 'dir/*.parquet'")
        : TidemillError(.io, "\(name) cannot be read: \(failure)", hint: "check the file and its disk or store")
    }

    private static let magic = Array("PAR1".utf8)

    /// The hash of the footer: it lies at the end, before its length and four letters.
    private static func fingerprint(_ input: any ByteInput) throws -> UInt64 {
      func bytes(_ range: Range<Int>) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        guard try bytes.withUnsafeMutableBytes({ try input.read(into: $0, at: range.lowerBound) }) == range.count else {
          throw Incomplete()
        }
        return bytes
      }
      do {
        guard input.count >= 12 else { throw Incomplete() }
        let end = try bytes(input.count - 8..<input.count)
        guard Array(end[4...]) == magic else { throw Incomplete() }
        let length = end.withUnsafeBytes { Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
        guard length <= input.count - 12 else { throw Incomplete() }
        var hash = StableHash(seed: UInt64(input.count))
        try bytes(input.count - 8 - length..<input.count - 8).withUnsafeBytes { hash.combine($0) }
        return hash.value
      } catch let failure as ArrowFailure { throw damaged(input.name, failure) }
    }

    /// How many row groups there are to read: a file without rows may have an empty one.
    package var groupCount: Int { file.footer.rows == 0 ? 0 : file.footer.groups.count }

    /// About how many bytes of a row group are read.
    package func bytes(ofGroup group: Int) throws -> Int {
      do throws(ArrowFailure) {
        var bytes = 0
        for leaf in columns.leaves { bytes += try file.footer.statistics(group: group, leaf: leaf).compressedBytes }
        return max(bytes, 1)
      } catch { throw Self.damaged(name, error) }
    }
  }
#endif
