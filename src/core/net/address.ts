/**
 * An address or network as fail2ban knows it: one normalised spelling that is its identity everywhere.
 *
 * Text (with brackets, prefix length or netmask) → IpAddress, or undefined when it is no address: then it is a raw
 * id, which can be banned as well. Never looks anything up; names are dns.ts's business.
 */
import { formatInet, parseInet4, parseInet6 } from './inet.js';

export type Family = 'inet4' | 'inet6';

/**
 * `bytes` are masked: the host part of a network is zero. `prefix` is the number of network bits (32 or 128 for a
 * single address). `text` hides a full prefix, and, as fail2ban does, also /0 (`1.2.3.4/0` is shown as `0.0.0.0`).
 */
export class IpAddress {
  readonly text: string;
  readonly family: Family;

  constructor(
    readonly bytes: readonly number[],
    readonly prefix: number,
    /** The address in its normal spelling, where it is at hand. */
    address = formatInet(bytes),
  ) {
    this.family = bytes.length === 4 ? 'inet4' : 'inet6';
    this.text = prefix === 0 || this.isSingle ? address : `${address}/${prefix}`;
  }

  /** False for a network. */
  get isSingle(): boolean {
    return this.prefix === this.bytes.length * 8;
  }

  /** Is `other` this address or inside this network? Families never mix. */
  contains(other: IpAddress): boolean {
    if (other.bytes.length !== this.bytes.length || other.prefix < this.prefix) return false;
    const masked = maskBytes(other.bytes, this.prefix);
    return masked.every((byte, i) => byte === this.bytes[i]);
  }

  /**
   * Labels in reverse with a dot behind each, for DNS lists: `4.3.2.1.` (a network: `0/24.3.2.1.`), or 32
   * hexadecimal digits for IPv6.
   */
  get reverseLabels(): string {
    const labels =
      this.family === 'inet4'
        ? this.text.split('.')
        : this.bytes.flatMap((byte) => [(byte >> 4).toString(16), (byte & 15).toString(16)]);
    return labels
      .reverse()
      .map((label) => `${label}.`)
      .join('');
  }

  toString(): string {
    return this.text;
  }
}

/**
 * Reads an address or a network: `1.2.3.4`, `[2001:DB8::1]`, `1.2.3.4/24`, `1.2.3.4/255.255.255.0`.
 * An IPv4-mapped IPv6 address without a prefix becomes IPv4. A prefix beyond the family's bits means none.
 *
 * @param prefix network bits from elsewhere (a `<CIDR>` group); one in the text wins.
 * @returns undefined when the text is no address or its netmask has holes.
 * Source: fail2ban 1.0.2, run (test/net/address.test.ts has the table).
 */
export function parseAddress(text: string, prefix?: number): IpAddress | undefined {
  const parts = splitAddress(text);
  return parts && addressOf(parts.address, parts.prefix ?? prefix);
}

/**
 * The identity of any text: an address, or else the text as a raw id, without enclosing brackets and without a
 * readable prefix (`[joe]`, `joe/24` → `joe`), as in fail2ban. Where fail2ban gives up on the line (`a/b`) or reads a
 * mask that is none (`1.2.3.4/a.b` → 0.0.0.0) the text stays as it is.
 */
export function identify(text: string, prefix?: number): IpAddress | string {
  const parts = splitAddress(text);
  if (!parts) return text;
  return addressOf(parts.address, parts.prefix ?? prefix) ?? parts.address;
}

function splitAddress(text: string): { address: string; prefix: number | undefined } | undefined {
  const bare =
    text.length > 2 && text.charCodeAt(0) === 0x5b && text.charCodeAt(text.length - 1) === 0x5d
      ? text.slice(1, -1)
      : text;
  const slash = bare.indexOf('/');
  if (slash < 0) return { address: bare, prefix: undefined };
  const prefix = readPrefix(bare.slice(slash + 1));
  if (prefix === undefined) return undefined;
  return { address: bare.slice(0, slash), prefix: prefix < 0 ? undefined : prefix };
}

function readPrefix(text: string): number | undefined {
  if (/^[+-]?[0-9]+$/.test(text)) return Number(text);
  if (!text.includes('.') && !text.includes(':')) return undefined;
  const mask = parseAddress(text);
  return mask && maskLength(mask.bytes);
}

/** Leading one bits; undefined when ones follow a zero. */
function maskLength(bytes: readonly number[]): number | undefined {
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}

function addressOf(address: string, prefix: number | undefined): IpAddress | undefined {
  const inet4 = parseInet4(address);
  // It has one spelling only.
  if (inet4 && prefix === undefined) return new IpAddress(inet4, 32, address);
  let bytes = inet4 ?? parseInet6(address);
  if (!bytes) return undefined;
  if (prefix === undefined && isMapped(bytes)) bytes = bytes.slice(12);
  const bits = bytes.length * 8;
  if (prefix === undefined || prefix >= bits) return new IpAddress(bytes, bits);
  return new IpAddress(maskBytes(bytes, prefix), prefix);
}

function isMapped(bytes: readonly number[]): boolean {
  return (
    bytes.length === 16 &&
    bytes.slice(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 255 &&
    bytes[11] === 255
  );
}

function maskBytes(bytes: readonly number[], prefix: number): number[] {
  return bytes.map((byte, i) => byte & (0xff << Math.max(0, Math.min(8, 8 * (i + 1) - prefix))));
}
