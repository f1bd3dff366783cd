#if Lake
  import FileConnector

  /// How far one file was read, within the numbers that a position keeps of it.
  struct ReadProgress: Hashable, Sendable {
    /// How long the file was when it was first read; Parquet files don't grow.
    var size: Int
    /// How many row groups were read; `nil` for all of them.
    var groups: Int?
    /// Half of the footer's fingerprint is enough to tell two files apart.
    var fingerprint: UInt32

    private static let groupBits = 20
    private static let allGroups = 1 << groupBits - 1
    /// What can be written down: a file has at most so many row groups here, and is at most 8 TB long.
    static let mostGroups = allGroups - 1
    static let longest = 1 << 43 - 1

    init(size: Int, groups: Int?, fingerprint: UInt64) {
      self.size = size
      self.groups = groups
      self.fingerprint = UInt32(truncatingIfNeeded: fingerprint)
    }

    init(_ entry: KnownFiles.Entry) {
      size = entry.offset >> Self.groupBits
      let groups = entry.offset & Self.allGroups
      self.groups = groups == Self.allGroups ? nil : groups
      fingerprint = entry.fingerprint
    }

    var entry: KnownFiles.Entry {
      KnownFiles.Entry(offset: size << Self.groupBits | (groups ?? Self.allGroups), fingerprint: fingerprint)
    }
  }
#endif
