/**
 * Source stage: the names Python gives to character encodings → a decoder of bytes.
 *
 * A decoder never fails: what is not valid in its encoding becomes U+FFFD, exactly where Python's `errors='replace'`
 * puts it, and is reported by `clean`. Encodings whose bytes below 0x80 are not ASCII characters (utf-16, utf-32,
 * utf-7, …) are `wide`: their line ends can only be seen after decoding, so they are decoded as a stream.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import type Iconv from 'iconv-lite';
import { SourceError } from '../errors.js';

export interface Decoded {
  readonly text: string;
  /** False when at least one U+FFFD stands for bytes that are not valid in the encoding. */
  readonly clean: boolean;
}

export interface NarrowEncoding {
  readonly wide: false;
  /** The name as it was asked for. */
  readonly name: string;
  decode(bytes: Buffer): Decoded;
}

export interface WideEncoding {
  readonly wide: true;
  readonly name: string;
  /** A new decoder for one stream; feed it with chunks of any length. */
  stream(): ByteDecoder;
  /** What it comes to in a file that begins with these (at least four) bytes. */
  inFile(head: Uint8Array): WideForm;
}

export interface ByteDecoder {
  write(bytes: Buffer): string;
  end(): string | undefined;
}

/** A wide encoding whose order of bytes is settled. */
export interface WideForm {
  /** The bytes of a newline, one code unit. */
  readonly newline: Uint8Array;
  /** A new decoder that begins at a code unit, `atStart` of the file or anywhere in it. */
  stream(atStart: boolean): ByteDecoder;
}

export type Encoding = NarrowEncoding | WideEncoding;

/** What nearly everything is in. */
export const UTF8_ENCODING: NarrowEncoding = { wide: false, name: 'utf-8', decode: decodeUtf8 };

/** Half a megabyte of tables, which the encodings that most logs are in do without. */
async function loadTables(): Promise<typeof Iconv> {
  return (await import('iconv-lite')).default;
}

/**
 * The decoder for an encoding named as Python (and so fail2ban's `logencoding` and `--encoding`) names it; case,
 * `-`, `_` and blanks do not matter. @throws {SourceError} unknown name.
 */
export async function findEncoding(name: string): Promise<Encoding> {
  const key = normalise(name);
  if (UTF8.has(key)) return { wide: false, name, decode: decodeUtf8 };
  if (key === 'utf-8-sig') return { wide: false, name, decode: decodeUtf8Sig };
  if (LATIN1.has(key)) return { wide: false, name, decode: decodeLatin1 };
  if (ASCII.has(key)) return { wide: false, name, decode: decodeAscii };
  const iconv = await loadTables();
  const wide = WIDE.get(key);
  if (wide) {
    return {
      wide: true,
      name,
      stream: () => wideStream(iconv, wide),
      inFile: (head) => wideForm(iconv, wide, head),
    };
  }
  const known = iconvName(iconv, key);
  if (known) return { wide: false, name, decode: (bytes) => decodeTable(iconv, known, bytes) };
  throw new SourceError('encoding-unknown', `unknown encoding: ${name}`, {
    hint: 'Use a name such as UTF-8, latin1, ascii, cp1252, koi8-r, gbk, shift_jis or utf-16.',
  });
}

function normalise(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '-');
}

const UTF8 = new Set(['utf-8', 'utf8', 'u8', 'utf', 'utf8-ucs2', 'utf8-ucs4', 'cp65001']);
const LATIN1 = new Set(
  'latin-1 latin1 latin l1 iso-8859-1 iso8859-1 iso8859 8859 cp819 ibm819 iso-ir-100'.split(' '),
);
const ASCII = new Set(
  'ascii us-ascii 646 us ansi-x3.4-1968 ansi-x3.4-1986 iso646-us cp367 ibm367'.split(' '),
);
/** Without an explicit byte order Python reads the byte order mark and otherwise the machine's own order. */
const WIDE = new Map<string, { codec: string; stripBom: boolean }>([
  ...wideNames(['utf-16', 'utf16', 'u16'], 'utf-16', true),
  ...wideNames(['utf-16-le', 'utf-16le', 'utf16le'], 'utf-16le', false),
  ...wideNames(['utf-16-be', 'utf-16be', 'utf16be'], 'utf-16be', false),
  ...wideNames(['utf-32', 'utf32', 'u32'], 'utf-32', true),
  ...wideNames(['utf-32-le', 'utf-32le', 'utf32le'], 'utf-32le', false),
  ...wideNames(['utf-32-be', 'utf-32be', 'utf32be'], 'utf-32be', false),
  ...wideNames(['utf-7', 'utf7', 'u7'], 'utf-7', false),
]);

function wideNames(names: readonly string[], codec: string, stripBom: boolean) {
  return names.map((name) => [name, { codec, stripBom }] as const);
}

/** What iconv-lite lists beside encodings of text. */
const NO_TEXT = new Set(['', 'base64', 'hex', 'binary', 'internal']);

function iconvName(iconv: typeof Iconv, key: string): string | undefined {
  const candidates = [key, key.replace(/^(?:windows|cp|ibm)-?(\d+)$/, 'cp$1'), key.replaceAll('-', '')];
  return candidates.find((candidate) => !NO_TEXT.has(candidate) && iconv.encodingExists(candidate));
}

function decodeUtf8(bytes: Buffer): Decoded {
  return { text: bytes.toString('utf8'), clean: isUtf8(bytes) };
}

/** Python's `utf-8-sig`: a byte order mark at the start of the text is no part of it. */
function decodeUtf8Sig(bytes: Buffer): Decoded {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return decodeUtf8(marked ? bytes.subarray(3) : bytes);
}

function decodeLatin1(bytes: Buffer): Decoded {
  return { text: bytes.toString('latin1'), clean: true };
}

function decodeAscii(bytes: Buffer): Decoded {
  if (isAscii(bytes)) return { text: bytes.toString('latin1'), clean: true };
  return { text: bytes.toString('latin1').replaceAll(/[\x80-\xff]/g, '\ufffd'), clean: false };
}

function decodeTable(iconv: typeof Iconv, codec: string, bytes: Buffer): Decoded {
  const text = iconv.decode(bytes, codec, { stripBOM: false });
  return { text, clean: !text.includes('\ufffd') };
}

/** Without a mark Python takes the machine's own order, which is little-endian wherever f2b runs. */
function wideForm(
  iconv: typeof Iconv,
  { codec, stripBom }: { codec: string; stripBom: boolean },
  head: Uint8Array,
): WideForm {
  const hasMark = (...bytes: number[]) => bytes.every((byte, at) => head[at] === byte);
  let settled = codec;
  if (codec === 'utf-16') settled = hasMark(0xfe, 0xff) ? 'utf-16be' : 'utf-16le';
  if (codec === 'utf-32') settled = hasMark(0, 0, 0xfe, 0xff) ? 'utf-32be' : 'utf-32le';
  return {
    newline: NEWLINES[settled] ?? Uint8Array.of(0x0a),
    stream: (atStart) => wideStream(iconv, { codec: settled, stripBom: stripBom && atStart }),
  };
}

const NEWLINES: Readonly<Record<string, Uint8Array>> = {
  'utf-16le': Uint8Array.of(0x0a, 0),
  'utf-16be': Uint8Array.of(0, 0x0a),
  'utf-32le': Uint8Array.of(0x0a, 0, 0, 0),
  'utf-32be': Uint8Array.of(0, 0, 0, 0x0a),
};

function wideStream(
  iconv: typeof Iconv,
  { codec, stripBom }: { codec: string; stripBom: boolean },
): ByteDecoder {
  const decoder = iconv.getDecoder(codec, { stripBOM: stripBom });
  return {
    // A copy: the decoder holds the first bytes back, and the chunk is the reader's.
    write: (bytes: Buffer) => decoder.write(Buffer.from(bytes)),
    end: () => decoder.end(),
  };
}
