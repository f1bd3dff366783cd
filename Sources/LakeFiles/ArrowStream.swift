#if Lake
  import ArrowBridge
  import TidemillColumns

  /// Rows as a stream in Arrow's format for what goes from one process to another.
  package enum ArrowStream {
    /// The schema, the rows as one batch, and the end. Weights are not kept.
    ///
    /// - Throws: when Apache Arrow cannot be loaded, or has no memory.
    package static func bytes(of batch: Batch) throws -> [UInt8] {
      final class Output {
        var bytes: [UInt8] = []
      }
      var schema = ArrowSchema()
      ArrowField.structure("", [ArrowField](batch.schema), isNullable: false).exported(to: &schema)
      var rows = ArrowArray()
      ArrowColumn(count: batch.count, values: .structure(batch.arrowColumns)).exported(to: &rows)
      let output = Output()
      try withExtendedLifetime(output) {
        let target = tidemill_arrow_output(
          context: Unmanaged.passUnretained(output).toOpaque(),
          write: { context, bytes, count in
            Unmanaged<Output>.fromOpaque(context!).takeUnretainedValue().bytes
              .append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            return true
          })
        try calling { tidemill_arrow_stream_write(&schema, &rows, target, $0) }
      }
      return output.bytes
    }
  }
#endif
