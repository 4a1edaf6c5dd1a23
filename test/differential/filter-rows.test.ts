/**
 * The filter stage beside the installed fail2ban: every sample log of its package, with every mode of its filter,
 * through `fail2ban-regex -o row` and through LineFilter, row by row. Names are not looked up.
 */

import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
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
const CONFIGS = ['/etc/fail2ban', join(TESTS, 'config')];

interface Case {
  readonly sample: string;
  readonly config: string;
  /** As the tester's REGEX argument takes it. */
  readonly argument: string;
}

function listCases(): Case[] {
  if (!installed || !existsSync(SAMPLES)) return [];
  const cases: Case[] = [];
  for (const sample of readdirSync(SAMPLES).sort()) {
    const filter = sample.replace(/-journal$/, '');
    const config = CONFIGS.find((dir) => existsSync(join(dir, 'filter.d', `${filter}.conf`)));
    if (!config || !statSync(join(SAMPLES, sample)).isFile()) continue;
    const file = join(config, 'filter.d', `${filter}.conf`);
    for (const options of optionSets(file, join(SAMPLES, sample))) {
      cases.push({ sample, config, argument: options === '' ? file : `${file}[${options}]` });
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
    const args = ['-c', given.config, '-r', '-o', what, join(SAMPLES, given.sample), given.argument];
    const { stdout } = await run('fail2ban-regex', args, { maxBuffer: 1 << 28 });
    return stdout.split('\n').slice(0, -1);
  };
  return { rows: (await ask('row')).map(sortUsers), messages: await ask('msg') };
}

async function askOurselves(given: Case): Promise<{ rows: string[]; messages: string[] }> {
  const loaded = loadFilter(given.argument, { folder: new ConfigFolder(given.config) })!;
  const filter = new LineFilter(loaded.plan, { usedns: 'raw' });
  const resolver = createResolver({ lookups: NO_LOOKUPS });
  const rows: string[] = [];
  const messages: string[] = [];
  for (const outcome of filter.run(readLines(join(SAMPLES, given.sample)))) {
    for (const hit of outcome.hits) {
      if (hit.verdict !== 'failure' || !hit.failure) continue;
      for (const failure of (await resolveFailure(hit.failure, resolver, 'raw')).failures) {
        rows.push(sortUsers(showRow(failure)));
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

/** The order of a Python set differs from run to run. */
function sortUsers(row: string): string {
  return row.replace(
    /'users': \{([^}]*)\}/,
    (_, users: string) => `'users': {${users.split(', ').sort().join(', ')}}`,
  );
}

const cases = listCases();
const answers = new Map<Case, Promise<{ rows: string[]; messages: string[] }>>();
let asked = 0;

/** Starts the next questions ahead of their tests, as many at a time as there are processors. */
function answerTo(given: Case): Promise<{ rows: string[]; messages: string[] }> {
  const ahead = cases.indexOf(given) + availableParallelism();
  for (; asked < Math.min(ahead, cases.length); asked++) {
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
    afterAll(() => expect(rowCount).toBeGreaterThan(1000));

    test.each(cases.map((given) => [given.sample, given.argument.replace(/^.*\//, ''), given] as const))(
      '%s with %s gives the same rows and lines',
      async (_sample, _argument, given) => {
        const ours = await askOurselves(given);
        const theirs = await answerTo(given);
        rowCount += theirs.rows.length;
        expect(ours).toEqual(theirs);
      },
    );
  },
);
