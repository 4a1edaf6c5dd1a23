/**
 * The filter stage beside the installed fail2ban: every sample log of its package, with every mode of its filter,
 * through `fail2ban-regex -o row` and through LineFilter, row by row. Names are not looked up.
 */

import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ConfigFolder, loadFilter } from '../../src/core/config/index.js';
import { resolveFailure } from '../../src/core/filter/identity.js';
import { LineFilter } from '../../src/core/filter/line-filter.js';
import type { Failure, LogLine } from '../../src/core/filter/outcome.js';
import { createResolver } from '../../src/core/net/dns.js';
import { PyFloat, PyTuple, repr } from '../../src/core/python-repr.js';

const installed = spawnSync('fail2ban-regex', ['--version']).status === 0;
const TESTS = '/usr/lib/python3/dist-packages/fail2ban/tests';
const SAMPLES = join(TESTS, 'files/logs');
/** One folder of filters for the run: the installed ones, and those of the test suite that build on them. */
const CONFIG = installed ? mkdtempSync(join(tmpdir(), 'f2b-rows-')) : '';
if (installed) gatherFilters(join(TESTS, 'config/filter.d'), '/etc/fail2ban/filter.d');
afterAll(() => {
  if (installed) rmSync(CONFIG, { recursive: true });
});

function gatherFilters(...dirs: string[]): void {
  mkdirSync(join(CONFIG, 'filter.d'));
  for (const dir of dirs.filter((one) => existsSync(one))) {
    for (const name of readdirSync(dir).filter((one) => one.endsWith('.conf'))) {
      // The suite's own filters include the installed ones by a path within the source tree.
      const text = readFileSync(join(dir, name), 'utf8').replace(
        /^before = (?:\.\.\/)+config\/filter\.d\//m,
        'before = ',
      );
      writeFileSync(join(CONFIG, 'filter.d', name), text);
    }
  }
}

interface Case {
  readonly sample: string;
  /** As the tester's REGEX argument takes it. */
  readonly argument: string;
}

function listCases(): Case[] {
  if (!installed || !existsSync(SAMPLES)) return [];
  const cases: Case[] = [];
  for (const sample of readdirSync(SAMPLES).sort()) {
    const filter = sample.replace(/-journal$/, '');
    const file = join(CONFIG, 'filter.d', `${filter}.conf`);
    if (!existsSync(file)) continue;
    for (const options of optionSets(file, join(SAMPLES, sample))) {
      cases.push({ sample, argument: options === '' ? file : `${file}[${options}]` });
    }
  }
  return cases;
}

/** No options, every mode that the filter has settings for, and what the sample asks for. */
function optionSets(filterFile: string, sample: string): string[] {
  const modes = [...readFileSync(filterFile, 'utf8').matchAll(/^(?:mdre|mdpr|usrre)-(\w+)\s*=/gm)];
  const asked = [...readFileSync(sample, 'latin1').matchAll(/^# filterOptions:\s*(.*)$/gm)]
    .flatMap((found) => [JSON.parse(found[1]!) as Record<string, string> | Record<string, string>[]].flat())
    .map((options) => Object.entries(options).filter(([name]) => !name.startsWith('test.')))
    .map((options) => options.map(([name, value]) => `${name}="${value}"`).join(', '));
  return [...new Set(['', ...modes.map((mode) => `mode="${mode[1]}"`), ...asked])];
}

/** `-o row` and `-o msg` of the installed program; what it says on stderr is a failure of its own. */
async function askFail2ban(given: Case): Promise<{ rows: string[]; messages: string[] }> {
  const run = promisify(execFile);
  const ask = async (what: string) => {
    const args = ['-c', CONFIG, '-r', '-o', what, join(SAMPLES, given.sample), given.argument];
    const { stdout } = await run('fail2ban-regex', args, { maxBuffer: 1 << 28 });
    return stdout.split('\n').slice(0, -1);
  };
  return { rows: (await ask('row')).map(levelRow), messages: await ask('msg') };
}

async function askOurselves(given: Case): Promise<{ rows: string[]; messages: string[] }> {
  const loaded = loadFilter(given.argument, { folder: new ConfigFolder(CONFIG) })!;
  const filter = new LineFilter(loaded.plan, { usedns: 'raw' });
  const resolver = createResolver({ lookups: NO_LOOKUPS });
  const rows: string[] = [];
  const messages: string[] = [];
  for (const outcome of filter.run(readLines(join(SAMPLES, given.sample)))) {
    for (const hit of outcome.hits) {
      if (hit.verdict !== 'failure' || !hit.failure) continue;
      for (const failure of (await resolveFailure(hit.failure, resolver, 'raw')).failures) {
        rows.push(levelRow(showRow(failure)));
        messages.push(...failure.matches);
      }
    }
  }
  return { rows, messages };
}

const NO_LOOKUPS = { lookup: () => Promise.resolve([]), reverse: () => Promise.resolve([]) };

function readLines(path: string): LogLine[] {
  const texts = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return texts
    .map((text) => text.replace(/[\r\n]+$/, ''))
    .filter((text) => text !== '' && !text.startsWith('#'))
    .map((text) => ({ text, ascii: !/[^\x00-\x7f]/.test(text) }));
}

function showRow(failure: Failure): string {
  const { identity, stamp } = failure;
  const id = identity.kind === 'dns' ? identity.name : identity.id;
  const time = stamp && (stamp.kind === 'float' ? new PyFloat(stamp.epochSec) : stamp.epochSec);
  return `[${repr(typeof id === 'string' ? id : new PyTuple(id))},\t${repr(time)},\t${repr(failure.data)}],`;
}

/** The order of a Python set differs from run to run, and so does "now", which some filters take as the time. */
function levelRow(row: string): string {
  return row
    .replace(
      /'users': \{([^}]*)\}/,
      (_, users: string) => `'users': {${users.split(', ').sort().join(', ')}}`,
    )
    .replace(/\t(\d+\.\d+),\t/, (time, sec: string) =>
      Date.now() / 1000 - Number(sec) < 300 ? '\tnow,\t' : time,
    );
}

const cases = listCases();
const answers = new Map<Case, Promise<{ rows: string[]; messages: string[] }>>();
let asked = 0;

/** Starts the next questions ahead of their tests, as many at a time as there are processors. */
function answerTo(given: Case): Promise<{ rows: string[]; messages: string[] }> {
  const place = cases.indexOf(given);
  const ahead = place + availableParallelism();
  for (asked = Math.max(asked, place); asked < Math.min(ahead, cases.length); asked++) {
    const answer = askFail2ban(cases[asked]!);
    answer.catch(() => {});
    answers.set(cases[asked]!, answer);
  }
  return answers.get(given) ?? askFail2ban(given);
}

(cases.length > 0 ? describe : describe.skip)(
  'samples of the installed fail2ban (skipped where it is not)',
  () => {
    let rowCount = 0;
    test.each(cases.map((given) => [given.sample, given.argument.replace(/^.*\//, ''), given] as const))(
      '%s with %s gives the same rows and lines',
      async (_sample, _argument, given) => {
        const ours = await askOurselves(given);
        const theirs = await answerTo(given);
        rowCount += theirs.rows.length;
        expect(ours).toEqual(theirs);
      },
    );

    test('more than a thousand rows were compared', () => {
      expect(rowCount).toBeGreaterThan(1000);
    });
  },
);
