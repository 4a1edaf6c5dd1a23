/**
 * One pattern's RegExp programs for a given set of wanted groups, made when first needed: ASCII, narrow and Unicode
 * form, each as searching (plain, `g`), sticky (`y`) and sticky with indices (`dy`).
 *
 * Answers undefined where RegExp cannot do it; the caller then asks the exact matcher. V8's own limit of code size
 * shows up as a SyntaxError at the first use: `giveUp` marks the program as not usable.
 */
import { type Form, generate } from './generate.js';
import { narrowText } from './narrow.js';
import type { Node, ParsedPattern } from './nodes.js';
import { normalise } from './passes/normalise.js';

export class Program {
  private plainRegExp: RegExp | undefined;
  private searchingRegExp: RegExp | undefined;
  private stickyRegExp: RegExp | undefined;
  private indicesRegExp: RegExp | undefined;

  constructor(
    private readonly form: Form,
    private readonly source: string,
    private readonly flags: string,
    /** Python's group → groups of the RegExp, of which at most one took part. */
    readonly physical: readonly (readonly number[] | undefined)[],
  ) {}

  /** Does `searching` note offsets? */
  get searchingHasSpans(): boolean {
    return this.form === 'narrow';
  }

  /** What of a text is to be handed to the RegExps. */
  subject(text: string): string {
    return this.form === 'narrow' ? narrowText(text)! : text;
  }

  /** Finds the first match in a subject; has no `lastIndex` to look after. */
  get plain(): RegExp {
    this.plainRegExp ??= new RegExp(this.source, this.flags);
    return this.plainRegExp;
  }

  /** Finds the first match from `lastIndex` on; where the subject is not the text, with the offsets of the groups. */
  get searching(): RegExp {
    this.searchingRegExp ??= new RegExp(this.source, `${this.flags}${this.searchingHasSpans ? 'dg' : 'g'}`);
    return this.searchingRegExp;
  }

  /** Matches at `lastIndex` only. */
  get sticky(): RegExp {
    this.stickyRegExp ??= new RegExp(this.source, `${this.flags}y`);
    return this.stickyRegExp;
  }

  /** The same, with the offsets of the groups. */
  get indices(): RegExp {
    this.indicesRegExp ??= new RegExp(this.source, `${this.flags}dy`);
    return this.indicesRegExp;
  }
}

export class Programs {
  /** The tree the programs are made from; undefined when the pattern needs the exact matcher. */
  readonly root: Node | undefined;
  /** Why it does. */
  readonly reason: string | undefined;
  private readonly made: Record<Form, Program | undefined | 'none'> = {
    ascii: undefined,
    narrow: undefined,
    unicode: undefined,
  };

  constructor(
    private readonly parsed: ParsedPattern,
    wanted: ReadonlySet<number>,
  ) {
    const normal = normalise(parsed, wanted);
    if (normal.portable) this.root = normal.root;
    else this.reason = normal.reason;
  }

  /** The program for a text. */
  pick(text: string, ascii: boolean): Program | undefined {
    if (ascii) return this.get('ascii');
    return (narrowText(text) === undefined ? undefined : this.get('narrow')) ?? this.get('unicode');
  }

  private get(form: Form): Program | undefined {
    const found = this.made[form];
    if (found !== undefined) return found === 'none' ? undefined : found;
    const program = this.make(form);
    this.made[form] = program ?? 'none';
    return program;
  }

  /** V8 cannot run this one. */
  giveUp(program: Program): void {
    for (const form of ['ascii', 'narrow', 'unicode'] as const)
      if (this.made[form] === program) this.made[form] = 'none';
  }

  private make(form: Form): Program | undefined {
    if (this.root === undefined) return undefined;
    const generated = generate(this.root, form, this.parsed.groupCount);
    if ('reason' in generated) return undefined;
    return new Program(form, generated.source, generated.flags, generated.physical);
  }
}
