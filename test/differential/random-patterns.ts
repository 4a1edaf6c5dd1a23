/**
 * Random Python patterns and texts from a seed: small alphabets, so that they often match, and all constructs that
 * fail2ban's users may write. Some patterns are wrong on purpose.
 *
 * Left out, as CPython 3.11 itself goes wrong there: captures in a possessive repeat (it even raises SystemError),
 * a conditional on the group it stands in (it sees a stale end of it), and `(?a:…)` at the very start (the search
 * prefilter forgets the flag).
 */
export class Random {
  constructor(private state: number) {}

  /** 0 ≤ n < limit. */
  below(limit: number): number {
    // xorshift32
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

const LETTERS = ['a', 'b', 'c', 'A', ' ', '1', '.', 'é', 'K', 'ſ', 's', '\n', '😀', '-', '"'];
const TEXT_LETTERS = [
  ...LETTERS,
  'B',
  'k',
  'S',
  'İ',
  'i',
  'ı',
  '٢',
  '\r',
  '\u2028',
  '\x1f',
  '_',
  '\u212a',
  'ü',
  '漢',
  '٣',
  '\u00a0',
  '’',
  ':',
];
const ATOMS = [
  ...['a', 'a', 'b', 'b', 'c', 'A', '1', 'é', 's', 'k', 'ſ', '😀', '"', ' '],
  ...['.', '.', '\\w', '\\d', '\\s', '\\W', '\\S', '\\D', '\\n', '\\.', '\\-', '\\x61'],
  ...['[ab]', '[^a]', '[a-c]', '[^\\s]', '[\\w-]', '[]a]', '[^\\W1]', '[é-😀]', '[k-s]', '[A-K]', '[^\\n]'],
];
const PLACES = ['^', '$', '\\b', '\\B', '\\Z', '\\A'];
const REPEATS = ['?', '*', '+', '??', '*?', '+?', '{2}', '{,2}', '{1,2}', '{1,}?', '{0}', '?+', '*+', '++'];

export function randomText(random: Random): string {
  let text = '';
  for (let i = random.below(9); i > 0; i--)
    text += random.pick(random.below(3) ? ['a', 'b', 'c'] : TEXT_LETTERS);
  return random.below(3) ? `${text}\n` : text;
}

export function randomPattern(random: Random): string {
  const maker = new Maker(random);
  const flags = random.below(6) === 0 ? `(?${random.pick(['i', 's', 'm', 'a', 'im', 'ia'])})` : '';
  return flags + maker.alternatives(3);
}

class Maker {
  private groups = 0;
  private readonly closed: number[] = [];
  private readonly open = new Set<number>();

  constructor(private readonly random: Random) {}

  alternatives(depth: number): string {
    let text = this.sequence(depth);
    while (this.random.below(4) === 0) text += `|${this.sequence(depth)}`;
    return text;
  }

  private sequence(depth: number): string {
    let text = '';
    for (let i = 1 + this.random.below(4); i > 0; i--) text += this.item(depth);
    return this.random.below(25) === 0 ? '' : text;
  }

  private item(depth: number): string {
    const random = this.random;
    if (random.below(9) === 0) return random.pick(PLACES);
    const atom = depth > 0 && random.below(3) === 0 ? this.compound(depth - 1) : random.pick(ATOMS);
    if (random.below(3) > 0) return atom;
    const repeat = random.pick(REPEATS);
    return atom + (/\((?!\?)|\?P</.test(atom) ? repeat.replace(/\+$/, '') || '+' : repeat);
  }

  private compound(depth: number): string {
    const random = this.random;
    switch (random.below(11)) {
      case 0:
        return `(?:${this.alternatives(depth)})`;
      case 1:
        return `(?=${this.alternatives(depth)})`;
      case 2:
        return `(?!${this.alternatives(depth)})`;
      case 3:
        return `(?<${random.pick(['=', '!'])}${random.pick(['a', 'b|c', '^', '\\w', '[ab]c', 'é', '\\n', 'a\\b'])})`;
      case 4:
        return `(?>${this.alternatives(depth)})`;
      case 5:
        return `(?${random.pick(['i', 's', 'm', '-i', 'i-s'])}:${this.alternatives(depth)})`;
      case 6:
        if (this.closed.length > 0) return `\\${random.pick(this.closed)}`;
        return this.capture(depth);
      case 7:
        if (this.groups > 0) {
          const group = 1 + random.below(this.groups);
          if (this.open.has(group)) return this.capture(depth);
          const no = random.below(2) ? `|${this.sequence(depth)}` : '';
          return `(?(${group})${this.sequence(depth)}${no})`;
        }
        return this.capture(depth);
      default:
        return this.capture(depth);
    }
  }

  private capture(depth: number): string {
    const number = ++this.groups;
    const name = this.random.below(2) ? `?P<g${number}>` : '';
    this.open.add(number);
    const body = this.alternatives(depth);
    this.open.delete(number);
    this.closed.push(number);
    return `(${name}${body})`;
  }
}
