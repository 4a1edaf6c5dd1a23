/**
 * Scan: lines that say that somebody got in, and from where. A replay marks addresses that both failed and got in:
 * they are likely customers who mistyped a password, not attackers.
 *
 * One line → the address it vouches for, or undefined. Deliberately few and strict shapes: what a client may choose
 * (user name, helo) never stands where the address is looked for.
 */
import type { LogLine } from '../filter/outcome.js';
import { parseAddress } from '../net/address.js';

interface Shape {
  /** Must be in the line: most lines are decided by this alone. */
  readonly word: string;
  /** Its first group is the address. */
  readonly regex: RegExp;
}

const ADDRESS = '([0-9A-Fa-f:.]{2,45})';
const IP = `\\[?${ADDRESS}\\]?`;

const SHAPES: readonly Shape[] = [
  // OpenSSH: the address stands behind the last ` from `, before the port.
  {
    word: 'Accepted ',
    regex: new RegExp(
      `sshd(?:-session)?(?:\\[\\d+\\])?: Accepted \\S+ for .* from ${IP} port \\d+(?: ssh2?)?(?:: .*)?$`,
    ),
  },
  // Dovecot: rip= behind the method; user=<…> cannot hold a `>`.
  {
    word: 'Login: user=<',
    regex: new RegExp(`-login: (?:Info: )?Login: user=<[^>]*>, method=[\\w-]+, rip=${IP}, `),
  },
  // Postfix: the client stands before what it says of itself.
  {
    word: 'sasl_username=',
    regex: new RegExp(`/smtpd\\[\\d+\\]: \\w+: client=[\\w.-]+\\[${ADDRESS}\\], sasl_method=`),
  },
  { word: 'OK LOGIN: Client', regex: new RegExp(`\\[\\w[^\\]]*\\] OK LOGIN: Client "(?:::ffff:)?${IP}"`) },
  {
    word: 'Login successful',
    regex: new RegExp(`proftpd\\[\\d+\\].*\\(\\S*\\[(?:::ffff:)?${ADDRESS}\\]\\).*: Login successful\\.?$`),
  },
  {
    word: 'Successful login as ',
    regex: new RegExp(`webmin\\[\\d+\\]: Successful login as \\S+ from ${IP}$`),
  },
  { word: 'SecurityEvent="SuccessfulAuth"', regex: new RegExp(`RemoteAddress="IPV[46]/\\w+/${IP}/\\d+"`) },
];

/** A line that says that somebody got in: its index, and from where. */
export interface Success {
  readonly line: number;
  readonly id: string;
}

/** Looks for such lines in batch after batch, at the speed of a text search. */
export class SuccessFinder {
  readonly #words = new RegExp(SHAPES.map(({ word }) => escaped(word)).join('|'), 'g');

  find(lines: readonly LogLine[]): readonly Success[] {
    const found: Success[] = [];
    let block: string | undefined;
    /** In the block: there is no word before this. */
    let next = 0;
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!;
      if (line.block === undefined) {
        if (this.#from(line.text, 0) === Number.POSITIVE_INFINITY) continue;
      } else {
        const { at = 0 } = line;
        if (line.block !== block || next < at) next = this.#from(line.block, at);
        block = line.block;
        if (next >= at + line.text.length) continue;
      }
      const id = successfulAddress(line.text);
      if (id !== undefined) found.push({ line: i, id });
    }
    return found;
  }

  #from(text: string, at: number): number {
    this.#words.lastIndex = at;
    return this.#words.exec(text)?.index ?? Number.POSITIVE_INFINITY;
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

export function successfulAddress(text: string): string | undefined {
  for (const { word, regex } of SHAPES) {
    if (!text.includes(word)) continue;
    const written = regex.exec(text)?.[1];
    const address = written === undefined ? undefined : parseAddress(written);
    if (address) return address.text;
  }
  return undefined;
}
