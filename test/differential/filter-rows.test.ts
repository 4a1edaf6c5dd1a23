/**
 * `f2b regex` beside the installed fail2ban-regex: every sample log of its package, with every mode of its filter, row
 * by row (`-o row`), and one more kind of output for each. Names are not looked up.
 */

import { spawnSync } from 'node:child_process';
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
import { afterAll, describe, expect, test } from '@jest/globals';
import { type Finished, f2b, run } from '../commands/f2b.js';
import { asHead, settle } from './head-differences.js';

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

/** What every third case is asked for besides its rows: one of these, in turn. */
const ASKED: readonly (readonly string[])[] = [
  ['-o', 'msg'],
  ['-v', '--print-all-matched', '--print-all-missed', '--print-all-ignored'],
  ['-o', 'id'],
  ['-o', '<time> <fid> <ip> <family> <F-USER> <F-PORT>|<matches>'],
  ['--no-check-all', '--print-all-ignored'],
  ['-o', 'fid'],
  ['-o', 'ip'],
  ['-D', '--print-all-matched'],
  ['-o', 'user'],
];

interface Answer {
  readonly rows: string[];
  readonly other: string[];
}

type Program = (args: readonly string[]) => Promise<Finished>;

async function ask(program: Program, given: Case): Promise<Answer> {
  const place = cases.indexOf(given) / 3;
  const other = Number.isInteger(place) ? ASKED[place % ASKED.length] : undefined;
  const asked = async (options: readonly string[]) => {
    const { status, stdout } = await program(['-r', ...options, join(SAMPLES, given.sample), given.argument]);
    expect(status).toBe(0);
    return settle(stdout).split('\n');
  };
  return { rows: await asked(['-o', 'row']), other: other ? await asked(other) : [] };
}

async function askFail2ban(given: Case): Promise<Answer> {
  const { rows, other } = await ask((args) => run('fail2ban-regex', ['-c', CONFIG, ...args]), given);
  return { rows, other: other.map(asHead) };
}

function askOurselves(given: Case): Promise<Answer> {
  return ask((args) => f2b(['regex', '-c', CONFIG, ...args]), given);
}

const cases = listCases();
const answers = new Map<Case, Promise<Answer>>();
let asked = 0;

/** Starts the next questions ahead of their tests, as many at a time as there are processors. */
function answerTo(given: Case): Promise<Answer> {
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
