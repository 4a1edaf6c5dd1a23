/**
 * The options of a filter that is matched by field, made ready; and everything that is wrong with them, each with its place.
 *
 * FieldsPlan → FieldFormat. The address has one source: the field that `address` names, or the text of `message`.
 */
import { PatternError, type Sourced } from '../errors.js';
import { Pattern } from '../pattern/pattern.js';
import { expandTags, hasFailureId } from '../pattern/tags.js';
import { type Condition, parseCondition } from './condition.js';
import { type Wanted, wantedOf } from './object.js';
import { type FieldPath, parsePaths } from './path.js';

/**
 * `plain`: lines are matched as they are. `json`: each line is an object whose fields are matched. `docker`: each may be
 * a line in docker's wrapper.
 */
export const FORMATS = ['plain', 'json', 'docker'] as const;

/** How the lines of a filter are decoded, as it is written. */
export interface FieldsPlan {
  readonly format: Sourced<string>;
  readonly address?: Sourced<string> | undefined;
  readonly time?: Sourced<string> | undefined;
  readonly message?: Sourced<string> | undefined;
  /** Of which one has to hold. Without `message` they are the filter's failregexes instead. */
  readonly condition: readonly Sourced<string>[];
  /** `field-user`: where the value of `<F-USER>` is. */
  readonly tags: readonly { readonly key: string; readonly paths: Sourced<string> }[];
}

/** The parts of a filter that depend on how its lines are decoded. */
export interface FieldsSubject {
  readonly fields: FieldsPlan;
  readonly prefregex: Sourced<string> | undefined;
  readonly failregex: readonly Sourced<string>[];
  readonly ignoreregex: readonly Sourced<string>[];
  readonly maxlines: number;
}

export interface FieldFormat {
  readonly kind: 'json' | 'docker';
  readonly address: readonly FieldPath[];
  readonly time: readonly FieldPath[];
  readonly message: readonly FieldPath[];
  readonly conditions: readonly Condition[];
  readonly tags: readonly { readonly group: string; readonly paths: readonly FieldPath[] }[];
  /** Names that must not stand twice; the rules' own are added by whoever makes them. */
  readonly wanted: Wanted;
}

/** One thing that is wrong; `index` is its place in `got`. */
export interface FieldMistake {
  readonly message: string;
  readonly origin: Sourced<string>['origin'];
  readonly got: string;
  readonly index?: number | undefined;
  readonly hint?: string | undefined;
}

const NO_FIELDS: Pick<FieldsPlan, 'address' | 'time' | 'message' | 'condition' | 'tags'> = {
  condition: [],
  tags: [],
};

/** @throws {PatternError} the first thing that is wrong */
export function compileFormat(subject: FieldsSubject): FieldFormat {
  const [mistake] = mistakesIn(subject);
  if (mistake) {
    const { message, got, index } = mistake;
    throw new PatternError('invalid', message, { pattern: got, index });
  }
  const { fields, failregex } = subject;
  const isJson = fields.format.value === 'json';
  const { address, time, message, condition, tags } = isJson ? fields : NO_FIELDS;
  const format = {
    kind: isJson ? ('json' as const) : ('docker' as const),
    address: address ? parsePaths(address.value) : [],
    time: time ? parsePaths(time.value) : [],
    message: message ? parsePaths(message.value) : [],
    conditions: condition.map(({ value, origin }) => parseCondition(value, { origin, label: 'condition' })),
    tags: tags.map(({ key, paths }) => ({ group: groupOf(key), paths: parsePaths(paths.value) })),
  };
  const rules = hasConditionsAsRules(fields) ? failregex.map(({ value }) => parseCondition(value)) : [];
  const wanted = wantedOf([
    ...[format.address, format.time, format.message].flat(),
    ...format.tags.flatMap(({ paths }) => paths),
    ...[...format.conditions, ...rules].flatMap(({ paths }) => paths),
  ]);
  return { ...format, wanted };
}

/** Are the filter's failregexes conditions? Without a text to search there is nothing else they could be. */
export function hasConditionsAsRules({ format, message }: FieldsPlan): boolean {
  return format.value === 'json' && message === undefined;
}

/** Everything that is wrong, in the order of the options. */
export function mistakesIn(subject: FieldsSubject): FieldMistake[] {
  const { fields, failregex } = subject;
  const { format, address, time, message, condition, tags } = fields;
  if (!(FORMATS as readonly string[]).includes(format.value)) {
    const text = `there is no format ${format.value}`;
    return [
      { message: text, origin: format.origin, got: format.value, hint: `Known: ${FORMATS.join(', ')}.` },
    ];
  }
  // What a filter says of fields is for those who set format = json in brackets.
  if (format.value !== 'json') return [];
  const paths = [
    ...(address ? [['address', address] as const] : []),
    ...(time ? [['time', time] as const] : []),
    ...(message ? [['message', message] as const] : []),
    ...tags.map(({ key, paths: written }) => [key, written] as const),
  ];
  const conditions = hasConditionsAsRules(fields) ? [...condition, ...failregex] : condition;
  return [
    ...paths.flatMap(([key, written]) => mistakeOf(key, written, parsePaths)),
    ...distinct(conditions).flatMap((written) => mistakeOf('condition', written, parseCondition)),
    ...mistakesOfWhole(subject),
  ];
}

function mistakeOf(
  key: string,
  { value, origin }: Sourced<string>,
  parse: (text: string) => unknown,
): FieldMistake[] {
  try {
    parse(value);
    return [];
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const inner = value.indexOf(error.pattern);
    const index = error.index === undefined ? undefined : Math.max(0, inner) + error.index;
    return [
      { message: `${key} cannot be used: ${error.message}`, origin, got: value, index, hint: HINTS[key] },
    ];
  }
}

const HINTS: Readonly<Record<string, string>> = {
  condition:
    'A condition is like: status = 401, 403 and request.uri ~ ^/login. A failregex needs message = FIELD.',
};

function mistakesOfWhole(subject: FieldsSubject): FieldMistake[] {
  const { fields, prefregex, failregex, ignoreregex, maxlines } = subject;
  const { format, address, message, tags } = fields;
  const mistakes: FieldMistake[] = [];
  const add = (message: string, { value, origin }: Sourced<string>, hint?: string): void =>
    void mistakes.push({ message, origin, got: value, hint });
  if (prefregex && hasId(prefregex) === true)
    add(
      'prefregex must not name an address: it would be taken from what stands before the object',
      prefregex,
    );
  if (prefregex && hasId(prefregex, ['content']) === false)
    add('prefregex has to say where the object is', prefregex, 'Put <F-CONTENT>.+</F-CONTENT> in its place.');
  const named = address ?? tags.find(({ key }) => ID_KEYS.has(key))?.paths;
  if (message) {
    for (const regex of failregex) {
      if (address && hasId(regex, ADDRESS_GROUPS) === true)
        add('failregex must not name an address: it is the field that address names', regex);
      else if (!named && hasId(regex) === false)
        add('failregex says nowhere whose failure it is', regex, WHERE_HINT);
    }
  } else {
    if (!named && failregex.length > 0) add('nothing says whose failure it is', format, WHERE_HINT);
    for (const regex of ignoreregex)
      add(
        'ignoreregex needs a text to search: message = FIELD',
        regex,
        'Or add to the condition: and FIELD !~ …',
      );
  }
  for (const { key, paths } of tags)
    if (ADDRESS_GROUPS.includes(groupOf(key)))
      add(`${key} would be an address: the field of the address is named by address`, paths);
  if (maxlines > 1) add('lines that are decoded are matched one by one: maxlines has to be 1', format);
  return mistakes;
}

const WHERE_HINT = 'Set address to the name of the field that has it.';
const ID_KEYS: ReadonlySet<string> = new Set(['field-id', 'field-mlfid']);
const ADDRESS_GROUPS = ['ip4', 'ip6', 'dns', 'cidr'];

/** Undefined for an expression that does not compile: it is reported as such, elsewhere. */
function hasId({ value }: Sourced<string>, groups?: readonly string[]): boolean | undefined {
  try {
    const { parsed } = Pattern.compile(expandTags(value));
    return groups ? groups.some((name) => parsed.groupIndex.has(name)) : hasFailureId(parsed);
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

/** `field-user` → the group that `<F-USER>` is. */
function groupOf(key: string): string {
  const name = key.slice('field-'.length).toUpperCase();
  return /\?P<([^>]+)>/.exec(expandTags(`<F-${name}>`))?.[1] ?? name.toLowerCase();
}

function distinct(lines: readonly Sourced<string>[]): Sourced<string>[] {
  return [...new Map(lines.map((line) => [line.value, line])).values()];
}
