/// The file that says where the latest checkpoint is, so that nobody must list the whole log. Only a hint.
struct LastCheckpoint {
  var version: Int
  /// How many actions it has.
  var size: Int
  var sizeInBytes: Int
  var fileCount: Int

  /// - Returns: `nil` when there is none, or none that can be read.
  static func read(_ store: any LakeStore) throws(LakeStoreError) -> (version: Int, parts: Int)? {
    guard let bytes = try store.readIfPresent(LogNames.lastCheckpoint), let json = try? JSONReader.value(of: bytes),
      let version = json["version"]?.integer, version >= 0
    else { return nil }
    return (version, json["parts"]?.integer ?? 1)
  }

  func write(to store: any LakeStore) throws(LakeStoreError) {
    let json = JSONValue.object([
      "version": .integer(version), "size": .integer(size), "sizeInBytes": .integer(sizeInBytes),
      "numOfAddFiles": .integer(fileCount),
    ])
    try store.put(LogNames.lastCheckpoint, Array(json.serialized.utf8))
  }
}
