/**
 * Asks a real Python's `re` module what it makes of patterns and texts, in one process for a whole batch.
 * Offsets come back in UTF-16 units, as JavaScript counts.
 */
import { spawnSync } from 'node:child_process';

export interface OracleCase {
  readonly pattern: string;
  readonly multiline?: boolean;
  readonly ignoreCase?: boolean;
  readonly texts: readonly string[];
}

/** Spans of a match by group number; undefined where a group took no part. */
export type Spans = readonly (readonly [number, number] | null)[];

export type OracleAnswer =
  | { readonly error: string; readonly position: number | null }
  | {
      /** `broken`: Python itself found that it had gone wrong. */
      readonly results: readonly (Spans | null | 'broken')[];
      readonly groupIndex: Readonly<Record<string, number>>;
    };

const SCRIPT = `
import sys, json, re, warnings
warnings.simplefilter('ignore')
def units(text):
    offsets, at = [0], 0
    for c in text:
        at += 2 if ord(c) > 0xffff else 1
        offsets.append(at)
    return offsets
for line in sys.stdin:
    case = json.loads(line)
    flags = (re.M if case.get('multiline') else 0) | (re.I if case.get('ignoreCase') else 0)
    try:
        rx = re.compile(case['pattern'], flags)
    except re.error as e:
        print(json.dumps({'error': str(e), 'position': e.pos}))
        continue
    except (OverflowError, ValueError, RecursionError, RuntimeError) as e:
        print(json.dumps({'error': str(e), 'position': None}))
        continue
    out = []
    for text in case['texts']:
        try:
            m = rx.search(text)
        except SystemError:
            out.append('broken')
            continue
        if m is None:
            out.append(None)
        elif text.isascii():
            out.append([m.span(i) if m.start(i) >= 0 else None for i in range(rx.groups + 1)])
        else:
            at = units(text)
            out.append([[at[m.start(i)], at[m.end(i)]] if m.start(i) >= 0 else None for i in range(rx.groups + 1)])
    print(json.dumps({'results': out, 'groupIndex': dict(rx.groupindex)}))
`;

/** False when there is no Python 3.11 here: other versions know other syntax and other Unicode tables. */
export function hasPython(): boolean {
  const found = spawnSync('python3', ['--version'], { encoding: 'utf8' });
  return found.status === 0 && found.stdout.startsWith('Python 3.11');
}

/** One answer a case, in order. */
export function askPython(cases: readonly OracleCase[]): OracleAnswer[] {
  const input = cases.map((each) => JSON.stringify(each)).join('\n');
  const run = spawnSync('python3', ['-c', SCRIPT], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: { ...process.env, PYTHONIOENCODING: 'utf-8:surrogatepass', PYTHONUTF8: '1' },
  });
  if (run.status !== 0) throw new Error(`python3 failed: ${run.stderr}`);
  return run.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as OracleAnswer);
}
