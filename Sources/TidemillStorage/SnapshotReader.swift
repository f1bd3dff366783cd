import TidemillFiles

/// Reads a snapshot part by part, so that no more than one part is in memory twice.
struct SnapshotReader {
  private let path: String
  private let epoch: UInt64
  private let fileSystem: any FileSystem
  private var offset = 0
  /// The headers so far, which the trailer sums.
  private var headers: [UInt8] = []

  init(_ path: String, epoch: UInt64, fileSystem: any FileSystem) {
    self.path = path
    self.epoch = epoch
    self.fileSystem = fileSystem
  }

  /// The sections, or `StorageError` of kind `damaged`.
  func read() throws -> [String: [UInt8]] {
    var reader = self
    return try reader.readAll()
  }

  private mutating func readAll() throws -> [String: [UInt8]] {
    var sections: [String: [UInt8]] = [:]
    let count = try readFileHeader()
    var index = 0
    while try count.map({ index < $0 }) ?? hasPart() {
      let (name, content) = try readPart(index)
      sections[name, default: []] += content
      index += 1
    }
    try readTrailer()
    return sections
  }

  /// Whether there is more than a trailer.
  private func hasPart() throws -> Bool {
    try fileSystem.read(path, from: offset, count: SnapshotFormat.trailerLength + 1).count > SnapshotFormat.trailerLength
  }

  /// - Returns: how many parts there are, in a snapshot of the first version; later ones end with their trailer.
  private mutating func readFileHeader() throws -> Int? {
    let header = try bytes(SnapshotFormat.headerLength)
    guard header.starts(with: SnapshotFormat.magic),
      let version = header.littleEndian(at: 8, as: UInt32.self),
      let count = header.littleEndian(at: 12, as: UInt32.self),
      header.littleEndian(at: 24, as: UInt64.self) == Checksum.of(header, in: 0..<24)
    else { throw damaged("this is no header of a snapshot") }
    if version > SnapshotFormat.version { throw StorageError.newerFormat(path, version, known: SnapshotFormat.version) }
    guard header.littleEndian(at: 16, as: UInt64.self) == epoch else { throw damaged("it is of another epoch") }
    accept(header)
    return version == 1 ? Int(count) : nil
  }

  private mutating func readPart(_ index: Int) throws -> (String, [UInt8]) {
    var header = try bytes(SnapshotFormat.partHeaderLength)
    guard let nameLength = header.littleEndian(at: 0, as: UInt32.self), nameLength <= SnapshotFormat.longestName,
      let length = header.littleEndian(at: 8, as: UInt64.self),
      let checksum = header.littleEndian(at: 16, as: UInt64.self)
    else { throw damaged("this is no header of a part") }
    let nameEnd = SnapshotFormat.partHeaderLength + Int(nameLength)
    header = try bytes(nameEnd + 8)
    let seed = SnapshotFormat.seed(epoch: epoch, part: index)
    guard header.littleEndian(at: nameEnd, as: UInt64.self) == Checksum.of(header, in: 0..<nameEnd, seed: seed),
      let length = Int(exactly: length),
      let name = String(validating: header[SnapshotFormat.partHeaderLength..<nameEnd], as: UTF8.self)
    else { throw damaged("a part's header is changed") }
    accept(header)
    let content = try bytes(length)
    guard Checksum.of(content) == checksum else { throw damaged("section '\(name)' is changed") }
    offset += length
    return (name, content)
  }

  private mutating func readTrailer() throws {
    let trailer = try bytes(SnapshotFormat.trailerLength)
    guard trailer.littleEndian(at: 0, as: UInt64.self) == Checksum.of(headers),
      trailer.dropFirst(8).elementsEqual(SnapshotFormat.endMagic)
    else { throw damaged("the trailer is changed") }
    offset += trailer.count
    guard try fileSystem.read(path, from: offset, count: 1).isEmpty else { throw damaged("something follows the end") }
  }

  private mutating func accept(_ header: [UInt8]) {
    headers.append(contentsOf: header)
    offset += header.count
  }

  private func bytes(_ count: Int) throws -> [UInt8] {
    let bytes = try fileSystem.read(path, from: offset, count: count)
    guard bytes.count == count else { throw damaged("the file ends \(count - bytes.count) bytes too early") }
    return bytes
  }

  private func damaged(_ what: String) -> StorageError { .damaged(path, at: offset, what) }
}
