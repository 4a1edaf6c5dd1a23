/**
 * Wire: text as Python pickles it: UTF-8 in which a lone surrogate, which stands for a byte that could not be decoded,
 * is written as if it were a character (`surrogatepass`).
 */

/** Lone surrogates survive; what is no UTF-8 at all becomes U+FFFD. */
export function decodeText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? decodeSlowly(bytes) : text;
}

export function encodeText(text: string): Buffer {
  if (!LONE.test(text)) return Buffer.from(text, 'utf8');
  const pieces: Buffer[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    pieces.push(isSurrogate(code) ? threeBytes(code) : Buffer.from(char, 'utf8'));
  }
  return Buffer.concat(pieces);
}

const LONE = /\p{Cs}/u;

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

function threeBytes(code: number): Buffer {
  return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
}

/** Surrogates are `ED A0..BF 80..BF`; what stands between them is ordinary. */
function decodeSlowly(bytes: Buffer): string {
  let text = '';
  let plainFrom = 0;
  for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
    const [, second = 0, third = 0] = bytes.subarray(at, at + 3);
    if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue;
    text += bytes.toString('utf8', plainFrom, at);
    text += String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
    plainFrom = at + 3;
    at += 2;
  }
  return text + bytes.toString('utf8', plainFrom);
}
