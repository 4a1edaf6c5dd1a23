/**
 * What a line holds for a filter that is matched by field: its object, the text to search, its time, who it names.
 *
 * LogLine → DecodedLine, or the line that docker has wrapped. Nothing is taken from anywhere but the named fields. The only
 * state is which lines of docker are incomplete.
 */
import { isAscii } from '../fields/condition.js';
import { criLineOf, type DockerLine, DockerPieces, dockerLineOf } from '../fields/docker.js';
import type { FieldFormat } from '../fields/format.js';
import { parseObject, twinIn } from '../fields/object.js';
import { firstAt, type JsonObject } from '../fields/path.js';
import { addressIn, lineOf, timeTextOf } from '../fields/values.js';
import type { LogLine } from './outcome.js';
import { GroupRecord } from './record.js';

/** A line of docker's: what is in it is matched like any other line. */
export interface WrappedLine {
  readonly kind: 'wrapped';
  readonly line: LogLine;
  /** When docker got it; undefined for a line that is in no wrapper. */
  readonly time: string | undefined;
}

export interface DecodedLine {
  readonly kind: 'decoded';
  readonly root: JsonObject;
  /** What stands before the object, and is it ASCII? */
  readonly prefix: string;
  readonly ascii: boolean;
  /** Of the named field; undefined where the time has to come from elsewhere. */
  readonly time: string | undefined;
  /** When docker got it. */
  readonly wrapperTime: string | undefined;
  /** The object as it is written. */
  readonly json: string;
}

export class FieldReader {
  readonly #pieces = new DockerPieces();

  /** Does the filter say how its dates are written? `{^LN-BEG}` alone does not. */
  readonly #hasDatePattern: boolean;

  constructor(
    private readonly format: FieldFormat,
    datepattern: string | undefined,
  ) {
    this.#hasDatePattern = /%|EPOCH|TAI64N/i.test(datepattern ?? '');
  }

  /** See LineFilter.log. */
  set log(path: string) {
    this.#pieces.log = path;
  }

  snapshot(): unknown {
    return this.#pieces.snapshot();
  }

  restore(snapshot: unknown): void {
    this.#pieces.restore(snapshot);
  }

  /** Undefined for a line that is not of this form. What docker has not wrapped may be a plain line all the same. */
  read(line: LogLine): WrappedLine | DecodedLine | undefined {
    const { text, ascii } = line;
    const object = text.charCodeAt(0) === BRACE ? parseObject(text) : undefined;
    const docker = object ? dockerLineOf(object) : criLineOf(text);
    if (docker) return object && hasTwins(text) ? undefined : this.#readDocker(docker);
    if (this.format.kind === 'docker') return { kind: 'wrapped', line, time: undefined };
    return object
      ? this.#decoded(object, { json: text, prefix: '', ascii })
      : this.#readPrefixed(text, ascii);
  }

  #readDocker(docker: DockerLine): WrappedLine | DecodedLine | undefined {
    const { log, time } = docker;
    if (!this.#pieces.isWhole(docker)) return undefined;
    const text = log.replace(/\r?\n$/, '');
    if (text.includes('\n')) return undefined;
    const ascii = isAscii(text);
    if (this.format.kind === 'docker') return { kind: 'wrapped', line: { text, ascii }, time };
    const object = text.charCodeAt(0) === BRACE ? parseObject(text) : undefined;
    return object
      ? this.#decoded(object, { json: text, prefix: '', ascii }, time)
      : this.#readPrefixed(text, ascii, time);
  }

  /** The object goes from the first brace to the end of the line. */
  #readPrefixed(text: string, ascii: boolean, wrapperTime?: string): DecodedLine | undefined {
    const at = text.indexOf('{');
    if (at < 0) return undefined;
    const json = text.slice(at);
    const object = parseObject(json);
    return object && this.#decoded(object, { json, prefix: text.slice(0, at), ascii }, wrapperTime);
  }

  #decoded(
    root: JsonObject,
    place: { json: string; prefix: string; ascii: boolean },
    wrapperTime?: string,
  ): DecodedLine {
    const time = timeTextOf(firstAt(root, this.format.time), this.#hasDatePattern);
    return { kind: 'decoded', root, ...place, time, wrapperTime };
  }

  /** The text that failregexes search; empty where the filter has only conditions, undefined where the line has none. */
  textOf({ root }: DecodedLine): string | undefined {
    return this.format.message.length === 0 ? '' : lineOf(firstAt(root, this.format.message));
  }

  /** Does one of the conditions hold that every failregex is under? */
  isMeant({ root }: DecodedLine): boolean {
    const { conditions } = this.format;
    return conditions.length === 0 || conditions.some((condition) => condition.holds(root));
  }

  /** A name that stands twice where it must not. */
  twinIn({ json }: DecodedLine): string | undefined {
    return twinIn(json, this.format.wanted);
  }

  /** The values of the named fields, by the names that a failregex would capture them by. */
  groupsOf({ root }: DecodedLine): GroupRecord {
    const groups = GroupRecord.copy(new Map());
    const { address, tags } = this.format;
    if (address.length > 0) {
      const found = addressIn(firstAt(root, address));
      groups.set('ip4', found?.family === 'inet4' ? found.text : null);
      groups.set('ip6', found?.family === 'inet6' ? found.text : null);
    }
    for (const { group, paths } of tags) groups.set(group, lineOf(firstAt(root, paths)) || null);
    return groups;
  }
}

const BRACE = 0x7b;
function hasTwins(wrapper: string): boolean {
  return twinIn(wrapper, WRAPPER) !== undefined;
}

const WRAPPER = new Map(['log', 'stream', 'time'].map((name) => [name, new Map()]));
