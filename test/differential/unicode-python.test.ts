/** Classes and case of unicode.ts against Python's `re`, over all code points. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { codesOf } from '../../src/core/pattern/code-set.js';
import { parse } from '../../src/core/pattern/parse.js';
import { caseVariants, inRanges, isDigit, isSpace, isWord } from '../../src/core/pattern/unicode.js';
import { PYTHON } from './exact-judge.js';

const ALL = 0x110000;
const onPython = PYTHON ? test : test.skip;
if (!PYTHON) console.warn('no Python 3.11 here: its classes are not compared');

/** What matches a one-character pattern, as runs `from,to` of code points. */
function askRuns(patterns: readonly string[]): number[][] {
  const script = `
import json, re, sys
for pattern in json.load(sys.stdin):
    one = re.compile(pattern); runs = []
    for c in range(${ALL}):
        if one.match(chr(c)):
            if runs and runs[-1] == c - 1: runs[-1] = c
            else: runs += [c, c]
    print(json.dumps(runs))
`;
  const out = execFileSync('python3', ['-c', script], { input: JSON.stringify(patterns), encoding: 'utf8' });
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as number[]);
}

function runsOf(is: (code: number) => boolean): number[] {
  const runs: number[] = [];
  for (let code = 0; code < ALL; code++) {
    if (!is(code)) continue;
    if (runs.at(-1) === code - 1) runs[runs.length - 1] = code;
    else runs.push(code, code);
  }
  return runs;
}

describe('all code points', () => {
  onPython('belong to \\w, \\d and \\s as Python has it, with and without (?a)', () => {
    const asked = askRuns(['\\w', '\\d', '\\s', '(?a)\\w', '(?a)\\d', '(?a)\\s']);
    const ours = [false, true].flatMap((ascii) =>
      [isWord, isDigit, isSpace].map((is) => runsOf((code) => is(code, ascii))),
    );
    expect(ours).toEqual(asked);
  });

  onPython('belong to folded, negated and mixed sets as Python has it', () => {
    const patterns = [
      '(?i)[a-z]',
      '(?i)[^k]',
      '(?i)[\\u0100-\\u0200]',
      '(?i)[^\\W\\d_]',
      '(?i)[\\U00010400-\\U00010427s]',
      '(?ai)[K-T]',
      '(?i)i',
      '(?i)\\u1e9e',
      '[\\W\\d]',
      '(?i)[Z-\\U00010410]',
    ];
    const ours = patterns.map((pattern) => {
      const root = parse(pattern).root;
      const node = root.type === 'seq' ? root.items[0]! : root;
      if (node.type !== 'set' && node.type !== 'literal') throw new Error(`${pattern} is a ${node.type}`);
      const ranges = codesOf(node);
      return runsOf((code) => inRanges(ranges, code));
    });
    expect(ours).toEqual(askRuns(patterns));
  });

  onPython('have the case partners that Python has', () => {
    const script = `
import json, re
every = "".join(map(chr, range(${ALL})))
cased = [c for c in every if len({c.lower(), c.upper(), c.casefold(), c}) > 1]
text = "".join(cased)
# Nothing outside of these is equal to any of them ...
inside = set(re.findall("[" + re.escape(text) + "]", every, re.I))
assert inside == set(cased), inside ^ set(cased)
# ... and these are equal to:
print(json.dumps({ord(c): sorted(map(ord, re.findall(re.escape(c), text, re.I))) for c in cased}))
`;
    const asked = JSON.parse(execFileSync('python3', ['-c', script], { encoding: 'utf8' })) as Record<
      string,
      number[]
    >;
    const wrong: number[] = [];
    for (let code = 0; code < ALL; code++) {
      const wanted = asked[code] ?? [code];
      if (caseVariants(code, 'unicode').join() !== wanted.join()) wrong.push(code);
    }
    expect(Object.keys(asked).length).toBeGreaterThan(2800);
    expect(wrong).toEqual([]);
  });
});
