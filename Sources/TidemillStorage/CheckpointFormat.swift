import TidemillFiles

/// The names and numbers of what a checkpoint directory holds; `Documentation/CheckpointFormat.md` says the same in words.
///
/// All numbers are little-endian. All checksums are `Checksum`. The first bytes of each file, up to and with the checksum of
/// its header, mean the same in every version, so that an older Tidemill can say that a file is newer instead of damaged.
///
/// ```
/// LOCK                        the process that has the checkpoint open; held by an OS lock
/// identity                    "tidemill checkpoint 1", then the query as canonical text
/// epochs-<first epoch>.log    the log, in segments
/// snapshot-<epoch>.tms        the state after that epoch; the last two are kept
/// table-<number>.tmt          a static table as epochs have used it
/// *.tmp                       being written; means nothing after a crash
/// ```
enum CheckpointFormat {
  /// Counts up when an older Tidemill could not read what a newer one writes.
  static let version: UInt32 = 1

  static let lockName = "LOCK"
  static let identityName = "identity"
  static let identityTitle = "tidemill checkpoint "
  static let temporarySuffix = ".tmp"

  static func isOurs(_ name: String) -> Bool {
    SegmentFormat.firstEpoch(of: name) != nil || SnapshotFormat.epoch(of: name) != nil
      || TableCopyFormat.number(of: name) != nil
  }

  /// 20 digits, so that the order of bytes is the order of numbers.
  static func digits(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: 20 - digits.utf8.count) + digits
  }

  /// The number in a name made with `digits`; none so high that counting on could overflow.
  static func number(in name: String, between prefix: String, and suffix: String) -> UInt64? {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
    let digits = name.dropFirst(prefix.count).dropLast(suffix.count)
    guard digits.utf8.count == 20, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt64(digits).flatMap { (1...UInt64(Int64.max)).contains($0) ? $0 : nil }
  }
}

/// A segment of the log: a header, then records without anything between them.
///
/// ```
/// header   0  magic       8 bytes  "TMEPOCHS"
///          8  version     u32
///         12  reserved    u32      0
///         16  first epoch u64
///         24  checksum    u64      of bytes 0 ..< 24
/// record   0  magic       u32      "TMER"
///          4  length      u32      of the payload
///          8  epoch       u64
///         16  durable     u64      length of this file that was known to be durable when the record was written
///         24  kind        u8
///         25  reserved    7 bytes  0
///         32  payload
///          …  checksum    u64      of everything before it in the record, seeded with the first epoch and the record's offset
/// ```
///
/// The seed ties a record to its place: a record within a payload, or one that a disk wrote elsewhere, does not pass for one.
/// `durable` tells damage from a torn tail: a bad record that a later good one knew to be durable is damage.
enum SegmentFormat {
  static let magic = Array("TMEPOCHS".utf8)
  static let headerLength = 32
  static let recordMagic: UInt32 = 0x5245_4D54
  static let recordHeaderLength = 32
  static let checksumLength = 8

  static func name(firstEpoch: UInt64) -> String { "epochs-\(CheckpointFormat.digits(firstEpoch)).log" }

  static func firstEpoch(of name: String) -> UInt64? {
    CheckpointFormat.number(in: name, between: "epochs-", and: ".log")
  }

  static func seed(firstEpoch: UInt64, offset: Int) -> UInt64 {
    firstEpoch &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(offset)
  }
}

/// A snapshot: a header, parts, a trailer.
///
/// ```
/// header   0  magic       8 bytes  "TMSNAPSH"
///          8  version     u32
///         12  reserved    u32      0; in version 1 the number of parts
///         16  epoch       u64
///         24  checksum    u64      of bytes 0 ..< 24
/// part     0  name length u32      at most 255
///          4  reserved    u32      0
///          8  length      u64      of the content
///         16  checksum    u64      of the content
///         24  name        UTF-8    of the section that it is a part of
///          …  checksum    u64      of the part's header up to here, seeded with the epoch and the part's number
///          …  content
/// trailer  0  checksum    u64      of the file's header and all parts' headers, one after the other
///          8  magic       8 bytes  "TMSNPEND"
/// ```
///
/// A section is all parts of its name, in order: a large state is written without ever being in memory as bytes. The trailer's
/// checksum covers the contents through their checksums, so no byte is summed twice.
enum SnapshotFormat {
  /// Counts up when an older Tidemill could not read what a newer one writes. In version 1 a section was one part.
  static let version: UInt32 = 2
  static let magic = Array("TMSNAPSH".utf8)
  static let endMagic = Array("TMSNPEND".utf8)
  static let headerLength = 32
  static let partHeaderLength = 24
  static let longestName = 255
  static let trailerLength = 16
  /// How many snapshots are kept: if the newest is damaged, there is one more.
  static let keptCount = 2

  static func name(epoch: UInt64) -> String { "snapshot-\(CheckpointFormat.digits(epoch)).tms" }

  static func epoch(of name: String) -> UInt64? {
    CheckpointFormat.number(in: name, between: "snapshot-", and: ".tms")
  }

  static func seed(epoch: UInt64, part: Int) -> UInt64 {
    epoch &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(part)
  }
}

/// A copy of a static table: a file as a snapshot is, with the copy's number in place of the epoch.
enum TableCopyFormat {
  static func name(number: UInt64) -> String { "table-\(CheckpointFormat.digits(number)).tmt" }

  static func number(of name: String) -> UInt64? { CheckpointFormat.number(in: name, between: "table-", and: ".tmt") }
}
