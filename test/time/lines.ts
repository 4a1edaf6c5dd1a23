/**
 * Random log lines with dates of every layout, for tests that compare two ways of finding them.
 *
 * The same seed gives the same lines. Compact dates (`20050123215959`) come only in forms that 1.0.2 knows too.
 */

export interface Random {
  /** 0 ≤ result < n. */
  int(n: number): number;
  pick<T>(items: readonly T[]): T;
  chance(probability: number): boolean;
}

/** A small generator of good enough numbers (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (n: number): number => Math.floor(next() * n);
  return {
    int,
    pick: (items) => items[int(items.length)] as (typeof items)[number],
    chance: (probability) => next() < probability,
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const ZONES = ['Z', 'UTC', 'GMT', '+0100', '-0430', '+02', '-09:30', '+1', 'CET', 'EST', 'MSK'];

interface Parts {
  readonly Y: string;
  readonly y: string;
  readonly mm: string;
  readonly m: string;
  readonly dd: string;
  readonly d: string;
  readonly e: string;
  readonly mon: string;
  readonly day: string;
  readonly time: string;
  readonly hms: string;
  readonly frac: string;
  readonly z: string;
}

const two = (n: number): string => String(n).padStart(2, '0');

function parts(random: Random, year: number): Parts {
  const month = 1 + random.int(12);
  const day = random.chance(0.03) ? 31 : 1 + random.int(28);
  const hour = random.chance(0.02) ? 24 : random.int(24);
  const minute = random.int(60);
  const second = random.chance(0.02) ? 60 : random.int(60);
  const Y = String(random.chance(0.1) ? year - 35 : year - random.int(4));
  const mon = MONTHS[month - 1] as string;
  return {
    Y,
    y: Y.slice(2),
    mm: two(month),
    m: String(month),
    dd: two(day),
    d: String(day),
    e: String(day).padStart(2),
    mon: random.chance(0.1) ? mon.toLowerCase() : mon,
    day: random.pick(DAYS),
    time: `${random.chance(0.1) ? hour : two(hour)}:${two(minute)}:${two(second)}`,
    hms: `${two(hour)}${two(minute)}${two(second)}`,
    frac: random.chance(0.4)
      ? random.pick(['.', '.', ',']) + String(random.int(10 ** (1 + random.int(6))))
      : '',
    z: random.chance(0.4) ? random.pick(['', ' ', ' ']) + random.pick(ZONES) : '',
  };
}

const LAYOUTS: readonly ((p: Parts, random: Random) => string)[] = [
  (p, r) => {
    const s = r.pick(['-', '-', '/', '.']);
    return `${p.Y}${s}${p.mm}${s}${p.dd}${r.pick(['T', ' ', '  '])}${p.time}${p.frac}${p.z}`;
  },
  (p) => `${p.mon} ${p.e} ${p.time}`,
  (p) => `${p.mon} ${p.dd} ${p.time}${p.frac} ${p.Y}`,
  (p) => `${p.day} ${p.mon} ${p.dd} ${p.time}`,
  (p) => `${p.day} ${p.mon} ${p.d} ${p.time}${p.frac} ${p.Y}`,
  (p) => `${p.day} ${p.mon} ${p.dd} ${p.Y} ${p.time}${p.frac}`,
  (p) => `${p.mon} ${p.dd} ${p.Y} ${p.time}`,
  (p, r) => {
    const s = r.pick(['-', '/']);
    return `${p.dd}${s}${p.mm}${s}${r.chance(0.5) ? p.Y : p.y} ${p.time}`;
  },
  (p, r) => {
    const s = r.pick(['-', '/']);
    return `${p.dd}${s}${p.mon}${s}${p.Y}${r.pick(['', ' ', ':'])}${p.time}${p.frac}${p.z}`;
  },
  (p) => `${p.mm}/${p.dd}/${p.Y}:${p.time}`,
  (p) => `${p.mm}-${p.dd}-${p.Y} ${p.time}${p.frac}`,
  (_, r) => `${1700000000 + r.int(9_0000_000)}${r.chance(0.5) ? `.${100 + r.int(900)}` : ''}`,
  (_, r) => `type=X msg=audit(${1700000000 + r.int(9_0000_000)}.${100 + r.int(900)}:${r.int(1000)})`,
  (p) => p.time,
  (p) => `<${p.mm}/${p.dd}/${p.y}@${p.time}>`,
  (p) => `${p.y}${p.mm}${p.dd} ${p.time}`,
  (p, r) =>
    `${p.mon} ${p.d}, ${p.Y} ${1 + r.int(12)}:${two(r.int(60))}:${two(r.int(60))} ${r.pick(['AM', 'PM', 'pm'])}`,
  (p) => `${p.mon}-${p.dd}-${p.y} ${p.time}`,
  (p, r) => `${p.Y}${p.mm}${p.dd}${r.pick(['T', ' ', ''])}${p.hms}${p.frac}${p.z}`,
  (p) => `+00:00 ${p.mon} ${p.dd} ${p.time}`,
  (p) => `@40000000${(0x60000000 + Number(p.hms)).toString(16)}0badcafe`,
  () => 'no date',
];

const TEXT = [
  'x',
  'sshd[12]:',
  'user=joe',
  '-',
  '10.20.30',
  '1:2:3',
  '12/31',
  'Jan',
  '[a]',
  '2026',
  'ab cd',
  '42 7',
  '::',
  'jürgen',
  '٣:٠٤:٠٥',
];

/** One line: mostly one date near the start, sometimes several, elsewhere or none; words around it. */
export function randomLine(random: Random, year: number, layouts = LAYOUTS): string {
  const date = (): string => random.pick(layouts)(parts(random, year), random);
  const enclose = (text: string): string => {
    const [open, close] = random.pick([
      ['', ''],
      ['', ''],
      ['', ''],
      ['[', ']'],
      ['(', ')'],
      [' ', ''],
      ['[ ', ''],
      ['   ', ''],
      ['"', '"'],
      ['x', ''],
      ['', ','],
      ['', ':'],
      ['ü', ''],
      ['»', '«'],
    ] as const);
    return open + text + close;
  };
  let line = enclose(date());
  if (random.chance(0.25)) line = `${random.pick(TEXT)} ${line}`;
  if (random.chance(0.1)) line = `${random.pick(TEXT)} ${line}`;
  line += ` ${random.pick(TEXT)}`;
  if (random.chance(0.2)) line += ` ${enclose(date())} ${random.pick(TEXT)}`;
  return `${line} end`;
}

/** Lines as a log has them: runs of one layout at one place, interrupted by others. */
export function randomLog(random: Random, year: number, count: number): string[] {
  const lines: string[] = [];
  while (lines.length < count) {
    const layouts = random.chance(0.3) ? LAYOUTS : [random.pick(LAYOUTS), random.pick(LAYOUTS)];
    const run = 1 + random.int(12);
    for (let i = 0; i < run && lines.length < count; i += 1) lines.push(randomLine(random, year, layouts));
  }
  return lines;
}
