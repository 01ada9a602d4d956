/**
 * The pages of one flat Parquet column, after the format's description (apache/parquet-format: Encodings.md and
 * README.md). hyparquet reads headers, plain values and types; levels and dictionary places are read here, because
 * a damaged count would send its own loops into writing gigabytes. Every count is checked first.
 */
import type { CompressionCodec, Compressors, PageHeader } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { convert } from 'hyparquet/src/convert.js'
import { readPlain } from 'hyparquet/src/plain.js'
import { getMaxDefinitionLevel } from 'hyparquet/src/schema.js'

export interface PageLimits {
  /** Values of a dictionary. */
  values: number
  /** Bytes of a page once it is decompressed. */
  bytes: number
}

/** What a column's pages share. */
export type Column = Parameters<typeof convert>[1] & { compressors: Compressors }

/**
 * The cells of `rows` rows; null where there is none.
 * @param chunk the column's bytes, from its first page on
 * @throws {Error} where the bytes are no such pages
 */
export function readPages(
  chunk: Uint8Array,
  rows: number,
  column: Column,
  limits: PageLimits
): unknown[] {
  const reader = { view: viewOf(chunk), offset: 0 }
  const cells: unknown[] = []
  let dictionary: ArrayLike<unknown> | undefined
  while (cells.length < rows) {
    const header = parquetHeader(reader)
    const size = within(header.compressed_page_size, chunk.length - reader.offset, 'page size')
    within(header.uncompressed_page_size, limits.bytes, 'decompressed page size')
    const bytes = chunk.subarray(reader.offset, reader.offset + size)
    reader.offset += size
    if (header.type === 'DICTIONARY_PAGE') {
      const count = header.dictionary_page_header?.num_values
      dictionary = readDictionary(
        bytes,
        header,
        within(count, limits.values, 'dictionary size'),
        column
      )
    } else {
      const page = openPage(bytes, header, rows - cells.length, column)
      for (const cell of readCells(page, dictionary, column)) cells.push(cell)
    }
  }
  return cells
}

/** A data page, decompressed: which of its rows have a value, and the encoded values. */
interface Page {
  encoding: string
  hasValue: Int32Array
  values: Uint8Array
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** A count of the file, if it is a whole number from 0 to `most`. */
function within(count: number | undefined, most: number, what: string): number {
  if (count !== undefined && Number.isInteger(count) && count >= 0 && count <= most) return count
  throw new Error(`${what} ${count} is not within 0 and ${most}`)
}

function decompress(
  bytes: Uint8Array,
  size: number,
  codec: CompressionCodec,
  compressors: Compressors
): Uint8Array {
  if (codec === 'UNCOMPRESSED') return bytes
  const inflate = compressors[codec]
  if (!inflate) throw new Error(`compression ${codec} cannot be read here`)
  const page = inflate(bytes, size)
  if (page.length !== size) throw new Error(`a page has ${page.length} bytes instead of ${size}`)
  return page
}

function readDictionary(
  bytes: Uint8Array,
  header: PageHeader,
  count: number,
  column: Column
): ArrayLike<unknown> {
  const { codec, compressors, type, element } = column
  const page = decompress(bytes, header.uncompressed_page_size, codec, compressors)
  const plain = readPlain({ view: viewOf(page), offset: 0 }, type, count, element.type_length)
  return convert(plain, column)
}

/** @param rowsLeft more than these a page cannot hold */
function openPage(bytes: Uint8Array, header: PageHeader, rowsLeft: number, column: Column): Page {
  const { codec, compressors, schemaPath } = column
  const size = header.uncompressed_page_size
  const isOptional = getMaxDefinitionLevel(schemaPath) > 0
  const { data_page_header: v1, data_page_header_v2: v2 } = header
  if (header.type === 'DATA_PAGE' && v1) {
    const count = within(v1.num_values, rowsLeft, 'number of values')
    if (count === 0) throw new Error('a page holds no values')
    const page = decompress(bytes, size, codec, compressors)
    if (!isOptional) return { encoding: v1.encoding, hasValue: ones(count), values: page }
    const levels = within(viewOf(page).getUint32(0, true), page.length - 4, 'size of levels')
    return {
      encoding: v1.encoding,
      hasValue: readHybrid(page.subarray(4, 4 + levels), 1, count),
      values: page.subarray(4 + levels)
    }
  }
  if (header.type === 'DATA_PAGE_V2' && v2) {
    const count = within(v2.num_values, rowsLeft, 'number of values')
    if (count === 0) throw new Error('a page holds no values')
    // Levels stand before the compressed part
    const repetition = within(v2.repetition_levels_byte_length, bytes.length, 'size of levels')
    const rest = bytes.subarray(repetition)
    const levels = within(v2.definition_levels_byte_length, rest.length, 'size of levels')
    const packed = rest.subarray(levels)
    const isPacked = v2.is_compressed && packed.length > 0
    return {
      encoding: v2.encoding,
      hasValue: isOptional ? readHybrid(rest.subarray(0, levels), 1, count) : ones(count),
      values: isPacked ? decompress(packed, size - repetition - levels, codec, compressors) : packed
    }
  }
  throw new Error(`page type ${header.type} is unknown`)
}

const ones = (count: number): Int32Array => new Int32Array(count).fill(1)

function readCells(
  { encoding, hasValue, values }: Page,
  dictionary: ArrayLike<unknown> | undefined,
  column: Column
): unknown[] {
  const count = hasValue.reduce((sum, has) => sum + has, 0)
  const decoded = decodeValues(encoding, values, count, dictionary, column)
  let next = 0
  return Array.from(hasValue, (has) => (has ? decoded[next++] : null))
}

function decodeValues(
  encoding: string,
  values: Uint8Array,
  count: number,
  dictionary: ArrayLike<unknown> | undefined,
  column: Column
): ArrayLike<unknown> {
  const { type, element } = column
  if (count === 0) return []
  switch (encoding) {
    case 'PLAIN': {
      const reader = { view: viewOf(values), offset: 0 }
      return convert(readPlain(reader, type, count, element.type_length), column)
    }
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY': {
      if (!dictionary) throw new Error('the dictionary is missing')
      const width = within(values[0], 32, 'width of dictionary places')
      const places = readHybrid(values.subarray(1), width, count)
      return Array.from(
        places,
        (place) => dictionary[within(place, dictionary.length - 1, 'place')]
      )
    }
    case 'RLE': {
      if (type !== 'BOOLEAN') throw new Error('only truth values can be run-length encoded')
      const size = within(viewOf(values).getUint32(0, true), values.length - 4, 'size of runs')
      return Array.from(readHybrid(values.subarray(4, 4 + size), 1, count), (bit) => bit === 1)
    }
    default:
      throw new Error(`encoding ${encoding} cannot be read here`)
  }
}

/**
 * `count` numbers of `width` bits, run-length encoded and bit-packed in turns: a run's header is a varint, its
 * lowest bit 0 for one value repeated header / 2 times, 1 for header / 2 groups of eight packed values.
 */
export function readHybrid(bytes: Uint8Array, width: number, count: number): Int32Array {
  const output = new Int32Array(count)
  let at = 0
  const nextByte = (): number => {
    const byte = bytes[at++]
    if (byte === undefined) throw new Error('encoded numbers end too early')
    return byte
  }
  const nextVarint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = nextByte()
      value += (byte & 127) * scale
      if (byte < 128) return value
      if (scale > 2 ** 35) throw new Error('a run is too long')
    }
  }
  for (let seen = 0; seen < count;) {
    const header = nextVarint()
    const length = Math.floor(header / 2)
    if (length === 0) throw new Error('a run is empty')
    if (header % 2 === 0) {
      let value = 0
      for (let i = 0; i < width; i += 8) value |= nextByte() << i
      const end = Math.min(count, seen + length)
      output.fill(value, seen, end)
      seen = end
    } else {
      const end = Math.min(count, seen + 8 * length)
      const start = at
      for (let bit = 0; seen < end; seen++) {
        let value = 0
        for (let i = 0; i < width; i++, bit++) {
          const byte = bytes[start + (bit >> 3)]
          if (byte === undefined) throw new Error('encoded numbers end too early')
          value |= ((byte >> (bit & 7)) & 1) << i
        }
        output[seen] = value
      }
      at = start + length * width
    }
  }
  return output
}
