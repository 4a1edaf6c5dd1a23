/**
 * Asks the `python3` of this machine about regular expressions: the judge in the differential tests of patterns.
 *
 * One process per batch; answers come back in the order of the questions. Without a Python 3.11 `PYTHON` is undefined.
 */
import { execFileSync, spawnSync } from 'node:child_process';

export interface Question {
  readonly pattern: string;
  readonly texts: readonly string[];
  /** Offset in code points at which the search starts. */
  readonly from?: number;
}

/** Spans of all groups in code points, index 0 the whole match; null where a group is unset. */
export type Spans = readonly (readonly [number, number] | null)[];

/**
 * Per text the spans, null without a match, 'bug' where Python stumbles over itself, 'slow' where it takes 50 ms;
 * or why it refuses the pattern.
 */
export type Answer =
  | { readonly error: string }
  | { readonly results: readonly (Spans | null | 'bug' | 'slow')[] };

/** The version of the judge, such as `3.11.7`; undefined when there is none whose `re` is that of 3.11. */
export const PYTHON = findPython();

const JUDGE = `
import json, re, signal, sys, warnings
warnings.simplefilter("ignore")
class Slow(Exception):
    pass
def stop(*_):
    raise Slow()
signal.signal(signal.SIGALRM, stop)
def one(program, text, start):
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        m = program.search(text, start)
        if m is None:
            return None
        return [list(m.span(g)) if m.start(g) >= 0 else None for g in range(program.groups + 1)]
    except (SystemError, MemoryError):
        return "bug"
    except Slow:
        return "slow"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
for line in sys.stdin:
    q = json.loads(line)
    try:
        program = re.compile(q["pattern"])
    except re.error as e:
        print(json.dumps({"error": str(e)}))
        continue
    except (RecursionError, OverflowError) as e:
        print(json.dumps({"error": repr(e)}))
        continue
    print(json.dumps({"results": [one(program, t, q.get("from", 0)) for t in q["texts"]]}))
`;

/** All answers, one per question. */
export function askPython(questions: readonly Question[]): Answer[] {
  const { stdout, status, stderr } = spawnSync('python3', ['-c', JUDGE], {
    input: questions.map((question) => JSON.stringify(question)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`python3 ended with ${status}: ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

function findPython(): string | undefined {
  try {
    const version = execFileSync('python3', ['-c', 'import platform; print(platform.python_version())'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return version.startsWith('3.11.') ? version : undefined;
  } catch {
    return undefined;
  }
}
