import TidemillColumns

extension QueryPlan {
  /// What a checkpoint of this query must have been made of, one fact a line.
  ///
  /// Two plans with the same identity can go on from each other's checkpoints. Paths, options, the output mode and how the
  /// query is run are no part of it.
  public var identity: String {
    var lines = ["stream \(stream.name) using \(stream.provider)"]
    for field in scanSchema.fields {
      let path = field.path == [field.name] ? "" : " at \(field.path.joined(separator: "."))"
      lines.append("column \(field.name) \(field.type.sqlName)\(path)")
    }
    if let eventTime, let delay {
      lines.append("watermark \(scanSchema[eventTime].name) - \(delay)")
    } else {
      lines.append("no watermark")
    }
    for (index, stage) in stages.enumerated() {
      lines.append("step \(index + 1): \(stage.text(over: schema(before: index)))")
    }
    lines.append("result \(resultSchema)")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The first thing in which two identities differ, as a sentence part; `nil` when they are the same.
  ///
  /// - Parameters:
  ///   - old: The identity in the checkpoint.
  ///   - new: The identity of the query that wants to go on from it.
  public static func difference(_ old: String, _ new: String) -> String? {
    let oldLines = old.split(separator: "\n")
    let newLines = new.split(separator: "\n")
    for index in 0..<max(oldLines.count, newLines.count) {
      let before = index < oldLines.count ? String(oldLines[index]) : "nothing"
      let after = index < newLines.count ? String(newLines[index]) : "nothing"
      if before != after { return "the checkpoint has `\(before)`, the query has `\(after)`" }
    }
    return nil
  }
}
