/**
 * Finds strings in a block by the rarest character of each: looking for one character is what a machine does fastest, and
 * only where it stands is there more to compare.
 *
 * Worth it for a few strings with some rare character; `of` answers undefined for others. Text is ASCII.
 */

/** One string: `at` is where its rare character is. */
interface Rare {
  readonly text: string;
  readonly at: number;
}

/** Strings that share a character, and what is known of them in the block looked at last. */
interface Group {
  readonly char: string;
  readonly strings: readonly Rare[];
  /** Where the search began, and where the character of the string found stands; Infinity for nothing. */
  from: number;
  place: number;
  end: number;
}

export class RareStrings {
  readonly #groups: readonly Group[];
  #block: string | undefined;

  private constructor(groups: readonly Group[]) {
    this.#groups = groups;
  }

  static of(strings: readonly string[]): RareStrings | undefined {
    if (strings.length === 0 || strings.length > MOST_STRINGS) return undefined;
    const groups: Group[] = [];
    let cost = 0;
    for (let rest = strings; rest.length > 0; ) {
      const char = bestOf(rest);
      cost += PASS_COST + howOften(char);
      if (cost > MOST_COST) return undefined;
      const own = rest.filter((text) => text.includes(char));
      rest = rest.filter((text) => !text.includes(char));
      const rare = own.map((text) => ({ text, at: text.indexOf(char) }));
      groups.push({ char, strings: rare, from: 0, place: -1, end: 0 });
    }
    return new RareStrings(groups);
  }

  /** The end of a string in the first line from `at` on that holds one; Infinity where none does. */
  nextEnd(block: string, at: number): number {
    if (block !== this.#block) {
      this.#block = block;
      for (const group of this.#groups) group.place = -1;
    }
    let place = Infinity;
    let end = Infinity;
    for (const group of this.#groups) {
      if (group.place < at || at < group.from) search(group, block, at);
      if (group.place < place) {
        place = group.place;
        end = group.end;
      }
    }
    return end;
  }
}

function search(group: Group, block: string, at: number): void {
  const { char, strings } = group;
  group.from = at;
  for (let place = block.indexOf(char, at); place >= 0; place = block.indexOf(char, place + 1)) {
    for (let i = 0; i < strings.length; i++) {
      const { text, at: offset } = strings[i]!;
      const start = place - offset;
      if (start < at || block.charCodeAt(start) !== text.charCodeAt(0) || !block.startsWith(text, start))
        continue;
      group.place = place;
      group.end = start + text.length;
      return;
    }
  }
  group.place = Infinity;
}

/** The character that costs least for each string it serves. */
function bestOf(strings: readonly string[]): string {
  let best = '';
  let least = Infinity;
  for (const char of new Set(strings.join(''))) {
    const served = strings.filter((text) => text.includes(char)).length;
    const cost = (PASS_COST + howOften(char)) / served;
    if (cost < least) [best, least] = [char, cost];
  }
  return best;
}

const MOST_STRINGS = 8;
/** In thousandths of a character: what going through a block costs, what all may cost before an alternation is quicker. */
const PASS_COST = 5;
const MOST_COST = 35;

/** How many of a thousand characters of a log are this one, about. */
export function howOften(char: string): number {
  return OFTEN.get(char) ?? 1;
}

/** All others are rare. */
const OFTEN = new Map<string, number>(
  Object.entries({
    120: ' ',
    45: 'oe01',
    35: 'rnts2:i',
    25: 'cuad345.',
    18: 'hl6789[]"/',
    12: 'mp=-,\t',
    8: 'fbkg()_',
    6: 'wyvDSJ',
    3: "xLEFMNACRPTI<>;'@{}",
  }).flatMap(([often, chars]) => [...chars].map((char): [string, number] => [char, Number(often)])),
);
