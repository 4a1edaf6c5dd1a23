/**
 * Random configuration trees from a seed: files by path. Everything the dialect has turns up: layers, includes,
 * `[DEFAULT]`, variants for an address family, references, tags, brackets, continuation lines, comments, odd blanks.
 *
 * A `calm` tree keeps to what is valid most of the time, so that dumps are long; a wild one is likely to be refused.
 * Left out are the constructs that fail2ban 1.0.2 and its newest version treat differently (dump.test.ts names them).
 */
import { Random } from './random-patterns.js';

/** Texts of files by path; `@DIR@` stands for the folder they are put into. */
export type Tree = ReadonlyMap<string, string>;

export interface TreeKind {
  readonly calm: boolean;
}

export function randomTree(seed: number, { calm }: TreeKind): Tree {
  const writer = new TreeWriter(new Random(seed), calm);
  return writer.write();
}

const JAILS = ['j', 'k1', 'l-x', 'M', 'a b'];
const FILTERS = ['f', 'g', 'h-1'];
const ACTIONS = ['a', 'b', 'c-2'];
const VARIABLES = ['v', 'w', 'port', 'Mixed', 'name', 'mode', 'x-y', 'x.y', '__p_q', 'chain'];
/** Set in every file of a calm tree, and only by means of those before them: what calm references lead to. */
const SAFE = ['s1', 's2', 's3', 's4'];
const FILTER_OPTIONS = [
  'failregex',
  'ignoreregex',
  'prefregex',
  'datepattern',
  'maxlines',
  'usedns',
  'journalmatch',
];
const ACTION_OPTIONS = [
  'actionstart',
  'actionstop',
  'actionban',
  'actionunban',
  'actioncheck',
  'actionflush',
  'actionrepair',
  'actionprolong',
  'actionreload',
  'actionstart_on_demand',
  'actionrepair_on_unban',
  'norestored',
];
const JAIL_OPTIONS = [
  'maxretry',
  'maxmatches',
  'findtime',
  'bantime',
  'bantime.increment',
  'bantime.factor',
  'bantime.formula',
  'bantime.multipliers',
  'bantime.maxtime',
  'bantime.rndtime',
  'bantime.overalljails',
  'ignorecommand',
  'ignoreself',
  'ignoreip',
  'ignorecache',
  'logtimezone',
  'logencoding',
  'usedns',
  'backend',
];
const BASE_OPTIONS = ['logtarget', 'syslogsocket', 'socket', 'pidfile', 'allowipv6', 'dbfile', 'dbpurgeage'];
const WORDS = [
  'x',
  'a=b',
  'c:d',
  'é',
  '€',
  '😀',
  'a;b',
  '#n',
  '"q"',
  "'s'",
  '\\d+',
  '\\',
  '<ip>',
  '<HOST>',
  '[z]',
];
const ODD_WORDS = [
  '\u00a0',
  'a\u00a0b',
  '\x0b',
  'a\x1cb',
  '\x85',
  '\u2028',
  '\ufeff',
  '\x07',
  'a\tb',
  '$(x)',
  '`',
];
const TIMES = ['10m', '1d 12h', '-1', '600', '1y-6mo', '1.5h', '30m30', '', '1w'];
const BOOLEANS = ['true', 'false', 'yes', 'no', '1', '0', 'on', 'Off', 'TRUE', 'maybe', ''];
const NUMBERS = ['1', '5', '007', '-3', '1_000', ' 12', '99999999999999999999'];
const NO_NUMBERS = ['abc', '1.5', '', '0x10', '1 2', '1__0'];

class TreeWriter {
  private readonly files = new Map<string, string>();
  /** Options that some section of the tree has, for references that lead somewhere. */
  private readonly written = new Set<string>();

  constructor(
    private readonly random: Random,
    private readonly calm: boolean,
  ) {}

  write(): Tree {
    const { random } = this;
    this.layers('fail2ban', (first) => this.base(first));
    this.layers('jail', (first) => this.jails(first));
    for (const name of FILTERS) this.layers(`filter.d/${name}`, (first) => this.part('filter', first));
    for (const name of ACTIONS) this.layers(`action.d/${name}`, (first) => this.part('action', first));
    for (const dir of ['', 'filter.d/', 'action.d/']) {
      for (const name of ['common', 'after']) {
        if (!this.chance(0.6)) continue;
        const kind = dir === '' ? 'jail' : dir === 'filter.d/' ? 'filter' : 'action';
        const text = () => (kind === 'jail' ? this.common() : this.part(kind, undefined));
        // No circles: through a .local fail2ban does not get out of them, else what it does depends on who came before.
        const more = name === 'common' && this.chance(0.5) ? this.includes(['after.conf', 'none.conf']) : '';
        this.files.set(`${dir}${name}.conf`, more + text());
        if (this.chance(0.3)) this.files.set(`${dir}${name}.local`, text());
      }
    }
    this.files.set('log/one.log', '');
    this.files.set('log/two.log', '');
    this.files.set('log/two words.log', '');
    this.files.set('log/[x].log', '');
    if (random.below(2) === 0) this.files.set('log/.hidden.log', '');
    return this.files;
  }

  /** X.conf, X.d/*.conf, X.local, X.d/*.local: the first of them is the base, the others override. */
  private layers(base: string, text: (first: boolean) => string): void {
    const conf = this.chance(0.95) || base === 'fail2ban' || base === 'jail';
    if (conf) this.files.set(`${base}.conf`, this.ended(text(true)));
    if (this.chance(0.4)) this.files.set(`${base}.local`, this.ended(text(!conf)));
    for (const name of ['10-a', 'B', 'z', '.h']) {
      if (this.chance(0.12)) this.files.set(`${base}.d/${name}.conf`, this.ended(text(false)));
      if (this.chance(0.1)) this.files.set(`${base}.d/${name}.local`, this.ended(text(false)));
    }
  }

  private base(first: boolean): string {
    const { random } = this;
    const lines: Line[] = [];
    const some = BASE_OPTIONS.filter(() => this.chance(first ? 0.7 : 0.3));
    for (const name of some) lines.push([name, name === 'dbpurgeage' ? random.pick(TIMES) : this.value()]);
    if (this.chance(first ? 0.8 : 0.2))
      lines.push(['loglevel', random.pick(['INFO', 'debug', '7', 'NOTICE'])]);
    if (this.chance(0.4)) lines.push(['dbmaxmatches', this.number()]);
    const thread = this.chance(0.3) ? this.section('Thread', [['stacksize', this.number()]]) : '';
    const defaults = this.chance(0.3) ? this.section('DEFAULT', this.variables()) : '';
    if (first && this.calm) return this.safe('DEFAULT') + this.section('Definition', lines) + thread;
    return defaults + this.section('Definition', lines) + thread;
  }

  private jails(first: boolean): string {
    const { random } = this;
    let text = this.chance(0.4) ? this.includes() : '';
    if (first && this.calm) text += this.safe('DEFAULT') + this.safe('lt_file') + this.safe('other');
    else if (this.chance(0.8)) {
      const lines: Line[] = [...this.variables(), ...this.someJailOptions(0.2)];
      if (this.chance(0.3)) lines.push(['enabled', 'true']);
      if (this.chance(0.2)) lines.push(['action', this.actions()]);
      text += this.section('DEFAULT', lines);
    }
    for (const name of shuffled(JAILS, random)) {
      if (!this.chance(first ? 0.6 : 0.3)) continue;
      const lines: Line[] = [...this.variables(), ...this.someJailOptions(0.25)];
      if (this.chance(first ? 0.8 : 0.3))
        lines.push(['enabled', random.pick(['true', 'true', '1', 'yes', 'no'])]);
      if (this.chance(first ? 0.85 : 0.3)) lines.push(['filter', this.part1('filter')]);
      if (this.chance(first ? 0.8 : 0.3)) lines.push(['action', this.actions()]);
      if (this.chance(0.5)) lines.push(['logpath', this.logPaths()]);
      for (const option of FILTER_OPTIONS)
        if (this.chance(0.12)) lines.push([option, this.filterValue(option)]);
      // The newest fail2ban takes the journal where there is a journalmatch and no file; 1.0.2 does not know this word.
      if (lines.some(([option]) => option === 'journalmatch')) lines.push(['systemd_if_nologs', 'false']);
      text += this.section(name, lines);
    }
    return text;
  }

  private common(): string {
    const lines = [...this.variables(), ...this.someJailOptions(0.1)];
    const more = this.chance(0.5) ? this.section('default', this.variables()) : '';
    return this.section(this.random.pick(['DEFAULT', 'DEFAULT', 'j']), lines) + more;
  }

  /** A filter's or an action's file; `first` is undefined for one that is included. */
  private part(kind: 'filter' | 'action', first: boolean | undefined): string {
    const { random } = this;
    const options = kind === 'filter' ? FILTER_OPTIONS : ACTION_OPTIONS;
    let text = first !== undefined && this.chance(0.35) ? this.includes() : '';
    if (first && this.calm) text += this.safe('DEFAULT') + this.safe('lt_file');
    else if (this.chance(0.3)) text += this.section('DEFAULT', this.variables());
    if (this.chance(first ? 0.97 : 0.7)) {
      const lines: Line[] = this.variables();
      for (const option of options)
        if (this.chance(first ? 0.4 : 0.15)) {
          lines.push([option, kind === 'filter' ? this.filterValue(option) : this.actionValue(option)]);
        }
      if (kind === 'filter' && this.chance(0.1))
        lines.push(['logtype', random.pick(['file', 'journal', 'z'])]);
      text += this.section('Definition', shuffled(lines, random));
    }
    if (this.chance(0.5)) text += this.section('Init', this.variables());
    if (this.chance(0.25)) text += this.section('Init?family=inet6', this.conditional());
    if (this.chance(0.3)) text += this.section(random.pick(['lt_journal', 'other', 'Def']), this.variables());
    return text;
  }

  private safe(section: string): string {
    return this.section(
      section,
      SAFE.map((name, level): Line => [name, this.value(level)]),
    );
  }

  /** None of the names that brackets use: 1.0.2 keeps such a variant beside the bracket, the newest drops it. */
  private conditional(): Line[] {
    const names = [...SAFE, 'blocktype', 'for-6'].filter(() => this.chance(0.3));
    return names.map((name) => [name, this.value(0)]);
  }

  private variables(): Line[] {
    const safe = SAFE.flatMap((name, level): Line[] =>
      this.chance(0.15) ? [[name, this.value(level)]] : [],
    );
    return [...safe, ...this.others()];
  }

  private others(): Line[] {
    return VARIABLES.filter(() => this.chance(0.2)).map((name) => [name, this.value()]);
  }

  private someJailOptions(probability: number): Line[] {
    return JAIL_OPTIONS.filter(() => this.chance(probability)).map((name) => [name, this.jailValue(name)]);
  }

  private jailValue(name: string): string {
    const { random } = this;
    if (this.chance(0.1)) return this.value();
    if (/^max/.test(name)) return this.number();
    if (/time$/.test(name)) return random.pick(TIMES);
    if (/increment|overall|self/.test(name)) return random.pick(BOOLEANS);
    if (name === 'ignoreip')
      return random.pick(['127.0.0.1/8 ::1', '1.2.3.4,  host\n  5.6.7.8', '', 'x ; y']);
    if (name === 'backend')
      return random.pick(['auto', 'polling', 'systemd', 'systemd[journalflags=1]', 'AUTO', '']);
    return this.value();
  }

  private filterValue(name: string): string {
    const { random } = this;
    if (name === 'maxlines') return this.number();
    if (name === 'usedns') return random.pick(['yes', 'no', 'warn', 'raw', 'foo']);
    if (name === 'journalmatch') {
      return random
        .pick(['_COMM=x + _Y="a b"', "_A='q' B\\ C", 'a\n  b', '', 'x "y'])
        .replace(/"y$/, this.calm ? '' : '"y');
    }
    return Array.from({ length: 1 + random.below(3) }, () => this.value()).join(
      random.pick(['\n', '\n\n', '\n#c\n']),
    );
  }

  private actionValue(name: string): string {
    if (/on_demand|on_unban|norestored/.test(name)) return this.random.pick(BOOLEANS);
    return this.filterValue('failregex');
  }

  private logPaths(): string {
    const { random } = this;
    const path = () =>
      `@DIR@/log/${random.pick(['one.log', '*.log', 't*.log', 'none*', '?ne.log', '[ot]*', '[!o]*.log', 'two words.log head', '[[]x].log', 'no.log', 'one.log tail', '.*'])}`;
    return Array.from({ length: 1 + random.below(3) }, path).join('\n');
  }

  private actions(): string {
    const { random } = this;
    const list = Array.from({ length: 1 + random.below(3) }, () => this.part1('action'));
    return list.join(random.pick([' ', '\n', '  \n', '\n\n']));
  }

  /** A filter or an action with its brackets. */
  private part1(kind: 'filter' | 'action'): string {
    const { random } = this;
    const names = kind === 'filter' ? FILTERS : ACTIONS;
    let name = random.pick(names);
    if (this.chance(0.04)) name = random.pick(['nope', '%(v)s', 'p.py', '']);
    if (this.chance(0.4)) return name;
    const groups = Array.from({ length: 1 + (this.chance(0.15) ? 1 : 0) }, () => {
      const options = Array.from({ length: random.below(4) }, () => this.bracketOption(kind));
      return `[${options.join(random.pick([',', ', ', ',\n ', ' , ']))}${this.chance(0.1) ? ',' : ''}]`;
    });
    return name + groups.join(random.pick(['', ' ']));
  }

  private bracketOption(kind: 'filter' | 'action'): string {
    const { random } = this;
    const options =
      kind === 'filter' ? [...FILTER_OPTIONS, 'logtype', 'backend'] : ['actname', 'actionban', 'bantime'];
    const name = this.chance(0.25) ? random.pick(options) : random.pick(VARIABLES);
    const value = this.value().replaceAll('\n', random.pick([' ', '\n ']));
    if (this.chance(0.5)) return `${name}="${value.replaceAll('"', '')}"`;
    if (this.chance(0.3)) return `${name}='${value.replaceAll("'", '')}'`;
    const bare = value.replace(this.calm ? /[\s,[\]"']+/g : /[\s,]+/g, '');
    return `${name}${this.chance(0.02) ? ' ' : ''}=${bare}`;
  }

  /** @param level how many of the safe variables may be referred to */
  private value(level: number = SAFE.length): string {
    const { random } = this;
    const words = Array.from({ length: random.below(4) }, () => this.word(level));
    let value = words.join(random.pick([' ', '', '  ']));
    if (this.chance(0.08)) value += random.pick([' ; comment', ' ;c', ';nc', ' # no comment']);
    if (this.chance(0.08)) value += `\n${this.word(level)}`;
    return value;
  }

  private word(level: number): string {
    const { random } = this;
    const roll = random.below(100);
    if (roll < 30) return this.calm ? this.calmReference(level) : this.wildReference();
    if (roll < 34) return '%%';
    if (roll < 36 && !this.calm) return random.pick(['%', '%(', '%(x', '%x', '%()s', '%(a)d']);
    if (roll < 46) return random.pick(ODD_WORDS);
    return random.pick(WORDS);
  }

  /** To something that is there and does not lead back. */
  private calmReference(level: number): string {
    const { random } = this;
    if (level === 0) return '<nobody>';
    const name = SAFE[random.below(level)] as string;
    return random.pick([
      `%(${name})s`,
      `%(${name.toUpperCase()})s`,
      `%(default/${name})s`,
      `%(lt_file/${name})s`,
      '%(__name__)s',
      `<${name}>`,
      `<${name}>`,
      `<lt_file/${name}>`,
      `<lt_<logtype>/${name}>`,
      `<s<v>${level}>`,
      `<known/${name}>`,
    ]);
  }

  private wildReference(): string {
    const { random } = this;
    const written = [...this.written];
    const name = written.length > 0 && this.chance(0.8) ? random.pick(written) : random.pick(VARIABLES);
    return random.pick([
      `%(${name})s`,
      `%(known/${name})s`,
      `%(${random.pick(['default', 'j', 'lt_file', 'other'])}/${name})s`,
      `<${name}>`,
      `<${name}>`,
      `<known/${name}>`,
      `<${random.pick(['lt_file', 'other', 'Init', 'Definition', 'DEFAULT'])}/${name}>`,
      `<${name.slice(0, 1)}<${random.pick(VARIABLES)}>>`,
      `<lt_<logtype>/${name}>`,
    ]);
  }

  private number(): string {
    return this.random.pick(this.chance(0.85) ? NUMBERS : NO_NUMBERS);
  }

  private includes(files: readonly string[] = ['common.conf', 'after.conf', 'none.conf']): string {
    const { random } = this;
    const names = () => Array.from({ length: 1 + random.below(2) }, () => random.pick(files)).join('\n');
    const lines: Line[] = [];
    if (this.chance(0.7)) lines.push(['before', names()]);
    if (this.chance(0.5)) lines.push(['after', names()]);
    return this.section('INCLUDES', lines);
  }

  private section(name: string, lines: readonly Line[]): string {
    const { random } = this;
    const seen = new Set<string>();
    let text = `[${name}]${this.chance(0.05) ? random.pick([' ', 'x', ' ; c']) : ''}\n`;
    for (const [key, value] of lines) {
      // Once in a while the same option twice, which is refused.
      if (seen.has(key.toLowerCase()) && (this.calm || this.chance(0.9))) continue;
      seen.add(key.toLowerCase());
      this.written.add(key.toLowerCase());
      text += this.option(key, value);
    }
    return `${text}${this.chance(0.5) ? '\n' : ''}`;
  }

  private option(key: string, value: string): string {
    const { random } = this;
    const shown = this.chance(0.1) ? key.toUpperCase() : key;
    const equals = random.pick(['=', ' = ', ' = ', ': ', ' : ', '=  ', '\t=\t']);
    const gap = () => random.pick(['  ', '    ', '\t', ' ']);
    const indented = value.split('\n').map((line) => (line.startsWith('#') ? line : gap() + line));
    const [first = '', ...more] = indented;
    const start = more.length > 0 && this.chance(0.3) ? `\n${first}` : first.trimStart();
    const comment = this.chance(0.06) ? random.pick(['# comment\n', '; comment\n', '   # indented\n']) : '';
    return `${shown}${equals}${[start, ...more].join('\n')}${this.chance(0.05) ? '  ' : ''}\n${comment}`;
  }

  /** Files of Windows, and those without a last newline. */
  private ended(text: string): string {
    if (this.chance(0.04)) return text.replaceAll('\n', '\r\n');
    return this.chance(0.05) ? text.trimEnd() : text;
  }

  private chance(probability: number): boolean {
    return this.random.below(1000) < probability * 1000;
  }
}

type Line = [name: string, value: string];

function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((item) => ({ item, at: random.below(1 << 20) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
