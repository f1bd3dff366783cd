import TidemillColumns

/// How far each file of a directory has been read: the position of a file source, as a structure and as its bytes at once.
///
/// A file is known by the hash of its relative path, so a position is 20 bytes a file whatever the names; the bytes are kept
/// up to date in place, so that taking a position costs one copy of memory, not one pass over a hundred thousand files.
package struct KnownFiles: Sendable {
  package struct Entry: Hashable, Sendable {
    /// How much of the file has been read.
    package var offset: Int
    /// What was read, sampled; see `Fingerprint`. Half of it is enough to tell two files apart.
    package var fingerprint: UInt32

    package init(offset: Int, fingerprint: UInt32) {
      self.offset = offset
      self.fingerprint = fingerprint
    }
  }

  private static let version: UInt8 = 1
  private static let stride = 20

  package private(set) var bytes: [UInt8] = []
  private var places: [UInt64: Int] = [:]

  package init() {}

  package init(decoding bytes: [UInt8]) throws {
    guard let first = bytes.first else { return }
    guard first == Self.version, bytes.count > 1, (bytes.count - 1).isMultiple(of: Self.stride) else {
      throw CorruptBytes("\(bytes.count) bytes are no position of a file source")
    }
    self.bytes = bytes
    places.reserveCapacity(count)
    for place in 0..<count {
      let entry = offset(of: place)
      let hash = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: entry, as: UInt64.self)) }
      guard places.updateValue(place, forKey: hash) == nil, self.entry(at: place).offset >= 0 else {
        throw CorruptBytes("entry \(place) of the position of a file source makes no sense")
      }
    }
  }

  package var count: Int { bytes.isEmpty ? 0 : (bytes.count - 1) / Self.stride }

  package var hashes: some Collection<UInt64> { places.keys }

  private func offset(of place: Int) -> Int { 1 + place * Self.stride }

  private func entry(at place: Int) -> Entry {
    bytes.withUnsafeBytes {
      Entry(
        offset: Int(Int64(littleEndian: $0.loadUnaligned(fromByteOffset: offset(of: place) + 8, as: Int64.self))),
        fingerprint: UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset(of: place) + 16, as: UInt32.self)))
    }
  }

  /// The file whose path has this hash; set to `nil` to forget it.
  ///
  /// - Complexity: O(1), and a copy of the bytes when someone else holds them.
  package subscript(hash: UInt64) -> Entry? {
    get { places[hash].map { entry(at: $0) } }
    set {
      if let newValue { store(newValue, hash) } else { forget(hash) }
    }
  }

  private mutating func store(_ entry: Entry, _ hash: UInt64) {
    let place = places[hash] ?? count
    if place == count {
      if bytes.isEmpty { bytes.append(Self.version) }
      bytes.append(contentsOf: repeatElement(0, count: Self.stride))
      places[hash] = place
    }
    let start = offset(of: place)
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: hash.littleEndian, toByteOffset: start, as: UInt64.self)
      $0.storeBytes(of: Int64(entry.offset).littleEndian, toByteOffset: start + 8, as: Int64.self)
      $0.storeBytes(of: entry.fingerprint.littleEndian, toByteOffset: start + 16, as: UInt32.self)
    }
  }

  private mutating func forget(_ hash: UInt64) {
    guard let place = places.removeValue(forKey: hash) else { return }
    let last = count - 1
    if place != last {
      let from = offset(of: last)
      let moved = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: from, as: UInt64.self)) }
      for index in 0..<Self.stride { bytes[offset(of: place) + index] = bytes[from + index] }
      places[moved] = place
    }
    bytes.removeLast(Self.stride)
    if bytes.count == 1 { bytes = [] }
  }
}
