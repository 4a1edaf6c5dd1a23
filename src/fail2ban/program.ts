/**
 * fail2ban-client and fail2ban-server as people call them: a command line → what the one or the other would do.
 *
 * Standard output, the lines on standard error and the exit codes (0, else 255) are fail2ban's. Source: client.md §1.
 */
import { FAIL2BAN_SHORT_VERSION, FAIL2BAN_VERSION, stateOwner } from '../commands/settings.js';
import { findConfig, type GlobalPlan, loadConfig, parseTime, statePaths } from '../core/config/index.js';
import { PyFloat } from '../core/control/index.js';
import { EXIT, F2bError } from '../core/errors.js';
import { str } from '../core/python-repr.js';
import { Client, type Fail2banProgram } from './client.js';
import { ClientLog } from './client-log.js';
import { type Fail2banLine, LineError, readLine } from './command-line.js';
import { usageText } from './help.js';
import { print } from './print.js';

/** @returns the exit code */
export async function runFail2ban(argv: readonly string[], where: Fail2banProgram): Promise<number> {
  let line: Fail2banLine;
  try {
    line = readLine(argv);
    if (line.ends) return end(line.ends, where.program);
  } catch (error) {
    if (error instanceof LineError) print(usageText(where.program));
    else if (error instanceof F2bError) print(`ERROR: ${error.message}`);
    else throw error;
    process.stderr.write('Init of command line failed\n');
    return EXIT.failure;
  }
  const log = new ClientLog(line.verbosity);
  const base = readBase(line, where.root);
  if (typeof base === 'string') {
    print(`ERROR: ${base}`);
    if (where.program === 'fail2ban-client') log.error('Init of command line failed');
    return EXIT.failure;
  }
  log.info(`Using socket file ${base.socket.value}`);
  log.info(
    `Using pid file ${base.pidfile.value}, [${base.loglevel.value}] logging to ${base.logtarget.value}`,
  );
  const client = new Client(line, { ...where, log, socket: base.socket.value });
  return (await client.run()) ? EXIT.ok : EXIT.failure;
}

function end({ by, text }: NonNullable<Fail2banLine['ends']>, program: string): number {
  if (by === 'help') print(usageText(program));
  else if (by === 'short-version') print(FAIL2BAN_SHORT_VERSION);
  else if (by === 'version') print(`Fail2Ban v${FAIL2BAN_VERSION}`);
  else {
    const { seconds, kind } = parseTime(text);
    print(str(kind === 'float' ? new PyFloat(seconds) : seconds));
  }
  return EXIT.ok;
}

/** The server's settings, or why they cannot be had. */
function readBase({ config, overrides }: Fail2banLine, root: string): GlobalPlan | string {
  const folder = findConfig({ dir: config, envDir: process.env['F2B_CONFIG'], packageDir: root });
  const state = statePaths(stateOwner(process.env));
  const { fatal, global } = loadConfig({ folder, mode: 'start', withoutJails: true, overrides, state });
  return global ?? fatal?.error.message ?? 'there is nothing to go by';
}
