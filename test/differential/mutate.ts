/** Small damages to log lines: what an attacker, a broken writer or another software version might make of them. */
import type { Random } from './random-patterns.js';

const ODD = [
  'é',
  'ü',
  'ſ',
  '\u212a',
  '٢',
  '😀',
  '\u2028',
  '\u00a0',
  '\ufeff',
  '\x00',
  '\x1f',
  '\r',
  '\x85',
  '\n',
];
const COMMON = [...`:[]()<>"'= -.,/@%0aA`];

/** One damage at a random place: delete, double, insert, swap, truncate, a non-ASCII or a control character. */
export function mutate(text: string, random: Random): string {
  const characters = Array.from(text);
  const at = random.below(Math.max(1, characters.length));
  const length = 1 + random.below(4);
  switch (random.below(7)) {
    case 0:
      characters.splice(at, length);
      break;
    case 1:
      characters.splice(at, 0, ...characters.slice(at, at + length));
      break;
    case 2:
      characters.splice(at, 0, random.pick(COMMON));
      break;
    case 3: {
      const other = random.below(Math.max(1, characters.length));
      const kept = characters[at] ?? '';
      characters[at] = characters[other] ?? '';
      characters[other] = kept;
      break;
    }
    case 4:
      characters.splice(at);
      break;
    case 5:
      characters.splice(at, random.below(2), random.pick(ODD));
      break;
    default: {
      const swapped = (characters[at] ?? '').toUpperCase();
      characters[at] = swapped === characters[at] ? swapped.toLowerCase() : swapped;
    }
  }
  return characters.join('');
}
