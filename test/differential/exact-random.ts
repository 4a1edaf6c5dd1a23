/**
 * Random Python regular expressions and texts from a seed, for comparing the exact matcher with Python.
 *
 * Small alphabets on purpose: with few characters the paths of a pattern overlap, which is where engines differ.
 */

/** A generator of numbers in [0, 1) that only depends on its seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface PatternKinds {
  /** References and conditionals. */
  readonly references: boolean;
  readonly possessive: boolean;
  readonly unicode: boolean;
  /** Repeats with limits so large that they are counted instead of unrolled. */
  readonly counted: boolean;
}

const SINGLES = ['a', 'b', 'c', '.', '[ab]', '[^a]', '\\w', '\\d', '\\s', '\\S', '1', ' ', 'a', 'b'];
const UNICODE_SINGLES = [
  ...[
    'k',
    'K',
    'ſ',
    's',
    'é',
    'É',
    '[k-m]',
    '[^é]',
    '\\u0130',
    'ı',
    '\\U0001f600',
    '\\W',
    '\\ud83d',
    '[^\\W\\d]',
  ],
];
const PLACES = ['^', '$', '\\b', '\\B', '\\A', '\\Z'];
const FLAGS = ['(?i:', '(?s:', '(?m:', '(?-i:'];

/** One random pattern. Python may refuse it (a look-behind of variable width, for one). */
export function randomPattern(random: () => number, kinds: PatternKinds): string {
  let groups = 0;
  const closed: number[] = [];
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const single = (): string => pick(kinds.unicode && random() < 0.5 ? UNICODE_SINGLES : SINGLES);
  const quantifier = (): string => {
    const large = kinds.counted && random() < 0.5;
    const base = large
      ? pick(['{1,300}', '{3,400}', '{0,500}', '{2}', '{150,}', '{2,}'])
      : pick(['*', '+', '?', '{2}', '{1,2}', '{0,3}', '{2,}', '*', '+']);
    const mode = random();
    return base + (mode < 0.25 ? '?' : mode < 0.35 && kinds.possessive ? '+' : '');
  };
  const node = (depth: number): string => {
    const roll = random();
    if (depth <= 0 || roll < 0.3) return single();
    if (roll < 0.36) return pick(PLACES);
    if (roll < 0.52) return `(?:${sequence(depth - 1)})${quantifier()}`;
    if (roll < 0.66) {
      const index = ++groups;
      const body = random() < 0.5 ? sequence(depth - 1) : alternatives(depth - 1);
      closed.push(index);
      return `(${body})${random() < 0.4 ? quantifier() : ''}`;
    }
    if (roll < 0.78) return `(?:${alternatives(depth - 1)})${random() < 0.5 ? quantifier() : ''}`;
    if (roll < 0.84) return `${single()}${quantifier()}`;
    if (roll < 0.88) return `(?${pick(['=', '!'])}${sequence(depth - 1)})`;
    if (roll < 0.9) return `(?<${pick(['=', '!'])}${single()}${random() < 0.5 ? single() : ''})`;
    if (roll < 0.92) return kinds.possessive ? `(?>${alternatives(depth - 1)})` : single();
    if (roll < 0.94) return `${pick(FLAGS)}${sequence(depth - 1)})`;
    if (kinds.references && closed.length > 0) {
      const group = pick(closed);
      return random() < 0.6
        ? `(?:\\${group})${random() < 0.3 ? quantifier() : ''}`
        : `(?(${group})${sequence(depth - 1)}|${sequence(depth - 1)})`;
    }
    return single();
  };
  const sequence = (depth: number): string => {
    let out = '';
    for (let left = Math.floor(random() * 4); left >= 0; left--) out += node(depth);
    return out;
  };
  const alternatives = (depth: number): string => {
    const branches = [sequence(depth)];
    for (let left = Math.floor(random() * 2); left >= 0; left--)
      branches.push(random() < 0.15 ? '' : sequence(depth));
    return branches.join('|');
  };
  return (random() < 0.1 ? '(?i)' : '') + (random() < 0.2 ? alternatives(3) : sequence(3));
}

const LETTERS = ['a', 'b', 'c', 'a', 'b', '1', ' ', '\n', 'A'];
const UNICODE_LETTERS = [...'kKsSéÉiI٢', '\u212a', '\u017f', '\u0130', '\u0131', '\u{1f600}', '\ud83d'];

/** One random text of up to `most` characters. */
export function randomText(random: () => number, most: number, unicode: boolean): string {
  let out = '';
  for (let left = Math.floor(random() * (most + 1)); left > 0; left--) {
    const letters = unicode && random() < 0.5 ? UNICODE_LETTERS : LETTERS;
    out += letters[Math.floor(random() * letters.length)];
  }
  return out;
}
