#if Lake
  import TidemillColumns

  /// Arrow has a bit where Tidemill has a byte: validity, booleans. The first row is the lowest bit.
  enum Bitmap {
    /// Bits from `offset` on as bytes, 0 or 1.
    static func bytes(_ bits: UnsafePointer<UInt8>, offset: Int, count: Int) -> Buffer<UInt8> {
      let result = Buffer<UInt8>(capacity: count + 7)
      let target = result.base
      var row = 0
      // Eight at a time, once a byte of bits begins.
      while row < count && (offset + row) & 7 != 0 {
        target[row] = bits[(offset + row) >> 3] >> UInt8((offset + row) & 7) & 1
        row += 1
      }
      var source = bits + (offset + row) >> 3
      while row + 8 <= count {
        // Each byte of the word keeps one bit of the eight; adding carries it to the byte's top.
        let spread = (UInt64(source.pointee) &* 0x0101_0101_0101_0101) & 0x8040_2010_0804_0201
        let ones = (((spread &+ 0x007F_7F7F_7F7F_7F7F) | spread) >> 7) & 0x0101_0101_0101_0101
        UnsafeMutableRawPointer(target + row).storeBytes(of: ones.littleEndian, as: UInt64.self)
        source += 1
        row += 8
      }
      while row < count {
        target[row] = bits[(offset + row) >> 3] >> UInt8((offset + row) & 7) & 1
        row += 1
      }
      result.count = count
      return result
    }

    /// Bytes, 0 or 1, as bits; with how many are 0.
    static func bits(_ bytes: UnsafePointer<UInt8>, count: Int) -> (bits: Buffer<UInt8>, zeros: Int) {
      let result = Buffer<UInt8>(repeating: 0, count: (count + 7) / 8)
      let target = result.base
      var ones = 0
      var row = 0
      while row + 8 <= count {
        let word = UInt64(littleEndian: UnsafeRawPointer(bytes + row).loadUnaligned(as: UInt64.self)) & 0x0101_0101_0101_0101
        let packed = UInt8(truncatingIfNeeded: (word &* 0x0102_0408_1020_4080) >> 56)
        target[row >> 3] = packed
        ones += packed.nonzeroBitCount
        row += 8
      }
      while row < count {
        target[row >> 3] |= (bytes[row] & 1) << UInt8(row & 7)
        ones += Int(bytes[row] & 1)
        row += 1
      }
      return (result, count - ones)
    }
  }
#endif
