import TidemillFiles

/// All bytes of a snapshot but its contents (see `SnapshotFormat`).
struct SnapshotHeaders {
  var file: [UInt8]
  /// One for each section.
  var sections: [[UInt8]] = []
  var trailer: [UInt8] = []

  init(epoch: UInt64, sections contents: [(String, [UInt8])]) {
    precondition(Set(contents.map(\.0)).count == contents.count, "two sections of a snapshot have one name")
    file = SnapshotFormat.magic
    file.append(littleEndian: CheckpointFormat.version)
    file.append(littleEndian: UInt32(contents.count))
    file.append(littleEndian: epoch)
    file.append(littleEndian: Checksum.of(file))
    var all = file
    for (index, (name, content)) in contents.enumerated() {
      let header = Self.section(name, content, seed: SnapshotFormat.seed(epoch: epoch, section: index))
      sections.append(header)
      all.append(contentsOf: header)
    }
    trailer.append(littleEndian: Checksum.of(all))
    trailer.append(contentsOf: SnapshotFormat.endMagic)
  }

  private static func section(_ name: String, _ content: [UInt8], seed: UInt64) -> [UInt8] {
    precondition(name.utf8.count <= SnapshotFormat.longestName, "a section's name has more than 255 bytes")
    var header: [UInt8] = []
    header.append(littleEndian: UInt32(name.utf8.count))
    header.append(littleEndian: UInt32(0))
    header.append(littleEndian: UInt64(content.count))
    header.append(littleEndian: Checksum.of(content))
    header.append(contentsOf: name.utf8)
    header.append(littleEndian: Checksum.of(header, seed: seed))
    return header
  }
}
