/**
 * Runs one `f2b check`: folder → findings → view. Loaded only when there is something to run.
 */
import { readFileSync } from 'node:fs';
import { systemClock } from '../core/clock.js';
import { checkConfig, type FormulaJudge } from '../core/config/check/index.js';
import { findConfig } from '../core/config/index.js';
import { ConfigError, EXIT, type Origin } from '../core/errors.js';
import { compileGrowth } from '../core/jail/ban-time.js';
import { ExpressionError } from '../core/jail/expression.js';
import { findEncoding } from '../core/source/encodings.js';
import { checkAsJson } from '../view/check-json.js';
import { renderCheck } from '../view/check-text.js';
import { colorLevel } from './settings.js';

export interface CheckArguments {
  readonly config: string | undefined;
  readonly strict: boolean;
  readonly jails: readonly string[];
  readonly json: boolean;
  /** Folder of the package, for what ships with it. */
  readonly root: string;
}

/** Lines in a pipe are not cut before this. */
const PIPE_COLUMNS = 160;

/** @returns what `--json` prints; undefined when everything is printed already */
export async function checkFolder({ config, strict, jails, json, root }: CheckArguments): Promise<unknown> {
  const folder = findConfig({ dir: config, envDir: process.env['F2B_CONFIG'], packageDir: root });
  const year = new Date(systemClock.nowSec() * 1000).getFullYear();
  const report = await checkConfig({ folder, jails, year, findEncoding, judgeFormula });
  if (report.unreadable) process.exitCode = EXIT.unreadable;
  else if (report.errors > 0 || (strict && report.warnings > 0)) process.exitCode = EXIT.mistakes;
  if (json) return checkAsJson(report);
  process.stdout.write(
    renderCheck(report, {
      colors: colorLevel(process.stdout, process.env),
      columns: process.stdout.isTTY ? process.stdout.columns : PIPE_COLUMNS,
      lineAt: readLine,
    }),
  );
  return undefined;
}

/** Reckons the second ban of ten minutes by it. */
const judgeFormula: FormulaJudge = (option, text) => {
  const plain = { increment: true, formula: undefined, factor: undefined, multipliers: undefined };
  const limits = { maxTimeSec: undefined, rndTimeSec: undefined, overallJails: false };
  const growth = { ...plain, ...limits, [option.slice('bantime.'.length)]: text };
  try {
    compileGrowth(growth, () => 0).grow(600, 1);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { message, hint } = error;
    return { message, hint, index: error instanceof ExpressionError ? error.index : undefined };
  }
};

const texts = new Map<string, readonly string[]>();

function readLine({ file, line }: Origin): string | undefined {
  if (!texts.has(file)) {
    let lines: string[] = [];
    try {
      lines = readFileSync(file, 'utf8').split(/\r\n|\r|\n/);
    } catch {
      // What cannot be read is shown without its text.
    }
    texts.set(file, lines);
  }
  return texts.get(file)?.[line - 1];
}
